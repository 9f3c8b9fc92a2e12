"""Moving mail from one ticket to another, with the ledger following it."""

from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person
from postdesk.mail import outbox, spool
from postdesk.tickets import moving
from postdesk.tickets.models import Ticket


@transaction.atomic
def add_to(ticket: Ticket, *, target: Ticket, actor: Person, now: datetime) -> None:
    """Add what a client wrote on ``ticket`` to ``target``.

    The ledger then names ``target``, and so do answers to what was mailed for ``ticket``.
    """
    entries = moving.add_to(ticket, target=target, actor=actor, now=now)
    numbers = [entry.pk for entry in entries]
    spool.note_moved(numbers, ticket_number=target.number)
    outbox.note_moved(numbers, ticket_number=target.number)
