"""Saying what a ticket is about and how urgent it is."""

from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person, Priority, RequestType, TechGroup
from postdesk.tickets.events import Kind, write_event
from postdesk.tickets.holding import hold
from postdesk.tickets.models import Ticket


@transaction.atomic
def change_request_type(
    ticket: Ticket,
    *,
    request_type: RequestType,
    tech_group: TechGroup | None,
    actor: Person,
    now: datetime,
) -> bool:
    """Set the request type and the group that supports it; False when nothing changes."""
    hold(ticket)
    if ticket.request_type_id == request_type.pk:
        return False
    ticket.request_type = request_type
    ticket.tech_group = tech_group
    ticket.save(update_fields=["request_type", "tech_group"])
    text = f"Request type changed to {request_type}"
    write_event(ticket, kind=Kind.REQUEST_TYPE, actor=actor, text=text, now=now)
    return True


@transaction.atomic
def change_priority(ticket: Ticket, *, priority: int, actor: Person, now: datetime) -> bool:
    """Set the priority; False when nothing changes."""
    wanted = Priority(priority)
    hold(ticket)
    if ticket.priority == wanted:
        return False
    before = Priority(ticket.priority).label
    ticket.priority = wanted
    ticket.save(update_fields=["priority"])
    text = f"Priority changed from {before} to {wanted.label}"
    write_event(ticket, kind=Kind.PRIORITY, actor=actor, text=text, now=now)
    return True
