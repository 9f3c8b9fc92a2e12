"""The form of Setup > Tickets > Request Types."""

from typing import Any

from django import forms
from django.db.models import Q

from postdesk.directory.models import Priority, RequestType, TechGroup
from postdesk.directory.queries import groups, request_type_tree
from postdesk.directory.request_types import below

_NO_PARENT = "None, at the top"
_INHERITED = "As its parent, else every group"


class RequestTypeForm(forms.Form):
    """A request type. Itself and what is below it are not offered as its parent."""

    name = forms.CharField(label="Request Type Name", max_length=100)
    parent = forms.ModelChoiceField(
        label="Parent",
        queryset=RequestType.objects.all(),
        required=False,
        empty_label=_NO_PARENT,
    )
    tech_group = forms.ModelChoiceField(
        label="Tech Group",
        queryset=TechGroup.objects.none(),
        required=False,
        empty_label=_INHERITED,
        help_text="New tickets of this type go to this group.",
    )
    default_priority = forms.TypedChoiceField(
        label="Default priority",
        choices=Priority.choices,
        coerce=int,
        initial=Priority.MEDIUM,
        help_text="Of new tickets of this type.",
    )
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        initial=True,
        help_text="Off: keeps its tickets, but it and those below it are offered nowhere.",
    )

    def __init__(self, *args: Any, request_type: RequestType | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent, group = self.fields["parent"], self.fields["tech_group"]
        parent.choices = _parents(request_type)  # type: ignore[attr-defined]  # a ModelChoiceField
        group.queryset = groups().filter(  # type: ignore[attr-defined]
            Q(is_active=True) | Q(pk=request_type.tech_group_id if request_type else None)
        )
        if request_type is None:
            del self.fields["is_active"]


def _parents(request_type: RequestType | None) -> list[tuple[object, str]]:
    """Return the possible parents with their paths; the verb checks again when storing."""
    barred = below(request_type) if request_type else set()
    current = request_type.parent_id if request_type else None
    offered = [
        (branch.request_type.pk, branch.path)
        for branch in request_type_tree()
        if branch.request_type.pk not in barred
        and (branch.is_active or branch.request_type.pk == current)
    ]
    return [("", _NO_PARENT), *offered]
