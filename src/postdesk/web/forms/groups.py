"""The form of Setup > People > Tech Groups."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q

from postdesk.directory.models import Tech, TechGroup
from postdesk.directory.queries import techs

if TYPE_CHECKING:
    from django.db.models import QuerySet


class TechGroupForm(forms.Form):
    """A tech group. Inactive techs are offered only where they are chosen already."""

    name = forms.CharField(label="Tech Group Name", max_length=100)
    manager = forms.ModelChoiceField(
        label="Manager", queryset=Tech.objects.none(), required=False, empty_label="None"
    )
    members = forms.ModelMultipleChoiceField(
        label="Members",
        queryset=Tech.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        initial=True,
        help_text="Off: keeps its tickets and request types, but is offered nowhere.",
    )

    def __init__(self, *args: Any, group: TechGroup | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = _offered(group)
        for name in ("manager", "members"):
            self.fields[name].queryset = offered  # type: ignore[attr-defined]  # a ModelChoiceField
        if group is None:
            del self.fields["is_active"]


def _offered(group: TechGroup | None) -> "QuerySet[Tech]":
    wanted = Q(is_active=True)
    if group is not None:
        chosen = set(group.members.values_list("pk", flat=True)) | {group.manager_id}
        wanted |= Q(pk__in=chosen - {None})
    return techs().filter(wanted)
