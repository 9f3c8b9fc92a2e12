"""The state of reading an account: its turn, its cursor, and how it went."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from postdesk.base.errors import NeedsPerson, ThisMessage, TryLater
from postdesk.base.ids import new_token
from postdesk.base.retry import backoff
from postdesk.base.storable import storable
from postdesk.connections.models import Connection
from postdesk.mail.history import record
from postdesk.mail.models import (
    AccountType,
    AuthenticationMode,
    HistoryLine,
    IncomingMailAccount,
)
from postdesk.mail.models.account import LONGEST_CODE

State = IncomingMailAccount.State
# A registration or a policy may have been corrected at the provider, without a word to us.
_MAY_BE_MENDED = Q(connection__state__in=[Connection.State.MISCONFIGURED, Connection.State.BLOCKED])
# Accounts that need no connection.
BY_PASSWORD = Q(account_type=AccountType.IMAP, authentication_mode=AuthenticationMode.PASSWORD)
LEASE = timedelta(minutes=5)
ASK_AGAIN_AFTER_REFUSAL = timedelta(minutes=5)  # somebody may have mended it at the provider


def due_accounts(*, now: datetime) -> list[IncomingMailAccount]:
    """Return the enabled accounts whose turn it is, longest waiting first.

    A sign-in that the provider refused for good is not asked again; a registration that needs a
    correction is, now and then, because it may have been mended over there.
    """
    return list(
        IncomingMailAccount.objects.filter(is_enabled=True)
        .filter(
            BY_PASSWORD
            | Q(connection__state__in=Connection.USABLE)
            | Q(_MAY_BE_MENDED, connection__retry_refresh_at=None)
            | Q(_MAY_BE_MENDED, connection__retry_refresh_at__lte=now)
        )
        .filter(Q(next_read_at=None) | Q(next_read_at__lte=now))
        .filter(Q(reading_until=None) | Q(reading_until__lte=now))
        .order_by("next_read_at", "id")
    )


def claim_turn(account: IncomingMailAccount, *, now: datetime) -> bool:
    """Take the account for this worker; False when it is not due or another one reads it."""
    lease = new_token()
    taken = (
        IncomingMailAccount.objects.filter(pk=account.pk, is_enabled=True)
        .filter(Q(next_read_at=None) | Q(next_read_at__lte=now))
        .filter(Q(reading_until=None) | Q(reading_until__lte=now))
        .update(reading_until=now + LEASE, reading_by=lease)
    )
    if taken:
        account.refresh_from_db()
    return bool(taken)


def release_all() -> None:
    """Let every account be read at once: for a worker that knows it is the only one."""
    IncomingMailAccount.objects.filter(reading_until__isnull=False).update(
        reading_until=None, reading_by=""
    )


def extend_turn(account: IncomingMailAccount, *, now: datetime) -> bool:
    """Keep the account for another lease; False when it was lost or disabled meanwhile."""
    return bool(_mine(account).filter(is_enabled=True).update(reading_until=now + LEASE))


def give_up_turn(account: IncomingMailAccount) -> None:
    """End a turn that came to nothing, if it is still ours."""
    _mine(account).update(reading_until=None, reading_by="")


def store_cursor(account: IncomingMailAccount, cursor: str) -> bool:
    """Store where to go on, after all that it passes is stored; False when the turn was lost."""
    account.cursor = cursor
    return bool(_mine(account).update(cursor=cursor))


def note_success(
    account: IncomingMailAccount, *, arrived: int, poll_seconds: int, now: datetime
) -> None:
    """End the turn well; the first success after trouble gets a line in the History.

    A turn that was lost meanwhile changes nothing: this and the two below.
    """
    changes: dict[str, Any] = {
        "reading_until": None,
        "next_read_at": now + timedelta(seconds=poll_seconds),
        "last_read_at": now,
        "failures": 0,
        "problem": "",
        "remedy": "",
        "problem_code": "",
        "problem_raw": "",
    }
    if arrived:
        changes["last_mail_at"] = now
    is_news = account.state != State.WORKING
    if is_news:
        changes |= {"state": State.WORKING, "state_since": now}
    if _mine(account).update(**changes) and is_news:
        record(
            account, kind=HistoryLine.Kind.OK, text="Working: the mailbox is being read.", now=now
        )


def note_try_later(
    account: IncomingMailAccount, error: TryLater, *, poll_seconds: int, now: datetime
) -> None:
    """End the turn with a trouble that passes by itself; shown as trouble from the third time."""
    failures = account.failures + 1
    wait = max(backoff(failures, retry_after=error.retry_after), timedelta(seconds=poll_seconds))
    changes: dict[str, Any] = {
        "reading_until": None,
        "next_read_at": now + wait,
        "failures": failures,
    }
    if failures >= 3 and account.state == State.WORKING:
        changes |= {"state": State.TRYING, "state_since": now}
    if account.state != State.NEEDS_PERSON:
        changes |= {
            "problem": storable(error.what),
            "remedy": "",
            "problem_code": "",
            "problem_raw": storable(error.raw),
        }
    if _mine(account).update(**changes):
        record(account, kind=HistoryLine.Kind.WARN, text=error.raw or error.what, now=now)


def note_needs_person(
    account: IncomingMailAccount, error: NeedsPerson, *, now: datetime, explanation: str = ""
) -> None:
    """End the turn with a trouble that only a person can mend; asks again every five minutes."""
    is_ours = _mine(account).update(
        reading_until=None,
        next_read_at=now + ASK_AGAIN_AFTER_REFUSAL,
        failures=account.failures + 1,
        **_needs_person(account, error, now=now),
    )
    if is_ours:
        _write_down(account, error, explanation=explanation, now=now)


def note_unsettled(account: IncomingMailAccount, error: ThisMessage, *, now: datetime) -> None:
    """Write down that one message, stored here, stays untouched on the server."""
    record(
        account,
        kind=HistoryLine.Kind.WARN,
        text=f"A message stays as it is in the mailbox: {error.what}",
        remedy=error.remedy,
        code=error.code,
        now=now,
    )


def note_refused_sign_in(
    account: IncomingMailAccount, error: NeedsPerson, *, now: datetime, explanation: str
) -> None:
    """Write down that the daily renewal of the account's sign-in was refused."""
    _write_down(account, error, explanation=explanation, now=now)
    IncomingMailAccount.objects.filter(pk=account.pk).update(
        **_needs_person(account, error, now=now)
    )


def _needs_person(
    account: IncomingMailAccount, error: NeedsPerson, *, now: datetime
) -> dict[str, Any]:
    since = {} if account.state == State.NEEDS_PERSON else {"state_since": now}
    return {
        "state": State.NEEDS_PERSON,
        "problem": storable(error.what),
        "remedy": storable(error.remedy),
        "problem_code": storable(error.code, most=LONGEST_CODE),
        "problem_raw": storable(error.raw),
        **since,
    }


def _write_down(
    account: IncomingMailAccount, error: NeedsPerson, *, explanation: str, now: datetime
) -> None:
    record(
        account,
        kind=HistoryLine.Kind.BAD,
        text=error.raw or error.what,
        explanation=explanation or error.what,
        remedy=error.remedy,
        code=error.code,
        now=now,
    )


def read_now(account: IncomingMailAccount) -> None:
    """Let the Mailer Daemon read the account at its next round, e.g. after Re-Authorize."""
    IncomingMailAccount.objects.filter(pk=account.pk).update(next_read_at=None, failures=0)


def note_first_look(account: IncomingMailAccount, addresses: list[str], *, now: datetime) -> None:
    """Remember the addresses that the mailbox answers to, and when it was first looked into."""
    account.first_read_at = account.first_read_at or now
    _mine(account).update(own_addresses=addresses, first_read_at=account.first_read_at)


def _mine(account: IncomingMailAccount) -> QuerySet[IncomingMailAccount]:
    return IncomingMailAccount.objects.filter(pk=account.pk, reading_by=account.reading_by)
