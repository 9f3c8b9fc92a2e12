"""Access tokens: kept until our own clock says that they end, renewed by one worker at a time.

Renewal never holds a row lock over the network: a conditional UPDATE takes a lease, the provider
is asked, and a second transaction stores what came. Whoever loses the race waits and reads again.
The new refresh token is committed before the access token is used, and the previous one is kept
until the new one has worked. A refusal is believed only after the store was read again: another
worker may have renewed meanwhile.
"""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.base.explain import Explanation, explain
from postdesk.base.explanations import Outcome
from postdesk.base.ids import new_token
from postdesk.base.storable import storable
from postdesk.connections.asking import ask_provider
from postdesk.connections.models import (
    LONGEST_NAME,
    LONGEST_OBJECT_ID,
    AccessToken,
    Connection,
)
from postdesk.connections.providing import main_resource
from postdesk.connections.states import after_refusal, after_success, after_trouble
from postdesk.oauth.grant import TokenSet
from postdesk.oauth.protocols import Resource
from postdesk.oauth.refusal import SignInRefused
from postdesk.site import audit
from postdesk.site.audit import Action

LEASE = timedelta(seconds=40)  # a sign-in that a killed worker left is looked after in a minute
SPARE = timedelta(minutes=5)  # a token that ends sooner is renewed before it is used
ASK_AGAIN_AFTER_REFUSAL = timedelta(hours=1)  # a wrong secret may have been mended at the provider
_WAIT_FOR_OTHER_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.2
_PASSING_TROUBLE_SECONDS = 300.0  # a renewal has hours to spare
_STATE = ("state", "state_since", "failures", "error_code", "error_raw")
_SIGN_IN = (
    *_STATE, "authorized_at", "refreshed_at", "refresh_token", "previous_refresh_token",
    "previous_credential", "scopes_granted", "refreshing_until", "retry_refresh_at",
    "refreshing_by", "person_upn", "person_name", "person_id",
    "person_tenant_id", "claims",
)  # fmt: skip
_STATE_AFTER = {
    Outcome.MISCONFIGURED: Connection.State.MISCONFIGURED,
    Outcome.BLOCKED: Connection.State.BLOCKED,
}


def bearer_for(
    connection_id: int,
    *,
    now: datetime,
    resource: Resource | None = None,
    mailbox: str = "",
    fresh: bool = False,
    claims: str = "",
) -> str:
    """Return an access token for one resource; None means the one that its mail is read by.

    ``fresh`` asks for a new one although one is stored; ``claims`` is what the resource demanded.
    ``mailbox`` matters to Google's service accounts, which act for one person a token. Raises
    NeedsPerson when the connection must be authorized or mended by a person, TryLater when the
    provider is not well.
    """
    connection = Connection.objects.get(pk=connection_id)
    wanted = resource or main_resource(connection)
    if not fresh and not claims:
        stored = _stored_token(connection, _shelf(connection, wanted, mailbox), now=now)
        if stored:
            return stored
    return renew(connection, resource=wanted, mailbox=mailbox, claims=claims, now=now)


def renew(
    connection: Connection,
    *,
    now: datetime,
    resource: Resource | None = None,
    mailbox: str = "",
    claims: str = "",
) -> str:
    """Ask the provider for a new access token and return it; single flight by the lease."""
    _refuse_hopeless(connection)
    wanted = resource or main_resource(connection)
    shelf = _shelf(connection, wanted, mailbox)
    renewed_before = connection.refreshed_at
    lease = _take_lease(connection, now=now)
    if lease is None:
        return _wait_for_other(connection, shelf, now=now)
    connection.refresh_from_db()
    if connection.refreshed_at != renewed_before and not claims:
        # Somebody renewed between our reading and our lease: a lost race means "look again".
        stored = _stored_token(connection, shelf, now=now)
        if stored:
            _release_lease(connection, lease)
            return stored
    try:
        tokens = ask_provider(connection, resource=wanted, mailbox=mailbox, claims=claims)
    except NeedsPerson as error:
        _note_refusal(connection, lease, error, now=now)
        raise
    except TryLater as error:
        _note_passing_trouble(connection, lease, error, now=now)
        raise
    _store(connection, lease, tokens, shelf=shelf, now=now)
    return tokens.access_token


def connections_to_renew(*, now: datetime, idle: timedelta) -> list[Connection]:
    """Return the connections that were not renewed for ``idle`` and need not wait.

    Those whose worker was killed in the middle come too: what the provider answered is lost. One
    that needs a correction, or that a policy blocks, is asked hourly: it may have been mended.
    """
    is_idle = Q(refreshed_at=None) | Q(refreshed_at__lte=now - idle)
    was_cut_short = Q(refreshing_until__lte=now)
    may_be_mended = Q(state__in=[Connection.State.MISCONFIGURED, Connection.State.BLOCKED])
    need_not_wait = Q(retry_refresh_at=None) | Q(retry_refresh_at__lte=now)
    usable = Q(state__in=Connection.USABLE)
    return list(
        Connection.objects.filter(need_not_wait)
        .filter((usable & (is_idle | was_cut_short | Q(state="failing"))) | may_be_mended)
        .exclude(refresh_token="", way_in__in=["person", "device"])
        .order_by("refreshed_at")
    )


def release_all(*, now: datetime) -> None:
    """End every lease: for a worker that knows it is the only one. Those are looked after first."""
    Connection.objects.filter(refreshing_until__gt=now).update(refreshing_until=now)


def stored_refusal(connection: Connection) -> NeedsPerson | None:
    """Return what stands between this connection and work, as the provider last said it."""
    if connection.is_usable:
        return None
    if connection.state == Connection.State.NOT_AUTHORIZED:
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


def store_sign_in(
    connection: Connection,
    tokens: TokenSet,
    *,
    now: datetime,
    resource: Resource | None = None,
    mailbox: str = "",
) -> None:
    """Keep what a successful sign-in brought; the connection works from now on.

    Only these columns are written: the registration may have been changed in another window.
    """
    identity = tokens.identity
    with transaction.atomic():
        connection.authorized_at = connection.refreshed_at = now
        connection.refresh_token = tokens.refresh_token
        connection.previous_refresh_token = connection.claims = ""
        connection.scopes_granted = " ".join(tokens.scopes)
        connection.refreshing_until = connection.retry_refresh_at = None
        connection.refreshing_by = ""
        if identity is not None:
            connection.person_upn = storable(identity.upn, most=LONGEST_NAME)
            connection.person_name = storable(identity.name, most=LONGEST_NAME)
            connection.person_id = storable(identity.oid, most=LONGEST_OBJECT_ID)
            connection.person_tenant_id = storable(identity.tenant_id, most=LONGEST_OBJECT_ID)
        after_success(connection, now=now)
        connection.save(update_fields=_SIGN_IN)
        AccessToken.objects.filter(connection=connection).delete()
        wanted = resource or main_resource(connection)
        _keep_access_token(connection, tokens, _shelf(connection, wanted, mailbox), now=now)


def state_after(connection: Connection, told: Explanation) -> Connection.State:
    """Return the state that a refusal leads to; an application has no person to sign in again."""
    state = _STATE_AFTER.get(told.outcome, Connection.State.NEEDS_REAUTHORIZATION)
    is_personal = connection.is_signed_in
    if state == Connection.State.NEEDS_REAUTHORIZATION and not is_personal:
        return Connection.State.MISCONFIGURED
    return state


def _shelf(connection: Connection, resource: Resource, mailbox: str) -> str:
    """Return where a token is kept; a service account's serves one mailbox only."""
    is_service_account = (
        connection.provider == Connection.Provider.GOOGLE and not connection.is_signed_in
    )
    return f"{resource}:{mailbox.lower()}"[:100] if is_service_account else str(resource)


def _stored_token(connection: Connection, shelf: str, *, now: datetime) -> str:
    row = AccessToken.objects.filter(
        connection=connection, resource=shelf, expires_at__gt=now + SPARE
    ).first()
    return row.token if row else ""


def _refuse_hopeless(connection: Connection) -> None:
    hopeless = {Connection.State.NOT_AUTHORIZED, Connection.State.NEEDS_REAUTHORIZATION}
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


def _wait_for_other(connection: Connection, shelf: str, *, now: datetime) -> str:
    before = connection.refreshed_at
    deadline = time.monotonic() + _WAIT_FOR_OTHER_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
        connection.refresh_from_db()
        if connection.refreshing_until is None:
            refusal = stored_refusal(connection)
            if refusal is not None:
                raise refusal
            stored = _stored_token(connection, shelf, now=now)
            if stored and connection.refreshed_at != before:
                return stored
            break
    raise TryLater("Another worker is renewing the sign-in.", retry_after=5)


def _store(
    connection: Connection, lease: str, tokens: TokenSet, *, shelf: str, now: datetime
) -> None:
    """Commit what came.

    A lease that ran out meanwhile does not matter while nobody else renewed: a provider that
    rotates strictly has made this refresh token the only good one.
    """
    used = connection.refresh_token
    with transaction.atomic():
        row = Connection.objects.select_for_update().filter(pk=connection.pk).first()
        if row is None or (row.refreshing_by != lease and row.refresh_token != used):
            raise _changed_meanwhile()
        if tokens.refresh_token and tokens.refresh_token != row.refresh_token:
            row.previous_refresh_token = row.refresh_token
            row.refresh_token = tokens.refresh_token
        row.refreshed_at = now
        row.refreshing_until = row.retry_refresh_at = None
        row.refreshing_by = row.claims = ""
        row.previous_credential = connection.previous_credential
        after_success(row, now=now)
        row.save(update_fields=_SIGN_IN)
        _keep_access_token(row, tokens, shelf, now=now)


def _keep_access_token(
    connection: Connection, tokens: TokenSet, shelf: str, *, now: datetime
) -> None:
    AccessToken.objects.update_or_create(
        connection=connection,
        resource=shelf,
        defaults={
            "token": tokens.access_token,
            "expires_at": now + timedelta(seconds=tokens.expires_in),
        },
    )


def _note_refusal(connection: Connection, lease: str, error: NeedsPerson, *, now: datetime) -> None:
    """Believe the refusal, unless the store has another sign-in than the one that was refused."""
    state = state_after(connection, explain(error.code))
    claims = error.refusal.claims if isinstance(error, SignInRefused) else ""
    with transaction.atomic():
        row = (
            Connection.objects.select_for_update()
            .filter(pk=connection.pk, refreshing_by=lease)
            .first()
        )
        if row is None or row.refresh_token != connection.refresh_token:
            raise _changed_meanwhile() from error
        row.refreshing_until = None
        row.retry_refresh_at = now + ASK_AGAIN_AFTER_REFUSAL
        row.claims = storable(claims, most=4000)
        after_refusal(row, error, state, now=now)
        detail = f"{error.code}: {error.what}"
        audit.record(Action.REFRESH_FAILED, actor=None, target=row, detail=detail, now=now)
        row.save(update_fields=[*_STATE, "refreshing_until", "retry_refresh_at", "claims"])
        AccessToken.objects.filter(connection=connection).delete()


def _changed_meanwhile() -> TryLater:
    return TryLater("The sign-in was changed while it was being renewed.", retry_after=1)


@transaction.atomic
def _note_passing_trouble(
    connection: Connection, lease: str, error: TryLater, *, now: datetime
) -> None:
    """Release the lease, count the trouble, and remember when the renewal may ask again."""
    wait = error.retry_after if error.retry_after is not None else _PASSING_TROUBLE_SECONDS
    row = (
        Connection.objects.select_for_update().filter(pk=connection.pk, refreshing_by=lease).first()
    )
    if row is None:
        return
    row.refreshing_until = None
    row.retry_refresh_at = now + timedelta(seconds=wait)
    after_trouble(row, error, now=now)
    row.save(update_fields=[*_STATE, "refreshing_until", "retry_refresh_at"])


def _release_lease(connection: Connection, lease: str) -> None:
    Connection.objects.filter(pk=connection.pk, refreshing_by=lease).update(refreshing_until=None)


def bearer_source(
    connection_id: int, resource: Resource | None = None, *, mailbox: str = ""
) -> "BearerSource":
    """Return a callable for a driver: ``bearer(fresh)`` gives a token by the present clock."""
    return BearerSource(connection_id, resource, mailbox=mailbox)


class BearerSource:
    """Gives a driver its access token, and a fresh one after a 401."""

    def __init__(
        self, connection_id: int, resource: Resource | None = None, *, mailbox: str = ""
    ) -> None:
        self._connection_id = connection_id
        self._resource = resource
        self._mailbox = mailbox

    def __call__(self, fresh: bool, claims: str = "") -> str:  # noqa: FBT001  the drivers' contract
        """Return an access token; ``fresh``: a new one, ``claims``: one that has them."""
        return bearer_for(
            self._connection_id,
            resource=self._resource,
            mailbox=self._mailbox,
            fresh=fresh,
            claims=claims,
            now=clock.now(),
        )
