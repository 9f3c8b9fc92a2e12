"""Changing the status: opening again, waiting, resolving, closing, cancelling."""

from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person
from postdesk.tickets.events import Kind, write_event
from postdesk.tickets.holding import hold
from postdesk.tickets.models import Status, Ticket


@transaction.atomic(savepoint=False)
def change_status(ticket: Ticket, *, status: str, actor: Person | None, now: datetime) -> bool:
    """Set the status and write the event of it; False when it has that status already.

    ``actor`` is None when the desk itself acts, e.g. reopens for a client's answer.
    """
    wanted = Status(status)
    hold(ticket)
    if ticket.status == wanted:
        return False
    before = Status(ticket.status).label
    ticket.status = wanted
    ticket.save(update_fields=["status"])
    text = f"Status changed from {before} to {wanted.label}"
    if actor is None:
        text += ", because the client answered"
    write_event(ticket, kind=Kind.STATUS, actor=actor, text=text, now=now)
    return True
