"""Giving a ticket to a tech, or back to everybody."""

from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person, Tech
from postdesk.tickets.events import Kind, write_event
from postdesk.tickets.holding import hold
from postdesk.tickets.models import Ticket


@transaction.atomic
def assign(ticket: Ticket, *, tech: Tech | None, actor: Person, now: datetime) -> bool:
    """Set the tech, None for nobody, and write the event of it; False when nothing changes."""
    hold(ticket)
    if ticket.tech_id == (tech.pk if tech else None):
        return False
    ticket.tech = tech
    ticket.save(update_fields=["tech"])
    text = f"Assigned to {tech}" if tech else "Assigned to nobody"
    write_event(ticket, kind=Kind.TECH, actor=actor, text=text, now=now)
    return True
