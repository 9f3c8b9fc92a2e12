"""How an Incoming Mail Account is doing, in words; worst first when sorted."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from postdesk.connections.expiry import Ending, expiries, first_expiry
from postdesk.connections.models import Connection
from postdesk.connections.queries import explanation
from postdesk.mail.models import (
    IncomingMailAccount,
    OutgoingMailAccount,
    OutgoingMessage,
    SpooledMessage,
)

# Reading happens every few seconds to an hour; after that long somebody should look.
SILENCE = timedelta(hours=1, minutes=30)


_BEFORE_IT_ENDS = {
    Ending.SECRET: "Make a new client secret at the provider, type it here with its end, and save. "
    "The old one serves until the new one has worked.",
    Ending.CERTIFICATE: "Make a new key pair here, upload its public part at the provider, and "
    "save. The old one serves until the new one has worked.",
    Ending.SIGN_IN: "Press Re-Authorize and sign in again.",
}


class Need(enum.IntEnum):
    """How much an account needs somebody; the order of the list."""

    BROKEN = 0
    SOON = 1
    UNFINISHED = 2
    WELL = 3
    DISABLED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One look at an account. ``kind`` is ok, soon, bad or off; ``cause`` may be ""."""

    need: Need
    kind: str
    text: str
    cause: str = ""
    remedy: str = ""
    code: str = ""
    raw: str = ""
    since: datetime | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialLeft:
    """How long the secret or certificate still counts. ``kind`` is ok, soon or bad."""

    kind: str
    text: str
    days: int | None
    percent: int


def accounts_with_counts() -> QuerySet[IncomingMailAccount]:
    """Return all accounts with ``waiting`` and ``held`` (how many), and ``has_received``.

    ``last_sent_at`` is when a mail last left by the account's way out.
    """
    state = SpooledMessage.State
    return (
        IncomingMailAccount.objects.select_related(
            "connection", "outgoing_account", "tech_group", "request_type"
        )
        .annotate(
            waiting=Count("spooled_messages", filter=Q(spooled_messages__state=state.WAITING)),
            held=Count("spooled_messages", filter=Q(spooled_messages__state=state.HELD)),
            has_received=Exists(SpooledMessage.objects.filter(account=OuterRef("pk"))),
            last_sent_at=_last_sent_by("outgoing_account"),
        )
        .order_by("email_address")
    )


def ways_out_with_last_sent() -> QuerySet[OutgoingMailAccount]:
    """Return all Outgoing Mail Accounts with ``last_sent_at``, None where nothing left yet."""
    rows = OutgoingMailAccount.objects.select_related("connection")
    return rows.annotate(last_sent_at=_last_sent_by("pk")).order_by("email_address")


def _last_sent_by(way_out: str) -> Subquery:
    sent = OutgoingMessage.objects.filter(account=OuterRef(way_out), sent_at__isnull=False)
    return Subquery(sent.order_by("-sent_at").values("sent_at")[:1])


def health_of(account: IncomingMailAccount, *, now: datetime) -> Health:
    """Return the most important thing to know about an account."""
    connection = account.connection
    if account.uses_connection:
        stopped = connection_problem(connection)
        is_paused = not account.is_enabled and account.last_read_at is not None
        if connection is None or (stopped is not None and not is_paused):
            return stopped or _nobody_signed_in()
    if not account.is_enabled:
        return Health(
            need=Need.DISABLED, kind="off", text="Disabled", cause="E-Mail Tickets is off"
        )
    if account.state == IncomingMailAccount.State.NEEDS_PERSON:
        return _of_reading(account, need=Need.BROKEN, kind="bad")
    return _soon(account, connection, now=now) or Health(
        need=Need.WELL,
        kind="ok",
        text="Authorized" if account.uses_connection else "Ready",
        cause="" if account.last_read_at else "Not read yet",
    )


def credential_left(connection: Connection | None, *, now: datetime) -> CredentialLeft | None:
    """Return how long the secret or certificate still counts, or None where there is none."""
    if connection is None:
        return None
    ends = (each for each in expiries(connection, now=now) if each.kind is not Ending.SIGN_IN)
    expiry = next(ends, None)
    if expiry is None:
        is_unknown = connection.proof == Connection.Proof.SECRET and connection.client_secret
        unknown = CredentialLeft(kind="soon", text="end not known", days=None, percent=0)
        return unknown if is_unknown else None
    days = expiry.days_left
    if expiry.is_past:
        return CredentialLeft(kind="bad", text=f"{expiry.kind} has ended", days=days, percent=0)
    return CredentialLeft(
        kind="soon" if expiry.is_soon else "ok",
        text=f"{days} day left" if days == 1 else f"{days} days left",
        days=days,
        percent=min(100, days * 100 // 365),
    )


def connection_problem(connection: Connection | None) -> Health | None:
    """Return what stands between a connection and work, or None when it is authorized."""
    if connection is None or connection.state == Connection.State.NOT_AUTHORIZED:
        return _nobody_signed_in()
    if connection.is_usable:
        return None
    told = explanation(connection.error_code)
    return Health(
        need=Need.BROKEN,
        kind="bad",
        text=connection.get_state_display(),
        cause=told.happened if told else "Microsoft no longer accepts the saved sign-in.",
        remedy=told.remedy if told else "Press Re-Authorize and sign in again.",
        code=connection.error_code,
        raw=connection.error_raw,
        since=connection.state_since,
    )


def _of_reading(account: IncomingMailAccount, *, need: Need, kind: str) -> Health:
    return Health(
        need=need,
        kind=kind,
        text=account.get_state_display(),
        cause=account.problem,
        remedy=account.remedy,
        code=account.problem_code,
        raw=account.problem_raw,
        since=account.state_since,
    )


def _soon(
    account: IncomingMailAccount, connection: Connection | None, *, now: datetime
) -> Health | None:
    if account.state == IncomingMailAccount.State.TRYING:
        return _of_reading(account, need=Need.SOON, kind="soon")
    if account.last_read_at and now - account.last_read_at > SILENCE:
        return Health(
            need=Need.SOON,
            kind="soon",
            text="Not read lately",
            cause="The Mailer Daemon has not looked into this mailbox for a while.",
            remedy="Check that postdesk run, or postdesk worker, is running.",
            since=account.last_read_at,
        )
    if connection is None:
        return None
    if connection.state == Connection.State.FAILING:
        return _of_failing(connection)
    expiry = first_expiry(connection, now=now)
    if expiry is None or not expiry.is_soon:
        return None
    return Health(
        need=Need.SOON,
        kind="soon",
        text="Has ended" if expiry.is_past else "Expiring",
        cause=expiry.sentence,
        remedy=_BEFORE_IT_ENDS[expiry.kind],
        since=connection.state_since,
    )


def _of_failing(connection: Connection) -> Health:
    return Health(
        need=Need.SOON,
        kind="soon",
        text=connection.get_state_display(),
        cause="The sign-in cannot be renewed just now.",
        remedy="Postdesk tries again by itself; nothing is lost meanwhile.",
        raw=connection.error_raw,
        since=connection.state_since,
        next_try_at=connection.retry_refresh_at,
    )


def way_out_health(account: OutgoingMailAccount) -> Health:
    """Return the most important thing to know about an Outgoing Mail Account."""
    if not account.is_active:
        return Health(need=Need.DISABLED, kind="off", text="Deactivated")
    if account.uses_connection:
        stopped = connection_problem(account.connection)
        if stopped is not None:
            return stopped
    if account.problem:
        return Health(
            need=Need.BROKEN,
            kind="bad",
            text="Needs you",
            cause=account.problem,
            remedy=account.remedy,
            code=account.problem_code,
            since=account.problem_since,
        )
    return Health(
        need=Need.WELL, kind="ok", text="Ready", cause="" if account.tested_at else "Not tested yet"
    )


def _nobody_signed_in() -> Health:
    return Health(
        need=Need.UNFINISHED,
        kind="soon",
        text="Not authorized yet",
        cause="Nobody has signed in for this mailbox.",
        remedy="Press Authorize and sign in as somebody who may open the mailbox.",
    )
