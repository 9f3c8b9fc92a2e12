"""A desk with a history: thousands of tickets with their mail, written in bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from bench.corpus import SEED
from bench.letters import DESK, Writer, invent_subject, invent_text, invent_writers
from postdesk.directory.models import Client, Person, PersonAddress, RequestType, Tech, TechGroup
from postdesk.mail.models import (
    IncomingMailAccount,
    OutgoingMailAccount,
    OutgoingMessage,
    SpooledMessage,
    StoredOctets,
)
from postdesk.tickets.entering import snippet_of
from postdesk.tickets.models import Entry, Participant, Status, Ticket, TicketEvent
from postdesk.tickets.search import build_search_text

CHUNK = 1000
TEXTS = 300  # different texts; no page cares that they come again
REQUEST_TYPES = ("Hardware", "Software", "Network", "Accounts", "Facilities")
# Of a hundred tickets, how many are in which status.
STATUSES = {
    Status.OPEN: 45,
    Status.PENDING: 20,
    Status.RESOLVED: 15,
    Status.CLOSED: 18,
    Status.CANCELED: 2,
}
ASSIGNED = 0.7
# The three messages of each ticket: what it is, and the event that tells of it.
TURNS = (
    (Entry.Kind.CLIENT_MAIL, TicketEvent.Kind.OPENED),
    (Entry.Kind.TECH_REPLY, TicketEvent.Kind.TECH_REPLIED),
    (Entry.Kind.CLIENT_MAIL, TicketEvent.Kind.CLIENT_REPLIED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everybody and everything that tickets refer to."""

    random: Random
    techs: Sequence[Tech]
    clients: Sequence[Client]
    request_types: Sequence[RequestType]
    incoming: IncomingMailAccount
    outgoing: OutgoingMailAccount
    octets: StoredOctets
    texts: Sequence[str]


def fill_desk(count: int, *, now: datetime) -> Desk:
    """Write ``count`` tickets, the newest at ``now``, spread evenly over the year before."""
    desk = open_desk(clients=max(50, count // 5), now=now)
    step = timedelta(days=365) / count
    moments = [now - step * (count - 1 - number) for number in range(count)]
    for start in range(0, count, CHUNK):
        with transaction.atomic():
            _write_tickets(desk, moments[start : start + CHUNK])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # what its autovacuum does within a minute
    return desk


def open_desk(*, clients: int, now: datetime) -> Desk:
    """Make ten techs, that many clients, request types, and one mailbox with its way out."""
    random = Random(SEED)
    techs = [Writer(name=f"Tech {n}", address=f"tech{n}@desk.example") for n in range(10)]
    writers = invent_writers(random, clients)
    group = TechGroup.objects.create(name="Service Desk")
    outgoing = OutgoingMailAccount.objects.create(
        email_address=DESK, kind=OutgoingMailAccount.Kind.SMTP, smtp_host="smtp.desk.example"
    )
    return Desk(
        random=random,
        techs=[Tech.objects.create(person=person) for person in _add_people(techs, now=now)],
        clients=[Client.objects.create(person=person) for person in _add_people(writers, now=now)],
        request_types=[
            RequestType.objects.create(name=name, tech_group=group) for name in REQUEST_TYPES
        ],
        incoming=IncomingMailAccount.objects.create(
            email_address=DESK, is_enabled=True, last_read_at=now, outgoing_account=outgoing
        ),
        outgoing=outgoing,
        octets=StoredOctets.objects.create(sha256="0" * 64, size_bytes=2, content=b"\r\n"),
        texts=[invent_text(random, random.choice(writers or techs)) for _ in range(TEXTS)],
    )


def _add_people(writers: Iterable[Writer], *, now: datetime) -> list[Person]:
    people = [
        Person(name=who.name, email=who.address, password="!", added_at=now) for who in writers
    ]
    Person.objects.bulk_create(people, CHUNK)
    addresses = [PersonAddress(person=person, address=person.email) for person in people]
    PersonAddress.objects.bulk_create(addresses, CHUNK)
    return people


def _write_tickets(desk: Desk, moments: Sequence[datetime]) -> None:
    """Write a chunk of tickets with all that hangs on them."""
    tickets = Ticket.objects.bulk_create([_ticket(desk, at) for at in moments])
    Participant.objects.bulk_create([_participant(ticket) for ticket in tickets])
    entries = [_entry(desk, ticket, turn) for ticket in tickets for turn in range(len(TURNS))]
    received = [entry for entry in entries if entry.kind == Entry.Kind.CLIENT_MAIL]
    spooled = SpooledMessage.objects.bulk_create([_spooled(desk, entry) for entry in received])
    for entry, message in zip(received, spooled, strict=True):
        entry.spooled_number = message.pk
    Entry.objects.bulk_create(entries)
    TicketEvent.objects.bulk_create(
        [_event(entry, turn % len(TURNS)) for turn, entry in enumerate(entries)]
    )
    replies = [entry for entry in entries if entry.kind == Entry.Kind.TECH_REPLY]
    OutgoingMessage.objects.bulk_create([_sent(desk, entry) for entry in replies])


def _ticket(desk: Desk, at: datetime) -> Ticket:
    client = desk.random.choice(desk.clients)
    subject = invent_subject(desk.random)
    is_assigned = desk.random.random() < ASSIGNED
    return Ticket(
        subject=subject,
        status=desk.random.choices(list(STATUSES), list(STATUSES.values()))[0],
        client=client,
        request_type=desk.random.choice(desk.request_types),
        tech=desk.random.choice(desk.techs) if is_assigned else None,
        incoming_account_id=desk.incoming.pk,
        opened_at=at - timedelta(hours=2),
        last_activity_at=at,
        snippet=snippet_of(desk.random.choice(desk.texts)),
        search_text=build_search_text(subject, [client.person.name, client.person.email]),
    )


def _participant(ticket: Ticket) -> Participant:
    person = ticket.client.person
    role = Participant.Role.CLIENT
    return Participant(
        ticket=ticket, address=person.email, name=person.name, person=person, role=role
    )


def _entry(desk: Desk, ticket: Ticket, turn: int) -> Entry:
    kind, _event_kind = TURNS[turn]
    client = ticket.client.person
    is_mail = kind == Entry.Kind.CLIENT_MAIL
    author = client if is_mail else desk.techs[0].person
    text = desk.random.choice(desk.texts)
    return Entry(
        ticket=ticket,
        kind=kind,
        author=author,
        author_name=author.name,
        author_address=author.email,
        to=[{"name": "", "address": DESK if is_mail else client.email}],
        subject=ticket.subject,
        text=text,
        fresh_text=text,
        message_id=f"<{ticket.number}.{turn}@bench.example>",
        at=ticket.opened_at + timedelta(hours=turn),
    )


def _spooled(desk: Desk, entry: Entry) -> SpooledMessage:
    return SpooledMessage(
        account=desk.incoming,
        remote_id=entry.message_id,
        message_id=entry.message_id,
        octets=desk.octets,
        received_at=entry.at,
        spooled_at=entry.at,
        state=SpooledMessage.State.DONE,
        fate=SpooledMessage.Fate.OPENED,
        reason=f"Opened #{entry.ticket_id}.",
        trace=[{"title": "Answers no earlier mail", "why": "No reply token.", "evidence": ""}],
        sender=entry.author_address,
        subject=entry.subject,
        ticket_number=entry.ticket_id,
        decided_at=entry.at,
        is_settled=True,
    )


def _event(entry: Entry, turn: int) -> TicketEvent:
    _kind, event_kind = TURNS[turn]
    return TicketEvent(
        ticket_id=entry.ticket_id,
        kind=event_kind,
        entry=entry,
        actor_id=entry.author_id,
        at=entry.at,
        announced_at=entry.at,
    )


def _sent(desk: Desk, entry: Entry) -> OutgoingMessage:
    return OutgoingMessage(
        account=desk.outgoing,
        cause=f"entry:{entry.pk}",
        kind=OutgoingMessage.Kind.REPLY,
        ticket_number=entry.ticket_id,
        entry_number=entry.pk,
        recipients=[entry.to[0]["address"]],
        octets=desk.octets,
        state=OutgoingMessage.State.SENT,
        queued_at=entry.at,
        send_after=entry.at,
        sent_at=entry.at,
    )
