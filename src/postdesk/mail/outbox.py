"""The outbox: claim, send, settle. The only writer of its tables.

::

    QUEUED --claim, begin--> SENDING --settle--> SENT
       ^                       |  \\--refused--> FAILED
       \\------try later--------/   \\--lease ran out--> asked at the server, else UNKNOWN

A claim is a lease on a row that stays QUEUED; only ``begin``, right before the server is spoken to,
makes it SENDING. So a crash leaves no doubt about the mails whose turn had not come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from postdesk.base.ids import new_token
from postdesk.base.retry import backoff
from postdesk.base.storable import storable, storable_message_id
from postdesk.mail.models import OutgoingMailAccount, OutgoingMessage, OutgoingMessageId
from postdesk.mail.octets import keep_octets

State = OutgoingMessage.State
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A composed mail. ``cause`` is unique for ever, e.g. ``event:17``."""

    cause: str
    kind: str
    ticket_number: int
    entry_number: int | None
    envelope_sender: str
    recipients: Sequence[str]
    octets: bytes
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A mail that is ours until the lease runs out.

    ``was_interrupted`` says that somebody died while sending it: ask the server first.
    """

    message: OutgoingMessage
    was_interrupted: bool


@transaction.atomic(savepoint=False)
def queue(
    account: OutgoingMailAccount, draft: Draft, *, now: datetime, send_after: datetime | None = None
) -> OutgoingMessage | None:
    """Queue a mail once; None when its cause was queued before."""
    if OutgoingMessage.objects.filter(cause=draft.cause).exists():
        return None
    [sha256] = keep_octets([draft.octets])
    message = OutgoingMessage.objects.create(
        account=account,
        cause=draft.cause,
        kind=draft.kind,
        acknowledges=_acknowledged(draft),
        ticket_number=draft.ticket_number,
        entry_number=draft.entry_number,
        envelope_sender=draft.envelope_sender,
        recipients=list(draft.recipients),
        octets_id=sha256,
        queued_at=now,
        send_after=send_after or now,
    )
    _add_message_ids(message, [draft.message_id])
    return message


@transaction.atomic
def note_unwritable(
    account: OutgoingMailAccount,
    *,
    cause: str,
    ticket_number: int,
    entry_number: int | None,
    problem: str,
    now: datetime,
) -> None:
    """Write down a reply that could not become a mail, so that its tech sees it on the ticket."""
    [empty] = keep_octets([b""])
    OutgoingMessage.objects.get_or_create(
        cause=cause,
        defaults={
            "account": account,
            "kind": OutgoingMessage.Kind.REPLY,
            "ticket_number": ticket_number,
            "entry_number": entry_number,
            "octets_id": empty,
            "state": State.FAILED,
            "queued_at": now,
            "send_after": now,
            "problem": problem,
            "remedy": "Correct it and write the reply again.",
        },
    )


def accounts_with_due_mail(*, now: datetime) -> list[int]:
    """Return the numbers of the Outgoing Mail Accounts that something is due for."""
    return list(_due(now=now).order_by().values_list("account_id", flat=True).distinct())


@transaction.atomic
def claim(limit: int, *, account_id: int | None = None, now: datetime) -> list[Claim]:
    """Take up to ``limit`` mails that are due, under a lease; crashed ones come back by it.

    With ``account_id`` only those of one Outgoing Mail Account.
    """
    due = _due(now=now).order_by("send_after", "id")
    if account_id is not None:
        due = due.filter(account_id=account_id)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    numbers = [message.pk for message in due[:limit]]
    if not numbers:
        return []
    rows = list(
        OutgoingMessage.objects.filter(pk__in=numbers)
        .select_related("account", "account__connection", "octets")
        .order_by("send_after", "id")
    )
    lease = new_token()
    OutgoingMessage.objects.filter(pk__in=numbers).update(
        sending_by=lease, sending_until=now + LEASE
    )
    claims = []
    for message in rows:
        message.sending_by = lease
        claims.append(Claim(message=message, was_interrupted=message.state == State.SENDING))
    return claims


def begin(message: OutgoingMessage, *, now: datetime) -> bool:
    """Say that it is being sent, for another lease; False when it was lost, then leave it alone."""
    return bool(_mine(message).update(state=State.SENDING, sending_until=now + LEASE))


def note_prepared(message: OutgoingMessage, *, remote_id: str, message_ids: Sequence[str]) -> bool:
    """Store what the server calls the mail before it leaves; False when the lease is lost."""
    with transaction.atomic():
        held = _mine(message).update(remote_id=remote_id)
        if held:
            _add_message_ids(message, message_ids)
    message.remote_id = remote_id
    return bool(held)


@transaction.atomic
def settle_sent(
    message: OutgoingMessage, *, message_ids: Sequence[str], problem: str = "", now: datetime
) -> None:
    """Write down that the server accepted it, and every id that it is known by."""
    _settle(message, state=State.SENT, sent_at=now, problem=storable(problem), remedy="")
    _add_message_ids(message, message_ids)


def settle_later(
    message: OutgoingMessage, *, problem: str, retry_after: float | None, now: datetime
) -> None:
    """Put a mail that surely did not leave back into the queue, until it may be tried again."""
    attempts = message.attempts + 1
    _settle(
        message,
        state=State.QUEUED,
        attempts=attempts,
        send_after=now + backoff(attempts, retry_after=retry_after),
        problem=storable(problem),
    )


def give_back(claim: Claim, *, problem: str, retry_after: float | None, now: datetime) -> None:
    """Return a claim whose turn did not come; one that was interrupted must still be asked about.

    Does nothing to a mail that is settled already.
    """
    wait = backoff(claim.message.attempts, retry_after=retry_after)
    if claim.was_interrupted:
        ask_later(claim.message, now=now)
    else:
        _settle(claim.message, send_after=now + wait, problem=storable(problem))


def ask_later(message: OutgoingMessage, *, now: datetime) -> None:
    """Leave a mail that may have left as it is, until the server can be asked about it."""
    wait = backoff(message.attempts)
    _mine(message).update(state=State.SENDING, sending_by="", sending_until=now + wait)


def settle_failed(message: OutgoingMessage, *, problem: str, remedy: str) -> None:
    """Give up on this mail until a person sends it again."""
    _settle(message, state=State.FAILED, problem=storable(problem), remedy=storable(remedy))


def settle_unknown(message: OutgoingMessage, *, problem: str, remedy: str) -> None:
    """Say that it may have left; never sent again without a person's word."""
    _settle(message, state=State.UNKNOWN, problem=storable(problem), remedy=remedy)


@transaction.atomic
def send_again(message: OutgoingMessage, *, now: datetime) -> bool:
    """A person checked and wants it sent: queue a failed or unknown mail; False if it is neither.

    Its ``remote_id`` is forgotten, so that a fresh draft is made.
    """
    changed = OutgoingMessage.objects.filter(
        pk=message.pk, state__in=[State.FAILED, State.UNKNOWN], octets__size_bytes__gt=0
    ).update(state=State.QUEUED, send_after=now, attempts=0, remote_id="", problem="", remedy="")
    return bool(changed)


def release_all(*, now: datetime) -> None:
    """Let interrupted mails come back at once: for a worker that knows it is the only one."""
    OutgoingMessage.objects.filter(
        state__in=[State.QUEUED, State.SENDING], sending_until__gt=now
    ).update(sending_until=now)


def acknowledgements_to(address: str, *, since: datetime) -> int:
    """Return how many acknowledgements were queued to an address since then."""
    return OutgoingMessage.objects.filter(acknowledges=address, queued_at__gte=since).count()


def note_moved(entry_numbers: Sequence[int], *, ticket_number: int) -> None:
    """Let the mails of entries that were moved to another ticket, and their answers, follow."""
    OutgoingMessage.objects.filter(entry_number__in=entry_numbers).update(
        ticket_number=ticket_number
    )


def _acknowledged(draft: Draft) -> str:
    is_acknowledgement = draft.kind == OutgoingMessage.Kind.ACKNOWLEDGEMENT
    return draft.recipients[0] if is_acknowledgement else ""


def _due(*, now: datetime) -> QuerySet[OutgoingMessage]:
    """Return what may be sent now: queued or interrupted, unclaimed, its account at work."""
    return (
        OutgoingMessage.objects.filter(
            Q(state=State.QUEUED, send_after__lte=now) | Q(state=State.SENDING)
        )
        .filter(Q(sending_until=None) | Q(sending_until__lte=now))
        .filter(Q(account__paused_until=None) | Q(account__paused_until__lte=now))
        .filter(account__is_active=True)
    )


def _mine(message: OutgoingMessage) -> QuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.filter(
        pk=message.pk,
        state__in=[State.QUEUED, State.SENDING],
        sending_by=message.sending_by,
    )


def _settle(message: OutgoingMessage, **changes: object) -> None:
    _mine(message).update(sending_by="", sending_until=None, **changes)


def _add_message_ids(message: OutgoingMessage, message_ids: Sequence[str]) -> None:
    OutgoingMessageId.objects.bulk_create(
        [
            OutgoingMessageId(outgoing=message, message_id=storable_message_id(message_id))
            for message_id in dict.fromkeys(message_ids)
            if message_id
        ],
        ignore_conflicts=True,
    )
