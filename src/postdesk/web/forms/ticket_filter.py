"""What narrows and orders the ticket list: read from the address, shown as a form."""

from django import forms
from django.http import QueryDict

from postdesk.directory.models import Client
from postdesk.directory.queries import request_type_tree, techs
from postdesk.tickets.models import Status
from postdesk.tickets.queries import Sort, TicketFilter, View
from postdesk.tickets.search import LARGEST_NUMBER

LONGEST_SEARCH = 200

SORT_CHOICES = [
    (Sort.ACTIVITY, "Last activity"),
    (Sort.QUIET, "Longest quiet"),
    (Sort.NUMBER, "Newest"),
    (Sort.AGE, "Oldest"),
    (Sort.PRIORITY, "Priority"),
]


class TicketFilterForm(forms.Form):
    """Every field is optional; a value that means nothing narrows nothing."""

    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any"), *Status.choices]
    )
    type = forms.TypedChoiceField(
        label="Request type", required=False, coerce=int, empty_value=None
    )
    tech = forms.TypedChoiceField(label="Tech", required=False, coerce=int, empty_value=None)
    sort = forms.ChoiceField(label="Sort by", required=False, choices=SORT_CHOICES)
    view = forms.ChoiceField(
        required=False, choices=[(view, view) for view in View], widget=forms.HiddenInput
    )
    client = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_NUMBER, widget=forms.HiddenInput
    )
    answered = forms.BooleanField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="filter-%s")
        types = [(branch.request_type.pk, branch.path) for branch in request_type_tree()]
        people = [(tech.pk, str(tech)) for tech in techs()]
        self.fields["type"].choices = [("", "Any"), *types]  # type: ignore[attr-defined]
        self.fields["tech"].choices = [("", "Anybody"), *people]  # type: ignore[attr-defined]

    def wanted(self) -> TicketFilter:
        """Return the filter; what was not understood is left out."""
        self.is_valid()
        values = self.cleaned_data
        text = str(values.get("q") or "").strip()[:LONGEST_SEARCH]
        return TicketFilter(
            view=View(values.get("view") or (View.ALL if text else View.OPEN)),
            status=values.get("status") or "",
            request_type_id=values.get("type"),
            tech_id=values.get("tech"),
            client_id=values.get("client"),
            is_answered=bool(values.get("answered")),
            text=text,
            sort=Sort(values.get("sort") or Sort.ACTIVITY),
        )

    def name_of(self, field: str, value: object) -> str:
        """Return the word of a choice, as ``Pending`` for the status ``pending``."""
        choices = self.fields[field].choices  # type: ignore[attr-defined]
        return next((str(name) for key, name in choices if str(key) == str(value)), str(value))


def client_name(number: int) -> str:
    """Return the name of a client for a chip; their number when there is no such client."""
    client = Client.objects.select_related("person").filter(pk=number).first()
    return str(client or number)
