"""From the spool onto tickets, in batches: one transaction, a savepoint for each message."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from postdesk.base.errors import ThisMessage
from postdesk.directory.people import find_or_add_client, find_person
from postdesk.directory.queries import effective_group
from postdesk.flow.sift import Sifted, sift
from postdesk.flow.stage import run_or_park
from postdesk.flow.thread import Placement, find_place
from postdesk.mail import spool
from postdesk.mail.models import SpooledMessage
from postdesk.mail.octets import read_octets
from postdesk.mail.queries import own_addresses
from postdesk.message.parse import parse_head, parse_message
from postdesk.message.parsed import Address, ParsedMessage
from postdesk.message.rules.verdict import Disposition
from postdesk.tickets.incoming import Correspondent, IncomingFile, IncomingMail
from postdesk.tickets.models import Entry
from postdesk.tickets.opening import open_ticket
from postdesk.tickets.replying import add_client_mail

log = logging.getLogger(__name__)
BATCH = 50
BATCH_BYTES = 64 * 1024 * 1024  # read and parsed at once; one message alone may be larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A spooled message with its reading; ``error`` is what reading it whole raised, or None."""

    message: SpooledMessage
    parsed: ParsedMessage | None
    error: Exception | None = None


def deliver_waiting(*, now: datetime, limit: int = BATCH) -> int:
    """Deliver one batch; returns how many messages were decided. Several workers may call it.

    Messages are read before the transaction, which then locks those that still wait: a lost race
    costs a reading, never a double ticket.
    """
    waiting = spool.read_waiting(spool.waiting_numbers(limit, most_bytes=BATCH_BYTES))
    if not waiting:
        return 0
    readings = [_read(message) for message in waiting]
    with transaction.atomic():
        ours = spool.lock_waiting([reading.message.pk for reading in readings])
        own = own_addresses()
        for reading in readings:
            if reading.message.pk in ours:
                _deliver_or_hold(reading, own=own, now=now)
    return len(ours)


def _read(message: SpooledMessage) -> Read:
    octets = b""
    try:
        octets = read_octets(message.octets)
        return Read(message=message, parsed=parse_message(octets))
    except ThisMessage as error:
        return Read(message=message, parsed=parse_head(octets, problem=error.what), error=error)
    except Exception as error:  # noqa: BLE001  handed to run_or_park, which holds the message
        return Read(message=message, parsed=None, error=error)


def _deliver_or_hold(reading: Read, *, own: frozenset[str], now: datetime) -> None:
    message = reading.message

    def park(reason: str, traceback: str) -> None:
        held = _decision(reading.parsed, fate=spool.Fate.HELD, reason=reason, traceback=traceback)
        spool.decide(message, held, now=now)

    def work() -> None:
        spool.decide(message, _decide(reading, own=own, now=now), now=now)

    run_or_park(work, park=park, name=f"Message {message.pk}")


def _decide(reading: Read, *, own: frozenset[str], now: datetime) -> spool.Decision:
    message, parsed = reading.message, reading.parsed
    if reading.error is not None:
        raise reading.error
    if parsed is None:
        raise TypeError("A message without a reading has an error.")
    if parsed.header("X-Postdesk-Unreadable"):
        raise ThisMessage(parsed.text.strip() or "The server does not hand this message out.")
    if spool.is_duplicate(message):
        return _decision(parsed, fate=spool.Fate.DUPLICATE, reason="The same octets came before.")
    sifted = sift(message, parsed, own_addresses=own)
    verdict = sifted.verdict
    if verdict.disposition == Disposition.HOLD:
        raise ThisMessage(verdict.reason)
    if verdict.disposition == Disposition.RECORD:
        return _record(parsed, sifted)
    return _place(message, parsed, sifted, now=now)


def _record(parsed: ParsedMessage, sifted: Sifted) -> spool.Decision:
    """Keep it in the ledger without touching a ticket; say to which ticket it belongs."""
    place = find_place(parsed)
    found = place.ticket or place.related
    step = {"title": "Recorded quietly", "why": sifted.verdict.reason, "evidence": ""}
    return _decision(
        parsed,
        fate=spool.Fate.RECORDED,
        rule=sifted.verdict.rule,
        reason=sifted.verdict.reason,
        trace=[step, *place.trace],
        ticket_number=found.number if found else None,
    )


def _place(
    message: SpooledMessage, parsed: ParsedMessage, sifted: Sifted, *, now: datetime
) -> spool.Decision:
    if not parsed.from_.email:
        raise ThisMessage("It names no sender, so nobody could be answered.")
    place = find_place(parsed)
    mail = _incoming_mail(message, parsed, sifted, now=now)
    if place.ticket is not None:
        author = find_person(mail.author.address)
        entry = add_client_mail(
            place.ticket,
            mail=mail,
            author=author,
            own_addresses=sifted.circumstances.own_addresses,
            now=now,
        )
        fate, reason = spool.Fate.APPENDED, f"Appended to #{place.ticket.number}."
    else:
        entry = _open(message, mail, place, sifted, now=now)
        fate, reason = spool.Fate.OPENED, f"Opened #{entry.ticket_id}."
    return _decision(
        parsed,
        fate=fate,
        rule=sifted.verdict.rule,
        reason=reason,
        trace=[_collected(message), *place.trace],
        ticket_number=entry.ticket_id,
        entry_number=entry.pk,
    )


def _open(
    message: SpooledMessage,
    mail: IncomingMail,
    place: Placement,
    sifted: Sifted,
    *,
    now: datetime,
) -> Entry:
    account = message.account
    client = find_or_add_client(address=mail.author.address, name=mail.author.name, now=now)
    group = account.tech_group
    if account.request_type is not None:
        group = effective_group(account.request_type) or group
    return open_ticket(
        mail=mail,
        client=client,
        request_type=account.request_type,
        tech_group=group,
        incoming_account_id=account.pk,
        related_to=place.related,
        own_addresses=sifted.circumstances.own_addresses,
        now=now,
    )


def _collected(message: SpooledMessage) -> dict[str, str]:
    return {
        "title": f"Collected from {message.account.email_address}",
        "why": f"{message.account.get_account_type_display()}, folder Inbox",
        "evidence": message.message_id,
    }


def _decision(parsed: ParsedMessage | None, **values: Any) -> spool.Decision:
    if parsed is None:
        return spool.Decision(**values)
    return spool.Decision(
        message_id=parsed.message_id,
        sender=parsed.from_.email,
        subject=parsed.subject,
        **values,
    )


def _incoming_mail(
    message: SpooledMessage, parsed: ParsedMessage, sifted: Sifted, *, now: datetime
) -> IncomingMail:
    return IncomingMail(
        author=_correspondent(parsed.from_),
        to=tuple(_correspondent(address) for address in parsed.to),
        cc=tuple(_correspondent(address) for address in parsed.cc),
        subject=parsed.subject,
        text=parsed.text,
        fresh_text=parsed.text_reply,
        html=parsed.html,
        message_id=parsed.message_id,
        references=parsed.references,
        files=tuple(
            IncomingFile(
                position=position,
                name=file.name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                content_id=file.content_id,
                is_inline=file.is_inline,
            )
            for position, file in enumerate(parsed.attachments)
        ),
        spooled_number=message.pk,
        is_automatic=sifted.is_automatic,
        no_answer_because=sifted.no_answer_because,
        at=message.received_at or now,
    )


def _correspondent(address: Address) -> Correspondent:
    return Correspondent(name=address.name, address=address.email.lower())
