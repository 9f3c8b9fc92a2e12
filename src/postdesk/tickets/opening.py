"""Opening a ticket from a client's mail."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Client, RequestType, TechGroup
from postdesk.tickets.entering import admit, enter_mail, snippet_of
from postdesk.tickets.events import Kind, write_event
from postdesk.tickets.incoming import Correspondent, IncomingMail
from postdesk.tickets.models import Entry, Participant, Ticket
from postdesk.tickets.search import build_search_text


@transaction.atomic(savepoint=False)
def open_ticket(
    *,
    mail: IncomingMail,
    client: Client,
    request_type: RequestType | None,
    tech_group: TechGroup | None,
    incoming_account_id: int | None,
    related_to: Ticket | None,
    own_addresses: Collection[str],
    now: datetime,
) -> Entry:
    """Open a ticket with the mail as its first entry, and write the event of it.

    ``related_to`` is the ticket that the sender seemed to mean without being admitted to it.
    """
    priority = {"priority": request_type.default_priority} if request_type else {}
    others = [who for who in (*mail.to, *mail.cc) if who.address not in own_addresses]
    ticket = Ticket.objects.create(
        subject=mail.subject[:500] or "(no subject)",
        client=client,
        request_type=request_type,
        tech_group=tech_group,
        incoming_account_id=incoming_account_id,
        related_to=related_to,
        opened_at=now,
        last_activity_at=now,
        snippet=snippet_of(mail.fresh_text or mail.text),
        has_attachment=any(not file.is_inline for file in mail.files),
        search_text=_search_text(mail, client, others),
        **priority,
    )
    entry = enter_mail(ticket, mail=mail, author=client.person)
    roles = Participant.Role
    admit(ticket, [(mail.author, roles.CLIENT), *((who, roles.COPIED) for who in others)])
    write_event(ticket, kind=Kind.OPENED, entry=entry, actor=client.person, now=now)
    return entry


def _search_text(mail: IncomingMail, client: Client, others: Iterable[Correspondent]) -> str:
    """Return what ``entering.index_for_search`` would find, before there is a ticket to ask."""
    named = [part for who in (mail.author, *others) for part in (who.name, who.address)]
    return build_search_text(mail.subject, [client.person.name, client.person.email, *named])
