"""Rows of connections and mail accounts, put into the shapes of the API."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from postdesk.api.answers import (
    AccountState,
    ConnectionAnswer,
    Ends,
    IncomingAnswer,
    OutgoingAnswer,
    Trouble,
)
from postdesk.base.logs import redact
from postdesk.connections.expiry import expiries, first_expiry
from postdesk.connections.models import Connection
from postdesk.mail.health import (
    Health,
    accounts_with_counts,
    connection_problem,
    health_of,
    way_out_health,
    ways_out_with_last_sent,
)
from postdesk.mail.models import IncomingMailAccount, OutgoingMessage


def connection_rows() -> QuerySet[Connection]:
    """Return all connections with their accounts."""
    return Connection.objects.prefetch_related("incoming_accounts", "outgoing_accounts").order_by(
        "id"
    )


def describe_connection(row: Connection, *, now: datetime) -> ConnectionAnswer:
    """Return a connection without its secrets and tokens."""
    accounts = {*row.incoming_accounts.all(), *row.outgoing_accounts.all()}
    health = connection_problem(row)
    return ConnectionAnswer(
        id=row.pk,
        provider=row.provider,
        way_in=row.way_in,
        proof=row.proof,
        cloud=row.cloud,
        tenant_id=row.tenant_id,
        client_id=row.client_id,
        signed_in_as=row.person_upn,
        state=row.state,
        state_text=row.get_state_display(),
        since=row.state_since,
        needs_person=row.needs_person,
        last_refresh=row.refreshed_at,
        next_try=row.retry_refresh_at,
        ends=[
            Ends(kind=str(end.kind), ends_at=end.ends_at, days_left=end.days_left)
            for end in expiries(row, now=now)
        ],
        days_left=_days_left(row, now=now),
        error=_trouble(health) if health else _passing_trouble(row),
        accounts=sorted({str(account) for account in accounts}),
    )


def describe_incoming(*, now: datetime) -> list[IncomingAnswer]:
    """Return all Incoming Mail Accounts."""
    return [_incoming(row, now=now) for row in accounts_with_counts()]


def describe_outgoing(*, now: datetime) -> list[OutgoingAnswer]:
    """Return all Outgoing Mail Accounts."""
    states = OutgoingMessage.State
    rows = ways_out_with_last_sent().annotate(
        backlog=Count("messages", filter=Q(messages__state__in=[states.QUEUED, states.SENDING])),
        unsent=Count("messages", filter=Q(messages__state__in=[states.FAILED, states.UNKNOWN])),
    )
    return [
        OutgoingAnswer(
            id=row.pk,
            email_address=row.email_address,
            kind=row.kind,
            is_active=row.is_active,
            connection_id=row.connection_id,
            state=_state(way_out_health(row)),
            last_refresh=row.connection.refreshed_at if row.connection else None,
            last_send=row.last_sent_at,  # type: ignore[attr-defined]  # annotated
            backlog=row.backlog,
            unsent=row.unsent,
            days_left=_days_left(row.connection, now=now),
        )
        for row in rows
    ]


def _incoming(row: IncomingMailAccount, *, now: datetime) -> IncomingAnswer:
    return IncomingAnswer(
        id=row.pk,
        email_address=row.email_address,
        account_type=row.account_type,
        is_enabled=row.is_enabled,
        connection_id=row.connection_id,
        outgoing_account_id=row.outgoing_account_id,
        state=_state(health_of(row, now=now)),
        last_read=row.last_read_at,
        last_mail=row.last_mail_at,
        last_refresh=row.connection.refreshed_at if row.connection else None,
        last_send=row.last_sent_at,  # type: ignore[attr-defined]
        backlog=row.waiting,  # type: ignore[attr-defined]  # annotated
        held=row.held,  # type: ignore[attr-defined]
        days_left=_days_left(row.connection, now=now),
    )


def _state(health: Health) -> AccountState:
    return AccountState(
        kind=health.kind,
        text=health.text,
        since=health.since,
        next_try=health.next_try_at,
        error=_trouble(health) if health.kind in {"bad", "soon"} else None,
    )


def _trouble(health: Health) -> Trouble:
    return Trouble(
        code=health.code,
        provider_words=redact(health.raw),
        happened=health.cause,
        remedy=health.remedy,
    )


def _passing_trouble(row: Connection) -> Trouble | None:
    if row.state != Connection.State.FAILING:
        return None
    return Trouble(
        code=row.error_code,
        provider_words=redact(row.error_raw),
        happened="The sign-in cannot be renewed just now.",
        remedy="Postdesk tries again by itself; nothing is lost meanwhile.",
    )


def _days_left(connection: Connection | None, *, now: datetime) -> int | None:
    expiry = first_expiry(connection, now=now) if connection else None
    return expiry.days_left if expiry else None
