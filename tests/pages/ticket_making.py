"""Tickets for the tests of pages: made by the desk's own verbs from mail like a client's."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.test import Client as Browser
from tests.conftest import MOMENT

from postdesk.directory.people import find_or_add_client
from postdesk.flow.deliver import deliver_waiting
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.spool import Arrival, spool_arrivals
from postdesk.tickets.incoming import Correspondent, IncomingMail
from postdesk.tickets.models import Entry, Ticket
from postdesk.tickets.opening import open_ticket
from postdesk.tickets.queries import newest_client_mail
from postdesk.tickets.replying import add_client_mail

DRAFT = "Dear Clara,\n\nplease leave the building."
CLARA = Correspondent(name="Clara Client", address="clara@client.example")
MAIL = IncomingMail(
    author=CLARA,
    to=(Correspondent(name="", address="help@desk.example"),),
    cc=(),
    subject="Printer is on fire",
    text="The printer on floor 3 burns.",
    fresh_text="The printer on floor 3 burns.",
    html="",
    message_id="<first@client.example>",
    references=(),
    files=(),
    spooled_number=0,
    is_automatic=False,
    no_answer_because="",
    at=MOMENT,
)


def make_ticket(*, at: datetime = MOMENT, **values: object) -> Ticket:
    """Open a ticket by mail; ``values`` are fields of IncomingMail."""
    mail = replace(MAIL, at=at, **values)  # type: ignore[arg-type]
    client = find_or_add_client(address=mail.author.address, name=mail.author.name, now=at)
    entry = open_ticket(
        mail=mail,
        client=client,
        request_type=None,
        tech_group=None,
        incoming_account_id=None,
        related_to=None,
        own_addresses={"help@desk.example"},
        now=at,
    )
    Entry.objects.filter(pk=entry.pk).update(spooled_number=None)
    return entry.ticket


def write_again(ticket: Ticket, text: str, *, at: datetime = MOMENT) -> Entry:
    """Let the client write once more."""
    mail = replace(MAIL, text=text, fresh_text=text, at=at)
    person = ticket.client.person
    return add_client_mail(ticket, mail=mail, author=person, own_addresses=set(), now=at)


def way_out(email: str = "help@desk.example") -> OutgoingMailAccount:
    """Make an active Outgoing Mail Account."""
    return OutgoingMailAccount.objects.create(
        email_address=email,
        kind=OutgoingMailAccount.Kind.SMTP,
        smtp_host="smtp.desk.example",
    )


def mailbox(email: str = "help@desk.example", **values: object) -> IncomingMailAccount:
    """Make an enabled Incoming Mail Account."""
    settings = {"is_enabled": True, **values}
    return IncomingMailAccount.objects.create(email_address=email, **settings)


def deliver(account: IncomingMailAccount, octets: bytes, *, remote_id: str = "1") -> Ticket:
    """Let a raw mail arrive and become a ticket."""
    arrival = Arrival(remote_id=remote_id, octets=octets, received_at=MOMENT)
    spool_arrivals(account, [arrival], now=MOMENT, is_settled=True)
    deliver_waiting(now=MOMENT)
    return Ticket.objects.latest("number")


def titles(numbers: Sequence[Ticket]) -> list[str]:
    """Return the subjects of tickets in their order."""
    return [ticket.subject for ticket in numbers]


def page_of(browser: Browser, ticket: Ticket) -> str:
    """Return the ticket's page."""
    answer = browser.get(f"/tickets/{ticket.number}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def form_of(ticket: Ticket, **values: object) -> dict[str, object]:
    """Return the composer of the ticket's page, filled in."""
    newest = newest_client_mail(ticket)
    return {
        "kind": "reply",
        "text": DRAFT,
        "cc": "",
        "status": "",
        "seen": newest.pk if newest else 0,
        "form_id": uuid.uuid4(),
        **values,
    }


def replies(ticket: Ticket) -> list[Entry]:
    """Return what techs answered."""
    return list(ticket.entries.filter(kind=Entry.Kind.TECH_REPLY))
