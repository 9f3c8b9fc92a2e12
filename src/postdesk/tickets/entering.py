"""Turning a read mail into an entry with its files and participants."""

from collections.abc import Iterable

from postdesk.base.storable import storable_message_id
from postdesk.directory.models import Person
from postdesk.tickets.incoming import Correspondent, IncomingMail
from postdesk.tickets.models import Attachment, Entry, Participant, Ticket
from postdesk.tickets.search import build_search_text

SNIPPET_CHARACTERS = 200


def enter_mail(ticket: Ticket, *, mail: IncomingMail, author: Person | None) -> Entry:
    """Write the entry of a client's mail with its files; inside the caller's transaction."""
    entry = Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.CLIENT_MAIL,
        author=author,
        author_name=mail.author.name[:200],
        author_address=mail.author.address[:254],
        to=_named(mail.to),
        cc=_named(mail.cc),
        subject=mail.subject[:500],
        text=mail.text,
        fresh_text=mail.fresh_text,
        html=mail.html,
        message_id=storable_message_id(mail.message_id),
        references=list(mail.references),
        spooled_number=mail.spooled_number,
        is_automatic=mail.is_automatic,
        no_answer_because=mail.no_answer_because[:300],
        at=mail.at,
    )
    Attachment.objects.bulk_create(
        Attachment(
            entry=entry,
            position=file.position,
            name=file.name[:255],
            media_type=file.media_type[:127],
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            content_id=file.content_id[:255],
            is_inline=file.is_inline,
        )
        for file in mail.files
    )
    return entry


def admit(ticket: Ticket, people: Iterable[tuple[Correspondent, str]]) -> None:
    """Add people to the ticket, each with the role they come in; whoever is there stays."""
    Participant.objects.bulk_create(
        [
            Participant(ticket=ticket, address=who.address[:254], name=who.name[:200], role=role)
            for who, role in people
            if who.address
        ],
        ignore_conflicts=True,
    )


def index_for_search(ticket: Ticket) -> str:
    """Return the text that the search finds this ticket by: subject, client, participants."""
    client = ticket.client.person
    known = ticket.participants.values_list("name", "address")
    people = [client.name, client.email, *(part for row in known for part in row)]
    return build_search_text(ticket.subject, people)


def snippet_of(text: str) -> str:
    """Return the first words of a text on one line, for lists."""
    return " ".join(text[:2000].split())[:SNIPPET_CHARACTERS]


def _named(people: Iterable[Correspondent]) -> list[dict[str, str]]:
    return [{"name": who.name, "address": who.address} for who in people]
