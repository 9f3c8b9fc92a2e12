"""What is wrong now: one trouble a subject, the gravest first."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from postdesk.connections.expiry import Expiry, expiries
from postdesk.connections.models import Connection
from postdesk.flow.alarm.watching import (
    Watched,
    connection_subject,
    incoming_page,
    incoming_subject,
    outgoing_page,
    outgoing_subject,
    silent_since,
)
from postdesk.mail.health import SILENCE, connection_problem
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.reading import ASK_AGAIN_AFTER_REFUSAL
from postdesk.mail.sending import PAUSE
from postdesk.site.alarms import Telling

# What fails in passing is mostly over by then; throttling never counts as failing at all.
FAILING_WORTH_AN_ALARM = timedelta(minutes=30)
NEW_CREDENTIAL = (
    "Make a new {what} for the application at the provider, open the account here, enter it "
    "with its end, and save. The old one may stay until then."
)
_PASSES = (
    "Nothing has to be entered here. If it does not pass within the hour, look whether the "
    "provider reports a disturbance and whether this server reaches it."
)
_RENEWAL_FAILS = "Open the account and press Re-Authorize: a new sign-in starts the time anew."


def find_troubles(
    watched: list[Watched], *, awake_since: datetime, now: datetime
) -> dict[str, Telling]:
    """Return what is wrong by subject; accounts of a connection in trouble are part of it."""
    found = {
        each.subject: telling
        for each in watched
        if (telling := trouble_of_connection(each, awake_since=awake_since, now=now)) is not None
    }
    for telling in (*_incoming(found, awake_since, now), *_outgoing(found, now)):
        found[telling.subject] = telling
    return found


def trouble_of_connection(
    watched: Watched, *, awake_since: datetime, now: datetime
) -> Telling | None:
    """Return why a connection needs a person, in the order of gravity."""
    connection = watched.connection
    ended = next((each for each in expiries(connection, now=now) if each.warning_day == 0), None)
    if connection.needs_person:
        return _needs_person(watched, now=now)
    if ended is not None:
        return expiry_telling(watched, ended, now=now)
    since = connection.state_since or now
    is_failing = connection.state == Connection.State.FAILING
    if is_failing and now - max(since, awake_since) >= FAILING_WORTH_AN_ALARM:
        return Telling(
            subject=watched.subject,
            topic="failing",
            names=watched.names,
            text="The provider has not renewed the sign-in for half an hour; it is tried again.",
            remedy=_PASSES,
            page=watched.page,
            since=since,
            code=connection.error_code,
        )
    return None


def expiry_telling(watched: Watched, expiry: Expiry, *, now: datetime) -> Telling:
    """Return the words about something that ends; its topic changes with the thing."""
    remedies = {
        "secret": NEW_CREDENTIAL.format(what="client secret"),
        "certificate": NEW_CREDENTIAL.format(what="certificate"),
    }
    return Telling(
        subject=watched.subject,
        topic=topic_of(expiry),
        names=watched.names,
        text=expiry.sentence,
        remedy=remedies.get(expiry.kind, _RENEWAL_FAILS),
        page=watched.page,
        since=now,
        day=expiry.warning_day,
    )


def topic_of(expiry: Expiry) -> str:
    """Return what an end is filed under: another secret ends on another day."""
    return f"{expiry.kind}:{expiry.ends_at:%Y-%m-%d}"


def _needs_person(watched: Watched, *, now: datetime) -> Telling:
    connection = watched.connection
    problem = connection_problem(connection)
    return Telling(
        subject=watched.subject,
        topic=f"state:{connection.state}",
        names=watched.names,
        text=problem.cause if problem else connection.get_state_display(),
        remedy=problem.remedy if problem else "",
        page=watched.page,
        since=connection.state_since or now,
        code=connection.error_code,
    )


def _incoming(found: dict[str, Telling], awake_since: datetime, now: datetime) -> Iterator[Telling]:
    accounts = IncomingMailAccount.objects.filter(is_enabled=True).select_related("connection")
    for account in accounts.order_by("id"):
        if _is_covered(account.connection_id, found):
            continue
        if account.state == IncomingMailAccount.State.NEEDS_PERSON:
            if not _is_about_to_try(
                account.connection, _failed_at(account.next_read_at, ASK_AGAIN_AFTER_REFUSAL)
            ):
                yield _reading_stopped(account, now=now)
            continue
        since = silent_since(account, awake_since=awake_since)
        if since is not None and now - since > SILENCE:
            yield _silence(account, since=since)


def _reading_stopped(account: IncomingMailAccount, *, now: datetime) -> Telling:
    return Telling(
        subject=incoming_subject(account),
        topic="reading",
        names=account.email_address,
        text=account.problem or "The mailbox cannot be read.",
        remedy=account.remedy,
        page=incoming_page(account),
        since=account.state_since or now,
        code=account.problem_code,
    )


def _silence(account: IncomingMailAccount, *, since: datetime) -> Telling:
    return Telling(
        subject=incoming_subject(account),
        topic="silence",
        names=account.email_address,
        text=account.problem or "The Mailer Daemon has not read this mailbox for 90 minutes.",
        remedy=(
            "Open the account and look at its History. If the server answers slowly or not at "
            "all, that is where to ask; nothing has to be entered here."
        ),
        page=incoming_page(account),
        since=since,
    )


def _outgoing(found: dict[str, Telling], now: datetime) -> Iterator[Telling]:
    accounts = OutgoingMailAccount.objects.filter(~Q(problem=""), is_active=True)
    for account in accounts.select_related("connection").order_by("id"):
        failed_at = _failed_at(account.paused_until, PAUSE)
        if _is_covered(account.connection_id, found) or _is_about_to_try(
            account.connection, failed_at
        ):
            continue
        yield Telling(
            subject=outgoing_subject(account),
            topic="sending",
            names=account.email_address,
            text=account.problem,
            remedy=account.remedy,
            page=outgoing_page(account),
            since=account.problem_since or now,
            code=account.problem_code,
        )


def _is_covered(connection_id: int | None, found: dict[str, Telling]) -> bool:
    return connection_id is not None and connection_subject(connection_id) in found


def _failed_at(next_try_at: datetime | None, wait: timedelta) -> datetime | None:
    return next_try_at - wait if next_try_at else None


def _is_about_to_try(connection: Connection | None, failed_at: datetime | None) -> bool:
    """Say whether the trouble is older than what mended the connection: the next try will tell."""
    if connection is None:
        return False
    moments = [connection.state_since, connection.authorized_at]
    mended_at = max((moment for moment in moments if moment), default=None)
    return failed_at is None or (mended_at is not None and failed_at <= mended_at)
