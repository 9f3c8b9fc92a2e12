"""Which ticket a message belongs to: clues find it, admission decides.

Graded clues, strongest first: our signed token, a Message-ID that we sent, one that we received,
the number in the subject. A clue only finds; the mail is admitted when its sender is a
participant or a tech, or holds a valid token and shares the client's own, non-public mail domain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from postdesk.base.ids import read_reply_message_id
from postdesk.directory.people import find_tech_by_address
from postdesk.flow.keys import reply_token_key
from postdesk.flow.public_domains import PUBLIC_MAIL_DOMAINS
from postdesk.mail.queries import ticket_of_own_mail, ticket_of_received_mail
from postdesk.message.parsed import ParsedMessage
from postdesk.message.references import ids_newest_first
from postdesk.message.subjects import ticket_number_in_subject
from postdesk.tickets.models import Participant, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What points to a ticket. ``why`` is for people, ``evidence`` is the text that was found."""

    ticket_number: int
    why: str
    evidence: str
    is_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a message goes: ``ticket`` to append to, or None for a new one.

    ``related`` is the ticket that was found but that the sender is not admitted to.
    """

    ticket: Ticket | None
    related: Ticket | None
    trace: list[dict[str, str]]


def find_place(parsed: ParsedMessage) -> Placement:
    """Follow the clues, strongest first, to the first ticket that exists, and ask admission."""
    for clue in _clues(parsed):
        ticket = (
            Ticket.objects.select_related("client__person")
            .filter(number=clue.ticket_number)
            .first()
        )
        if ticket is None:
            continue
        step = {"title": f"Answers #{ticket.number}", "why": clue.why, "evidence": clue.evidence}
        admitted = why_admitted(parsed.from_.email.lower(), ticket, has_token=clue.is_token)
        if admitted:
            trace = [step, {"title": "Sender admitted", "why": admitted, "evidence": ""}]
            return Placement(ticket=ticket, related=None, trace=trace)
        refusal = {
            "title": "Sender not admitted",
            "why": (
                f"{parsed.from_.email or 'The sender'} takes no part in #{ticket.number}, so a "
                "ticket of its own was opened."
            ),
            "evidence": "",
        }
        return Placement(ticket=None, related=ticket, trace=[step, refusal])
    nothing = {
        "title": "Answers no earlier mail",
        "why": "No reply token, no known Message-ID, no ticket number.",
        "evidence": "",
    }
    return Placement(ticket=None, related=None, trace=[nothing])


def why_admitted(address: str, ticket: Ticket, *, has_token: bool) -> str:
    """Return why somebody may write onto a ticket, or "" when they may not."""
    if not address:
        return ""
    if Participant.objects.filter(ticket=ticket, address=address).exists():
        return f"{address} takes part in the ticket."
    if find_tech_by_address(address) is not None:
        return f"{address} is a tech."
    domain = address.rpartition("@")[2]
    client_domain = ticket.client.person.email.rpartition("@")[2]
    if has_token and domain == client_domain and domain not in PUBLIC_MAIL_DOMAINS:
        return f"The mail carries our token and comes from the client's own domain {domain}."
    return ""


def _clues(parsed: ParsedMessage) -> Iterator[Clue]:
    ids = ids_newest_first(parsed)
    key = reply_token_key()
    sent = ticket_of_own_mail(ids)
    for message_id in ids:
        token = read_reply_message_id(message_id, key=key)
        if token is not None:
            yield Clue(
                # What was moved to another ticket is answered there.
                ticket_number=sent.get(message_id, token.ticket_number),
                why="The mail answers one of ours: its reply token is signed by this desk.",
                evidence=message_id,
                is_token=True,
            )
    yield from _known_ids(ids, sent, "The mail answers one that we sent.")
    received = ticket_of_received_mail(ids)
    yield from _known_ids(ids, received, "The mail answers one that we received.")
    number = ticket_number_in_subject(parsed.subject)
    if number is not None:
        yield Clue(
            ticket_number=number,
            why="The subject carries a ticket number.",
            evidence=parsed.subject[:200],
        )


def _known_ids(ids: tuple[str, ...], known: dict[str, int], why: str) -> Iterator[Clue]:
    for message_id in ids:
        if message_id in known:
            yield Clue(ticket_number=known[message_id], why=why, evidence=message_id)
