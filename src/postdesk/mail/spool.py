"""The spool: what came in, waits, and what became of it. The only writer of its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from postdesk.base.storable import storable, storable_message_id
from postdesk.mail.models import IncomingMailAccount, SpooledMessage
from postdesk.mail.octets import keep_octets

State = SpooledMessage.State
Fate = SpooledMessage.Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that a server gave us. ``remote_id`` is the server's name for it."""

    remote_id: str
    octets: bytes
    received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of a spooled message, with the evidence as ``trace`` (title, why, evidence)."""

    fate: str
    rule: str = ""
    reason: str = ""
    trace: list[dict[str, str]] = field(default_factory=list)
    message_id: str = ""
    sender: str = ""
    subject: str = ""
    ticket_number: int | None = None
    entry_number: int | None = None
    traceback: str = ""


def unknown_remote_ids(account: IncomingMailAccount, remote_ids: Sequence[str]) -> list[str]:
    """Return those ids, in order, that the spool does not hold yet."""
    known = set(
        SpooledMessage.objects.filter(account=account, remote_id__in=remote_ids).values_list(
            "remote_id", flat=True
        )
    )
    return [remote_id for remote_id in remote_ids if remote_id not in known]


@transaction.atomic
def spool_arrivals(
    account: IncomingMailAccount, arrivals: Iterable[Arrival], *, now: datetime, is_settled: bool
) -> int:
    """Write new rows with their octets; a row that exists stays as it is. Returns how many came.

    ``is_settled`` says that nothing remains to be done on the server afterwards.
    """
    batch = list(arrivals)
    hashes = keep_octets(arrival.octets for arrival in batch)
    rows = [
        SpooledMessage(
            account=account,
            remote_id=arrival.remote_id,
            octets_id=sha256,
            received_at=arrival.received_at,
            spooled_at=now,
            is_settled=is_settled,
        )
        for arrival, sha256 in zip(batch, hashes, strict=True)
    ]
    SpooledMessage.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def waiting_numbers(limit: int, *, most_bytes: int) -> list[int]:
    """Return the numbers of the oldest waiting messages, without claiming them.

    At most ``limit`` and ``most_bytes`` together, but always one when one waits.
    """
    rows = (
        SpooledMessage.objects.filter(state=State.WAITING)
        .order_by("id")
        .values_list("id", "octets__size_bytes")[:limit]
    )
    numbers, size_bytes = list[int](), 0
    for number, message_bytes in rows:
        size_bytes += message_bytes
        if numbers and size_bytes > most_bytes:
            break
        numbers.append(number)
    return numbers


def read_waiting(numbers: Sequence[int]) -> list[SpooledMessage]:
    """Return these messages with octets and account, as they are now; nothing is locked."""
    return list(
        SpooledMessage.objects.filter(id__in=numbers, state=State.WAITING)
        .select_related("octets", "account__tech_group", "account__request_type__tech_group")
        .order_by("id")
    )


def lock_waiting(numbers: Sequence[int]) -> set[int]:
    """Lock those of ``numbers`` that still wait; call it inside the transaction that decides.

    Rows another worker works on are skipped on PostgreSQL; SQLite has one writer anyway.
    """
    rows = SpooledMessage.objects.filter(id__in=numbers, state=State.WAITING)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return set(rows.values_list("id", flat=True))


def decide(message: SpooledMessage, decision: Decision, *, now: datetime) -> None:
    """Write the fate of a message that was locked by ``lock_waiting``."""
    is_held = decision.fate == Fate.HELD
    message.state = State.HELD if is_held else State.DONE
    message.fate = decision.fate
    message.rule = decision.rule
    message.reason = storable(decision.reason)
    message.trace = decision.trace
    message.traceback = storable(decision.traceback)
    message.message_id = storable_message_id(decision.message_id)
    message.sender = decision.sender[:254]
    message.subject = decision.subject[:500]
    message.ticket_number = decision.ticket_number
    message.entry_number = decision.entry_number
    message.decided_at = now
    message.save(
        update_fields=[
            "state", "fate", "rule", "reason", "trace", "traceback", "message_id", "sender",
            "subject", "ticket_number", "entry_number", "decided_at",
        ]
    )  # fmt: skip


def unsettled(account: IncomingMailAccount, limit: int) -> list[tuple[int, str]]:
    """Return (number, remote id) of messages that are stored here but untouched on the server."""
    return list(
        SpooledMessage.objects.filter(account=account, is_settled=False)
        .order_by("id")
        .values_list("id", "remote_id")[:limit]
    )


def note_settled(numbers: Sequence[int]) -> None:
    """Remember that the server did what the account asks for with these messages."""
    SpooledMessage.objects.filter(id__in=numbers).update(is_settled=True)


def is_duplicate(message: SpooledMessage) -> bool:
    """Say whether the same octets came before through the same account under another remote id.

    Message-ID alone never decides: other systems reuse one for different mails.
    """
    return SpooledMessage.objects.filter(
        account_id=message.account_id, octets_id=message.octets_id, id__lt=message.id
    ).exists()


def note_moved(entry_numbers: Sequence[int], *, ticket_number: int) -> None:
    """Let the ledger follow entries that were moved to another ticket."""
    SpooledMessage.objects.filter(entry_number__in=entry_numbers).update(
        ticket_number=ticket_number
    )


def held_messages() -> QuerySet[SpooledMessage]:
    """Return the held messages, newest first."""
    return (
        SpooledMessage.objects.filter(state=State.HELD)
        .select_related("account", "octets")
        .order_by("-id")
    )


@transaction.atomic
def process_again(message: SpooledMessage, *, now: datetime) -> bool:
    """Put a held message back into the queue; False when it is not held any more."""
    changed = SpooledMessage.objects.filter(pk=message.pk, state=State.HELD).update(
        state=State.WAITING, fate=Fate.UNDECIDED, decided_at=now
    )
    return bool(changed)
