"""What the doctor looks at, one finding after the other."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from postdesk.connections.models import Connection
from postdesk.connections.queries import days_left
from postdesk.connections.tokens import stored_refusal
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.spool import held_messages
from postdesk.site.encrypted import Unreadable
from postdesk.site.options import (
    OptionsRefused,
    check_public_url,
    public_url,
    read_options,
    redirect_uri,
)

WORKER_SILENT_AFTER = timedelta(minutes=2)
WARN_SECRET_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``state`` is ok, warn or bad."""

    title: str
    what: str
    state: str = "ok"
    remedy: str = ""


def examine(*, now: datetime) -> Iterator[Finding]:
    """Yield what was found; nothing is changed and no mail is sent."""
    yield from _files()
    try:
        outstanding = _outstanding_migrations()
    except DatabaseError as error:
        yield Finding(
            title="Database",
            what=f"does not answer: {error}",
            state="bad",
            remedy="Check POSTDESK_DATABASE_URL, or that the disk has room.",
        )
        return
    if outstanding:
        yield Finding(
            title="Database",
            what=f"{outstanding} migrations are outstanding",
            state="bad",
            remedy="Run postdesk migrate.",
        )
        return
    yield Finding(title="Database", what=f"{connection.vendor}, up to date")
    yield from _public_url()
    yield _worker(now=now)
    for account in IncomingMailAccount.objects.select_related("connection"):
        yield _incoming(account)
    for outgoing in OutgoingMailAccount.objects.filter(is_active=True):
        yield _outgoing(outgoing)
    for registration in Connection.objects.all():
        yield _secret(registration, now=now)
    yield _held()


def _files() -> Iterator[Finding]:
    for problem in run_checks():
        if problem.is_serious():
            yield Finding(
                title="Set-up", what=str(problem.msg), state="bad", remedy=str(problem.hint or "")
            )
    path = settings.ENVIRONMENT.secret_key_file or settings.DATA_DIR / "secret-key"
    if not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            title="Secret key",
            what=f"{path} can be read by others (mode {mode:o})",
            state="bad",
            remedy=f"Run chmod 600 {path}.",
        )
    else:
        yield Finding(title="Secret key", what="readable by its owner only; keep it in your backup")


def _outstanding_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _public_url() -> Iterator[Finding]:
    try:
        url = public_url()
        check_public_url(url)
    except OptionsRefused as refusal:
        yield Finding(
            title="Public URL",
            what=str(refusal),
            state="bad",
            remedy="Run postdesk doctor --public-url https://desk.example.com.",
        )
        return
    yield Finding(title="Public URL", what=f"{url}; redirect URI {redirect_uri()}")


def _worker(*, now: datetime) -> Finding:
    seen = read_options().worker_seen_at
    if seen is None or seen < now - WORKER_SILENT_AFTER:
        since = f"since {seen:%Y-%m-%d %H:%M} UTC" if seen else "so far"
        return Finding(
            title="Mailer Daemon",
            what=f"gave no sign of life {since}",
            state="warn",
            remedy="Start postdesk run, or postdesk worker.",
        )
    return Finding(title="Mailer Daemon", what="is working")


def _incoming(account: IncomingMailAccount) -> Finding:
    title = f"Incoming {account.email_address}"
    if not account.is_enabled:
        return Finding(title=title, what="E-Mail Tickets are off", state="warn")
    refusal = stored_refusal(account.connection) if account.connection else None
    if refusal is not None:
        return Finding(title=title, what=refusal.what, state="bad", remedy=refusal.remedy)
    if account.problem:
        return Finding(title=title, what=account.problem, state="bad", remedy=account.remedy)
    return Finding(title=title, what=account.get_state_display().lower())


def _outgoing(account: OutgoingMailAccount) -> Finding:
    title = f"Outgoing {account.email_address}"
    if account.problem:
        return Finding(title=title, what=account.problem, state="bad", remedy=account.remedy)
    return Finding(title=title, what=account.get_kind_display())


def _secret(registration: Connection, *, now: datetime) -> Finding:
    title = f"Client secret of {registration}"
    if isinstance(registration.client_secret, Unreadable):
        return Finding(
            title=title,
            what="cannot be decrypted with this secret key",
            state="bad",
            remedy=(
                "Restore the file secret-key from your backup, or enter the secret again in the "
                "account and press Authorize."
            ),
        )
    left = days_left(registration.secret_ends_on, today=now.date())
    if left is None:
        return Finding(
            title=title,
            what="nobody entered when it ends",
            state="warn",
            remedy="Copy the date from the app registration into the account.",
        )
    if left > WARN_SECRET_DAYS:
        return Finding(title=title, what=f"{left} days left")
    return Finding(
        title=title,
        what=f"{left} days left" if left >= 0 else "ended",
        state="bad" if left < 0 else "warn",
        remedy="Make a new client secret in the app registration and enter it in the account.",
    )


def _held() -> Finding:
    count = held_messages().count()
    if count:
        return Finding(
            title="Held mail",
            what=f"{count} messages wait for a person",
            state="warn",
            remedy="Open Setup > E-Mail > Held mail.",
        )
    return Finding(title="Held mail", what="none")
