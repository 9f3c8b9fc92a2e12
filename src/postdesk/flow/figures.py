"""The figures of the mail channel at one moment, for metrics and for signs of life."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from postdesk.connections.expiry import expiries
from postdesk.connections.models import Connection
from postdesk.flow.alarm.watching import watched_connections
from postdesk.mail.health import ways_out_with_last_sent
from postdesk.mail.models import (
    IncomingMailAccount,
    OutgoingMailAccount,
    OutgoingMessage,
    SpooledMessage,
)
from postdesk.site.alarms import open_alarms, open_warnings, untold_deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysLeft:
    """What of a connection ends in how many days; negative when it has."""

    connection: str
    mailboxes: str
    kind: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures. ``last_...`` map an account's address, or a connection's number, to a moment."""

    connections: dict[str, int]
    days_left: tuple[DaysLeft, ...]
    last_read: dict[str, datetime]
    last_mail: dict[str, datetime]
    last_send: dict[str, datetime]
    last_refresh: dict[str, datetime]
    backlog: dict[str, int]
    accounts_in_trouble: dict[str, int]
    alarms: dict[str, int]
    untold: int


def take_figures(*, now: datetime) -> Figures:
    """Count everything from the database; a handful of queries."""
    incoming = list(IncomingMailAccount.objects.filter(is_enabled=True).order_by("id"))
    alarms = open_alarms()
    return Figures(
        connections=_connections(),
        days_left=tuple(_days_left(now)),
        last_read={each.email_address: each.last_read_at for each in incoming if each.last_read_at},
        last_mail={each.email_address: each.last_mail_at for each in incoming if each.last_mail_at},
        last_send=_last_send(),
        last_refresh={
            str(number): moment
            for number, moment in Connection.objects.values_list("pk", "refreshed_at")
            if moment is not None
        },
        backlog=_backlog(),
        accounts_in_trouble={
            "incoming": sum(
                each.state == IncomingMailAccount.State.NEEDS_PERSON for each in incoming
            ),
            "outgoing": OutgoingMailAccount.objects.filter(~Q(problem=""), is_active=True).count(),
        },
        alarms={
            "alarm": alarms.filter(acknowledged_at=None).count(),
            "acknowledged": alarms.exclude(acknowledged_at=None).count(),
            "warning": open_warnings().count(),
        },
        untold=untold_deliveries().count(),
    )


def _connections() -> dict[str, int]:
    counted = dict(Connection.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state, 0) for state in Connection.State.values}


def _days_left(now: datetime) -> Iterator[DaysLeft]:
    for watched in watched_connections():
        for expiry in expiries(watched.connection, now=now):
            yield DaysLeft(
                connection=str(watched.connection.pk),
                mailboxes=watched.names,
                kind=str(expiry.kind),
                days=expiry.days_left,
            )


def _last_send() -> dict[str, datetime]:
    moments = ((row.email_address, _last_sent_at(row)) for row in ways_out_with_last_sent())
    return {address: moment for address, moment in moments if moment is not None}


def _last_sent_at(row: OutgoingMailAccount) -> datetime | None:
    moment: datetime | None = row.last_sent_at  # type: ignore[attr-defined]  # annotated
    return moment


def _backlog() -> dict[str, int]:
    spooled, outgoing = SpooledMessage.State, OutgoingMessage.State
    return {
        "waiting": SpooledMessage.objects.filter(state=spooled.WAITING).count(),
        "held": SpooledMessage.objects.filter(state=spooled.HELD).count(),
        "outbox": OutgoingMessage.objects.filter(
            state__in=[outgoing.QUEUED, outgoing.SENDING]
        ).count(),
        "unsent": OutgoingMessage.objects.filter(
            state__in=[outgoing.FAILED, outgoing.UNKNOWN]
        ).count(),
    }
