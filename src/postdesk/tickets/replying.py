"""Everything that is said on a ticket after it was opened."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person
from postdesk.tickets.closing import change_status
from postdesk.tickets.entering import admit, enter_mail, index_for_search, snippet_of
from postdesk.tickets.events import Kind, write_event
from postdesk.tickets.holding import hold
from postdesk.tickets.incoming import Correspondent, IncomingMail
from postdesk.tickets.models import Entry, Participant, Status, Ticket


@transaction.atomic(savepoint=False)
def add_client_mail(
    ticket: Ticket,
    *,
    mail: IncomingMail,
    author: Person | None,
    own_addresses: Collection[str],
    now: datetime,
) -> Entry:
    """Append a mail of somebody who was admitted; a person's mail reopens a ticket that was done.

    An automatic mail changes nothing but the conversation.
    """
    hold(ticket)
    entry = enter_mail(ticket, mail=mail, author=author)
    others = [who for who in (*mail.to, *mail.cc) if who.address not in own_addresses]
    roles = Participant.Role
    admit(ticket, [(mail.author, roles.WROTE), *((who, roles.COPIED) for who in others)])
    changes: dict[str, object] = {"search_text": index_for_search(ticket)}
    if not mail.is_automatic:
        changes |= {
            "last_activity_at": now,
            "client_wrote_last": True,
            "snippet": snippet_of(mail.fresh_text or mail.text),
        }
    if any(not file.is_inline for file in mail.files):
        changes["has_attachment"] = True
    _change(ticket, changes)
    write_event(ticket, kind=Kind.CLIENT_REPLIED, entry=entry, actor=author, now=now)
    if not mail.is_automatic and ticket.status != Status.OPEN:
        change_status(ticket, status=Status.OPEN, actor=None, now=now)
    return entry


@transaction.atomic
def add_reply(
    ticket: Ticket,
    *,
    author: Person,
    text: str,
    cc: Sequence[str] = (),
    status: str | None = None,
    now: datetime,
) -> Entry:
    """Add a tech's reply, to be mailed to the client and ``cc``; ``status`` changes with it."""
    hold(ticket)
    client = ticket.client.person
    copies = list(dict.fromkeys(address.strip().lower() for address in cc if address.strip()))
    entry = Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.TECH_REPLY,
        author=author,
        author_name=author.name,
        author_address=author.email,
        to=[{"name": client.name, "address": client.email}],
        cc=[{"name": "", "address": address} for address in copies if address != client.email],
        subject=ticket.subject,
        text=text,
        fresh_text=text,
        at=now,
    )
    added = [
        (Correspondent(name="", address=address), Participant.Role.ADDED) for address in copies
    ]
    admit(ticket, added)
    _change(
        ticket,
        {
            "last_activity_at": now,
            "client_wrote_last": False,
            "snippet": snippet_of(text),
            "search_text": index_for_search(ticket),
        },
    )
    write_event(ticket, kind=Kind.TECH_REPLIED, entry=entry, actor=author, now=now)
    if status and status != ticket.status:
        change_status(ticket, status=status, actor=author, now=now)
    return entry


@transaction.atomic
def add_note(ticket: Ticket, *, author: Person, text: str, now: datetime) -> Entry:
    """Add an internal note, which no client ever sees."""
    entry = Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.NOTE,
        author=author,
        author_name=author.name,
        author_address=author.email,
        text=text,
        fresh_text=text,
        at=now,
    )
    _change(ticket, {"last_activity_at": now})
    write_event(ticket, kind=Kind.NOTED, entry=entry, actor=author, now=now)
    return entry


def _change(ticket: Ticket, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=list(changes))
