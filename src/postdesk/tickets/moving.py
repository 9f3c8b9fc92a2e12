"""Moving what a client wrote to the ticket that it belongs to."""

from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person
from postdesk.tickets.closing import change_status
from postdesk.tickets.entering import admit, index_for_search
from postdesk.tickets.events import Kind, write_event
from postdesk.tickets.holding import hold
from postdesk.tickets.incoming import Correspondent
from postdesk.tickets.models import Entry, Participant, Status, Ticket


@transaction.atomic
def add_to(ticket: Ticket, *, target: Ticket, actor: Person, now: datetime) -> list[Entry]:
    """Move all entries of ``ticket`` to ``target``, admit their authors there, cancel ``ticket``.

    Returns the moved entries, so that the ledger can follow them.
    """
    for each in sorted((ticket, target), key=lambda one: one.number):
        hold(each)  # in one order, so that two movers never wait for one another
    entries = list(Entry.objects.filter(ticket=ticket).order_by("at", "id"))
    Entry.objects.filter(ticket=ticket).update(ticket=target)
    writers = [
        (
            Correspondent(name=entry.author_name, address=entry.author_address),
            Participant.Role.ADDED,
        )
        for entry in entries
        if entry.kind == Entry.Kind.CLIENT_MAIL
    ]
    admit(target, writers)
    target.last_activity_at = now
    target.client_wrote_last = True
    target.search_text = index_for_search(target)
    target.save(update_fields=["last_activity_at", "client_wrote_last", "search_text"])
    text = f"Added to #{target.number} by {actor}"
    write_event(ticket, kind=Kind.MOVED, actor=actor, text=text, now=now)
    text = f"Message of #{ticket.number} added by {actor}"
    write_event(target, kind=Kind.MOVED, actor=actor, text=text, now=now)
    change_status(ticket, status=Status.CANCELED, actor=actor, now=now)
    return entries
