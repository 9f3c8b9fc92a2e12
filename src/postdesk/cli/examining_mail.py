"""The doctor looks at connections, mailboxes, ways out and alarms; nothing is sent."""

from collections.abc import Iterator
from datetime import datetime

from postdesk.cli.findings import Finding
from postdesk.connections.expiry import expiries
from postdesk.connections.models import Connection, SetupCheck
from postdesk.flow.checks.address import check_clock, check_redirect_uri, check_tenant_exists
from postdesk.flow.checks.grant import check_scopes
from postdesk.flow.probe import CheckLine, check_incoming, check_outgoing
from postdesk.mail.health import connection_problem
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.site.alarms import read_alarm_settings
from postdesk.site.encrypted import Unreadable

_RESTORE = (
    "Restore the file secret-key from your backup, or enter the secret again in the account and "
    "press Authorize."
)


def examine_mail(*, now: datetime) -> Iterator[Finding]:
    """Yield what was found about everything that mail needs."""
    yield from _redirect_uri(now=now)
    for connection in Connection.objects.order_by("id"):
        yield from _connection(connection, now=now)
    incoming = IncomingMailAccount.objects.select_related("connection").order_by("email_address")
    for account in incoming:
        yield from _incoming(account, now=now)
    for way_out in OutgoingMailAccount.objects.select_related("connection").filter(is_active=True):
        yield from _outgoing(way_out, now=now)
    yield _alarms()


def _redirect_uri(*, now: datetime) -> Iterator[Finding]:
    """Ask our own redirect URI once, when people sign in by it."""
    by_browser = Connection.objects.filter(way_in=Connection.WayIn.PERSON).first()
    if by_browser is not None:
        account = IncomingMailAccount(connection=by_browser)
        yield from _told("Set-up", [check_redirect_uri(account, SetupCheck(), now=now)])


def _connection(connection: Connection, *, now: datetime) -> Iterator[Finding]:
    title = f"Connection {connection}"
    if isinstance(connection.client_secret, Unreadable):
        what = "the client secret cannot be decrypted with this secret key"
        yield Finding(title=title, what=what, state="bad", remedy=_RESTORE)
        return
    health = connection_problem(connection)
    if health is None:
        is_failing = connection.state == Connection.State.FAILING
        yield Finding(
            title=title,
            what=connection.get_state_display().lower(),
            state="warn" if is_failing else "ok",
            remedy="It tries again by itself." if is_failing else "",
        )
    else:
        is_new = connection.state == Connection.State.NOT_AUTHORIZED
        what = f"{health.text}. {health.cause}"
        state = "warn" if is_new else "bad"
        yield Finding(title=title, what=what, state=state, remedy=health.remedy)
    yield from _ends(connection, title=title, now=now)
    account = IncomingMailAccount(connection=connection)
    checks = (check_clock, check_tenant_exists)
    yield from _told(title, [check(account, SetupCheck(), now=now) for check in checks])


def _ends(connection: Connection, *, title: str, now: datetime) -> Iterator[Finding]:
    for expiry in expiries(connection, now=now):
        state = "bad" if expiry.is_past else "warn" if expiry.is_soon else "ok"
        remedy = "Put a new one into the account before; the old one serves until it has worked."
        yield Finding(
            title=title,
            what=expiry.sentence,
            state=state,
            remedy="" if state == "ok" else remedy,
        )
    if connection.client_secret and connection.secret_ends_on is None:
        yield Finding(
            title=title,
            what="nobody entered when the client secret ends",
            state="warn",
            remedy="Copy the date from the app registration into the account.",
        )


def _incoming(account: IncomingMailAccount, *, now: datetime) -> Iterator[Finding]:
    title = f"Incoming {account.email_address}"
    if not account.is_enabled:
        yield Finding(title=title, what="E-Mail Tickets are off", state="warn")
        return
    if account.connection is not None and not account.connection.is_usable:
        yield _waits(title)
        return
    if account.problem:
        yield Finding(title=title, what=account.problem, state="bad", remedy=account.remedy)
    if account.connection is not None:
        yield from _told(title, [check_scopes(account, SetupCheck(), now=now)])
    yield from _told(title, check_incoming(account).lines)


def _outgoing(account: OutgoingMailAccount, *, now: datetime) -> Iterator[Finding]:
    title = f"Outgoing {account.email_address}"
    if account.connection is not None and not account.connection.is_usable:
        yield _waits(title)
        return
    if account.problem:
        yield Finding(title=title, what=account.problem, state="bad", remedy=account.remedy)
    yield from _told(title, check_outgoing(account, send_to="", now=now).lines)


def _waits(title: str) -> Finding:
    return Finding(
        title=title,
        what="waits for its connection, see above",
        state="bad",
        remedy="Open the account under Setup and press Authorize.",
    )


def _told(title: str, lines: "list[CheckLine] | tuple[CheckLine, ...]") -> Iterator[Finding]:
    """Make findings of checks; what was skipped is not told."""
    for line in lines:
        if line.state == "skip":
            continue
        what = f"{line.title}: {line.why}" if line.why else line.title
        code = f" ({line.code})" if line.code else ""
        yield Finding(title=title, what=what + code, state=line.state, remedy=line.remedy)


def _alarms() -> Finding:
    """Say whether anybody is told, by a way that a broken mailbox does not close."""
    settings = read_alarm_settings()
    people = settings.alarms_to_administrators or settings.alarm_techs or settings.alarm_addresses
    if not (people or settings.webhook_url):
        return Finding(
            title="Alarms",
            what="nobody is told when mail stops",
            state="bad",
            remedy="Choose who is told under Setup > E-Mail > Alarms.",
        )
    ways = OutgoingMailAccount.objects.filter(is_active=True).count()
    if settings.smtp_host or settings.webhook_url or ways > 1:
        return Finding(title="Alarms", what="reach somebody even when one way out is broken")
    return Finding(
        title="Alarms",
        what="have no way out but the mailbox that may be the one in trouble",
        state="warn",
        remedy="Enter an SMTP server or a webhook under Setup > E-Mail > Alarms.",
    )
