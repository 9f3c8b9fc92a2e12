"""What the doctor looks at, one finding after the other."""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from postdesk.cli.examining_mail import examine_mail
from postdesk.cli.findings import Finding
from postdesk.mail.spool import held_messages
from postdesk.site.options import (
    OptionsRefused,
    check_public_url,
    public_url,
    read_options,
    redirect_uri,
)

WORKER_SILENT_AFTER = timedelta(minutes=2)


def examine(*, now: datetime) -> Iterator[Finding]:
    """Yield what was found; providers and mail servers are asked, and no mail is sent."""
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
    yield from examine_mail(now=now)
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
