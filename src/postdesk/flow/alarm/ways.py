"""The ways out of an alarm: never through the mailbox that is in trouble."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial

from postdesk.drivers.base import Outgoing
from postdesk.drivers.open import SmtpServer, open_outgoing
from postdesk.flow.alarm.watching import read_subject
from postdesk.flow.opening import outgoing_of
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.message.parsed import Address
from postdesk.site.alarms import Kind
from postdesk.site.models import Alarm, AlarmSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWay:
    """A way out for mail. ``open`` speaks to nobody until the driver is used."""

    name: str
    sender: Address
    open: Callable[[], AbstractContextManager[Outgoing]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What an alarm must not use."""

    connection_id: int | None = None
    addresses: frozenset[str] = frozenset()


def ways_for(alarm: Alarm, settings: AlarmSettings) -> list[MailWay]:
    """Return the ways for one telling, best first: Outgoing Mail Accounts, then the fallback.

    Each repetition of an alarm begins one further, so that a server that swallows mail swallows
    one telling only. A warning, or the notice that all is well, may use the account that it is
    about when nothing else takes it: that one works.
    """
    broken = broken_by(alarm)
    ways = [*account_ways(broken), *fallback_ways(settings)]
    if alarm.kind != Kind.ALARM:
        names = {way.name for way in ways}
        return [*ways, *(way for way in account_ways(Broken()) if way.name not in names)]
    first = (alarm.times_told - 1) % len(ways) if ways and alarm.times_told else 0
    return [*ways[first:], *ways[:first]]


def broken_by(alarm: Alarm) -> Broken:
    """Return the connection and addresses that an alarm is about."""
    kind, number = read_subject(alarm.subject)
    if kind == "connection":
        return Broken(connection_id=number, addresses=frozenset(alarm.names.split(", ")))
    rows = IncomingMailAccount.objects if kind == "incoming" else OutgoingMailAccount.objects
    account = rows.filter(pk=number).first()
    return Broken(
        connection_id=account.connection_id if account else None,
        addresses=frozenset({account.email_address} if account else ()),
    )


def account_ways(broken: Broken) -> list[MailWay]:
    """Return the Outgoing Mail Accounts that work and are not ``broken``."""
    accounts = OutgoingMailAccount.objects.filter(is_active=True, problem="")
    found = accounts.select_related("connection").order_by("id")
    return [way_of(account) for account in found if _is_good(account, broken)]


def way_of(account: OutgoingMailAccount) -> MailWay:
    """Return an Outgoing Mail Account as a way out."""
    return MailWay(
        name=f"Outgoing Mail Account {account.email_address}",
        sender=Address(name=account.display_name or "Postdesk", email=account.email_address),
        open=partial(outgoing_of, account),
    )


def fallback_ways(settings: AlarmSettings) -> list[MailWay]:
    """Return the fallback SMTP account of Setup > E-Mail > Alarms, if there is one."""
    if not settings.smtp_host or not settings.smtp_address:
        return []
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password,
        address=settings.smtp_address,
    )
    return [
        MailWay(
            name=f"Fallback SMTP account {settings.smtp_address} at {settings.smtp_host}",
            sender=Address(name="Postdesk", email=settings.smtp_address),
            open=partial(_open_server, server),
        )
    ]


@contextmanager
def _open_server(server: SmtpServer) -> Iterator[Outgoing]:
    outgoing = open_outgoing(server)
    try:
        yield outgoing
    finally:
        outgoing.close()


def _is_good(account: OutgoingMailAccount, broken: Broken) -> bool:
    if account.email_address in broken.addresses:
        return False
    if account.kind == OutgoingMailAccount.Kind.SMTP and account.connection_id is None:
        return True
    connection = account.connection
    return connection is not None and connection.is_usable and connection.pk != broken.connection_id
