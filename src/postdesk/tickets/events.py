"""Ticket events: written here by every verb, consumed once by whoever announces."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from postdesk.directory.models import Person
from postdesk.tickets.models import Entry, Ticket, TicketEvent

Kind = TicketEvent.Kind


def write_event(
    ticket: Ticket,
    *,
    kind: str,
    now: datetime,
    entry: Entry | None = None,
    actor: Person | None = None,
    text: str = "",
) -> TicketEvent:
    """Write what happened; call it inside the transaction of the change itself."""
    return TicketEvent.objects.create(
        ticket=ticket, kind=kind, entry=entry, actor=actor, text=text, at=now
    )


def claim_unannounced(limit: int) -> list[TicketEvent]:
    """Lock and return the oldest events that nobody announced; call it inside a transaction."""
    events = TicketEvent.objects.filter(announced_at=None).order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        events = events.select_for_update(skip_locked=True, of=("self",))
    return list(
        events.select_related("entry", "actor", "ticket__client__person", "ticket__request_type")[
            :limit
        ]
    )


def note_announced(events: Sequence[TicketEvent], *, now: datetime) -> None:
    """Mark events as announced, so that nobody is told twice."""
    TicketEvent.objects.filter(pk__in=[event.pk for event in events]).update(announced_at=now)
