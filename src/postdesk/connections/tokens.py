"""Access tokens: kept until our own clock says that they end, renewed by one worker at a time.

Renewal never holds a row lock over the network: a conditional UPDATE takes a lease, the provider
is asked, and a second transaction stores what came only if the lease is still ours. Whoever
loses the race waits and reads again. The new refresh token is committed before the access token
is used, and the previous one is kept until the new one has worked.
"""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.base.ids import new_token
from postdesk.base.storable import storable
from postdesk.connections.models import (
    LONGEST_CODE,
    LONGEST_NAME,
    LONGEST_OBJECT_ID,
    AccessToken,
    Connection,
)
from postdesk.connections.providing import cloud_of, http_session, provider_of, scopes_to_renew
from postdesk.oauth.explain import Explanation, explain
from postdesk.oauth.explanations import Button
from postdesk.oauth.grant import TokenSet

LEASE = timedelta(seconds=90)
SPARE = timedelta(minutes=5)  # a token that ends sooner is renewed before it is used
ASK_AGAIN_AFTER_REFUSAL = timedelta(hours=1)  # a wrong secret may have been mended at the provider
_WAIT_FOR_OTHER_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.2
_PASSING_TROUBLE_SECONDS = 300.0  # a renewal has hours to spare
_SIGN_IN = (
    "state", "state_since", "authorized_at", "refreshed_at", "error_code", "error_raw",
    "refresh_token", "previous_refresh_token", "scopes_granted", "refreshing_until",
    "retry_refresh_at", "refreshing_by", "person_upn", "person_name", "person_id",
)  # fmt: skip


def bearer_for(connection_id: int, *, fresh: bool = False, now: datetime) -> str:
    """Return an access token for mail; ``fresh`` asks for a new one although one is stored.

    Raises NeedsPerson when the connection must be authorized or mended by a person, TryLater when
    the provider is not well.
    """
    connection = Connection.objects.get(pk=connection_id)
    if not fresh:
        stored = _stored_token(connection, now=now)
        if stored:
            return stored
    return renew(connection, now=now)


def renew(connection: Connection, *, now: datetime) -> str:
    """Trade the refresh token and return the new access token; single flight by the lease."""
    _refuse_hopeless(connection)
    renewed_before = connection.refreshed_at
    lease = _take_lease(connection, now=now)
    if lease is None:
        return _wait_for_other(connection, now=now)
    connection.refresh_from_db()
    if connection.refreshed_at != renewed_before:
        # Somebody renewed between our reading and our lease: a lost race means "look again".
        stored = _stored_token(connection, now=now)
        if stored:
            _release_lease(connection, lease)
            return stored
    try:
        tokens = _ask_provider(connection)
    except NeedsPerson as error:
        _note_refusal(connection, lease, error, now=now)
        raise
    except TryLater as error:
        _note_passing_trouble(connection, lease, error, now=now)
        raise
    _store(connection, lease, tokens, now=now)
    return tokens.access_token


def connections_to_renew(*, now: datetime, idle: timedelta) -> list[Connection]:
    """Return authorized connections that were not renewed for ``idle`` and need not wait."""
    return list(
        Connection.objects.filter(state=Connection.State.AUTHORIZED)
        .filter(Q(refreshed_at=None) | Q(refreshed_at__lte=now - idle))
        .filter(Q(retry_refresh_at=None) | Q(retry_refresh_at__lte=now))
        .order_by("refreshed_at")
    )


def release_all() -> None:
    """Free every lease: for a worker that knows it is the only one."""
    Connection.objects.filter(refreshing_until__isnull=False).update(refreshing_until=None)


def stored_refusal(connection: Connection) -> NeedsPerson | None:
    """Return what stands between this connection and work, as the provider last said it."""
    state = Connection.State(connection.state)
    if state == Connection.State.AUTHORIZED:
        return None
    if state == Connection.State.NEW:
        return NeedsPerson(
            "Nobody has signed in for this account yet.", remedy="Press Authorize in the account."
        )
    told = explain(connection.error_code)
    return NeedsPerson(
        told.happened,
        remedy=told.remedy,
        code=connection.error_code,
        raw=connection.error_raw,
    )


def store_sign_in(connection: Connection, tokens: TokenSet, *, now: datetime) -> None:
    """Keep what a successful sign-in brought; the connection works from now on.

    Only these columns are written: the registration may have been changed in another window.
    """
    identity = tokens.identity
    with transaction.atomic():
        connection.state = Connection.State.AUTHORIZED
        connection.state_since = connection.authorized_at = connection.refreshed_at = now
        connection.error_code = connection.error_raw = ""
        connection.refresh_token = tokens.refresh_token
        connection.previous_refresh_token = ""
        connection.scopes_granted = " ".join(tokens.scopes)
        connection.refreshing_until = connection.retry_refresh_at = None
        connection.refreshing_by = ""
        if identity is not None:
            connection.person_upn = storable(identity.upn, most=LONGEST_NAME)
            connection.person_name = storable(identity.name, most=LONGEST_NAME)
            connection.person_id = storable(identity.oid, most=LONGEST_OBJECT_ID)
        connection.save(update_fields=_SIGN_IN)
        _keep_access_token(connection, tokens, now=now)


def _stored_token(connection: Connection, *, now: datetime) -> str:
    row = AccessToken.objects.filter(
        connection=connection, resource=cloud_of(connection).graph_host, expires_at__gt=now + SPARE
    ).first()
    return row.token if row else ""


def _refuse_hopeless(connection: Connection) -> None:
    hopeless = {Connection.State.NEW, Connection.State.REAUTHORIZE}
    refusal = stored_refusal(connection)
    if refusal is not None and connection.state in hopeless:
        raise refusal


def _take_lease(connection: Connection, *, now: datetime) -> str | None:
    lease = new_token()
    taken = (
        Connection.objects.filter(pk=connection.pk)
        .filter(Q(refreshing_until=None) | Q(refreshing_until__lte=now))
        .update(refreshing_until=now + LEASE, refreshing_by=lease)
    )
    return lease if taken else None


def _wait_for_other(connection: Connection, *, now: datetime) -> str:
    before = connection.refreshed_at
    deadline = time.monotonic() + _WAIT_FOR_OTHER_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
        connection.refresh_from_db()
        if connection.refreshing_until is None:
            refusal = stored_refusal(connection)
            if refusal is not None:
                raise refusal
            stored = _stored_token(connection, now=now)
            if stored and connection.refreshed_at != before:
                return stored
            break
    raise TryLater("Another worker is renewing the sign-in.", retry_after=5)


def _ask_provider(connection: Connection) -> TokenSet:
    """Ask with the newest refresh token, then with the previous one if it still may be good."""
    scopes = scopes_to_renew(connection)
    with http_session(cloud_of(connection)) as session:
        provider = provider_of(connection, session)
        try:
            return provider.refresh(connection.refresh_token, scopes)
        except NeedsPerson:
            if not connection.previous_refresh_token:
                raise
            try:
                return provider.refresh(connection.previous_refresh_token, scopes)
            except NeedsPerson:
                pass
            raise


def _store(connection: Connection, lease: str, tokens: TokenSet, *, now: datetime) -> None:
    with transaction.atomic():
        mine = Connection.objects.select_for_update().filter(pk=connection.pk, refreshing_by=lease)
        row = mine.first()
        if row is None:
            raise _changed_meanwhile()
        if tokens.refresh_token and tokens.refresh_token != row.refresh_token:
            row.previous_refresh_token = row.refresh_token
            row.refresh_token = tokens.refresh_token
        row.state = Connection.State.AUTHORIZED
        if connection.state != Connection.State.AUTHORIZED:
            row.state_since = now
        row.error_code = row.error_raw = ""
        row.refreshed_at = now
        row.refreshing_until = row.retry_refresh_at = None
        row.save()
        _keep_access_token(row, tokens, now=now)


def _keep_access_token(connection: Connection, tokens: TokenSet, *, now: datetime) -> None:
    AccessToken.objects.update_or_create(
        connection=connection,
        resource=cloud_of(connection).graph_host,
        defaults={
            "token": tokens.access_token,
            "expires_at": now + timedelta(seconds=tokens.expires_in),
        },
    )


def _note_refusal(connection: Connection, lease: str, error: NeedsPerson, *, now: datetime) -> None:
    state = state_after(explain(error.code))
    changes: dict[str, object] = {
        "state": state,
        "error_code": storable(error.code, most=LONGEST_CODE),
        "error_raw": storable(error.raw, most=4000),
        "refreshing_until": None,
        "retry_refresh_at": now + ASK_AGAIN_AFTER_REFUSAL,
    }
    if connection.state != state:
        changes["state_since"] = now
    with transaction.atomic():
        if not Connection.objects.filter(pk=connection.pk, refreshing_by=lease).update(**changes):
            raise _changed_meanwhile() from error
        AccessToken.objects.filter(connection=connection).delete()


def _changed_meanwhile() -> TryLater:
    return TryLater("The sign-in was changed while it was being renewed.", retry_after=1)


def _note_passing_trouble(
    connection: Connection, lease: str, error: TryLater, *, now: datetime
) -> None:
    """Release the lease and remember when the daily renewal may ask again."""
    wait = error.retry_after if error.retry_after is not None else _PASSING_TROUBLE_SECONDS
    Connection.objects.filter(pk=connection.pk, refreshing_by=lease).update(
        refreshing_until=None, retry_refresh_at=now + timedelta(seconds=wait)
    )


def state_after(told: Explanation) -> Connection.State:
    """Return the state that a refusal leads to: sign in again, or correct the registration."""
    if told.button in {Button.EDIT_SECRET, Button.EDIT_APPLICATION}:
        return Connection.State.MISCONFIGURED
    return Connection.State.REAUTHORIZE


def _release_lease(connection: Connection, lease: str) -> None:
    Connection.objects.filter(pk=connection.pk, refreshing_by=lease).update(refreshing_until=None)


def bearer_source(connection_id: int) -> "BearerSource":
    """Return a callable for a driver: ``bearer(fresh)`` gives a token by the present clock."""
    return BearerSource(connection_id)


class BearerSource:
    """Gives a driver its access token, and a fresh one after a 401."""

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id

    def __call__(self, fresh: bool) -> str:  # noqa: FBT001  the drivers' contract
        """Return an access token; ``fresh`` asks for a new one."""
        return bearer_for(self._connection_id, fresh=fresh, now=clock.now())
