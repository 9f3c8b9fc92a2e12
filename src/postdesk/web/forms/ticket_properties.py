"""What a Tech changes beside the conversation; each property is saved by itself."""

from typing import Any

from django import forms

from postdesk.directory.models import Priority, Tech
from postdesk.directory.queries import active_techs, request_type_tree
from postdesk.tickets.models import Status, Ticket

PROPERTIES = ("status", "priority", "request_type", "tech")
Options = list[tuple[str, str]]


class PropertiesForm(forms.Form):
    """The properties of a ticket; with ``only`` just that one, as it is posted."""

    status = forms.ChoiceField(label="Status", choices=Status.choices)
    priority = forms.TypedChoiceField(label="Priority", coerce=int, choices=Priority.choices)
    request_type = forms.TypedChoiceField(label="Request type", coerce=int)
    tech = forms.TypedChoiceField(label="Tech", coerce=int, required=False, empty_value=None)

    def __init__(
        self, ticket: Ticket, data: dict[str, Any] | None = None, *, only: str = ""
    ) -> None:
        initial = {
            "status": ticket.status,
            "priority": ticket.priority,
            "request_type": ticket.request_type_id,
            "tech": ticket.tech_id,
        }
        super().__init__(data, initial=initial, auto_id="property-%s")
        for name in PROPERTIES:
            if only and name != only:
                del self.fields[name]
        self._offer("request_type", lambda: _request_types(ticket))
        self._offer("tech", lambda: _techs(ticket))

    def _offer(self, name: str, choices: Any) -> None:
        if name in self.fields:
            self.fields[name].choices = choices()  # type: ignore[attr-defined]


def _request_types(ticket: Ticket) -> Options:
    """Return the active request types as paths; the present one stays even when it is not."""
    options = [
        (str(branch.request_type.pk), branch.path)
        for branch in request_type_tree()
        if branch.is_active or branch.request_type.pk == ticket.request_type_id
    ]
    return options if ticket.request_type_id else [("", "None"), *options]


def _techs(ticket: Ticket) -> list[tuple[str, str | Options]]:
    """Return the active techs, those of the ticket's group first; the present one stays."""
    everybody = list(active_techs())
    if ticket.tech is not None and ticket.tech not in everybody:
        everybody.append(ticket.tech)
    group = ticket.tech_group
    members = set(group.members.values_list("pk", flat=True)) if group else set()
    first = [_option(tech) for tech in everybody if tech.pk in members]
    others = [_option(tech) for tech in everybody if tech.pk not in members]
    if group is None or not first or not others:
        return [("", "Unassigned"), *first, *others]
    return [("", "Unassigned"), (str(group), first), ("Others", others)]


def _option(tech: Tech) -> tuple[str, str]:
    return str(tech.pk), str(tech)
