"""One press of Authorize, from our page to the provider and back.

The provider's answer arrives without a session to trust: it is stored once under its hashed
state, and a one-time handle leads the browser to our own page, where session, person and state
are compared before anything is redeemed. A second use shows the result. Another person than last
time is asked about before the sign-in replaces the saved one.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.base.ids import hash_token, new_token
from postdesk.base.storable import storable
from postdesk.connections.granting import check_grant, keep_on_hold, take_from_hold
from postdesk.connections.models import (
    LONGEST_CODE,
    LONGEST_NAME,
    AuthorizationAttempt,
    Connection,
)
from postdesk.connections.providing import (
    http_session,
    provider_of,
    scopes_for_first_token,
    scopes_to_ask,
)
from postdesk.connections.tokens import store_sign_in
from postdesk.drivers.session import HttpSession
from postdesk.oauth.grant import AuthorizationRequest, TokenSet
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.site import audit
from postdesk.site.audit import Action
from postdesk.site.options import redirect_uri

GOOD_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
# What a second look finds while the first is still at it, or after it was cut short.
_UNDER_WAY = "The sign-in is being finished, or was cut short."
_LOOK_AGAIN = "Reload this page in a few seconds; if it still says so, press Authorize again."


class AttemptRefused(Exception):
    """The sign-in cannot be finished by this browser; the message says what to do."""


def start(
    connection: Connection,
    *,
    mailbox: str,
    person: AbstractBaseUser,
    session_key: str,
    return_to: str,
    now: datetime,
) -> AuthorizationAttempt:
    """Begin a sign-in; raises NeedsPerson or TryLater when it could only fail.

    The tenant is looked up first: with a wrong one the provider never sends the browser back.
    What Conditional Access demanded with the last refusal is carried along.
    """
    state = new_token()
    hint = "" if connection.for_shared_mailbox else mailbox
    with http_session(connection) as session:
        request = _begin(connection, session, state=state, hint=hint)
    attempt = AuthorizationAttempt(
        connection=connection,
        state_hash=hash_token(state),
        flow=json.dumps(dict(request.flow)),
        authorize_url=request.url,
        mailbox=mailbox,
        return_to=return_to,
        started_at=now,
    )
    return keep_attempt(attempt, person=person, session_key=session_key)


def keep_attempt(
    attempt: AuthorizationAttempt, *, person: AbstractBaseUser, session_key: str
) -> AuthorizationAttempt:
    """Store an attempt that just started, for this browser alone; those of yesterday go."""
    AuthorizationAttempt.objects.filter(started_at__lt=attempt.started_at - KEPT_FOR).delete()
    attempt.started_by_id = person.pk
    attempt.session_hash = hash_token(session_key)
    attempt.save()
    return attempt


@transaction.atomic
def store_answer(answer: Mapping[str, str], *, now: datetime) -> str | None:
    """Store what the provider sent, once, and return a one-time handle to go on with.

    None for a state that is unknown or older than ten minutes. An answer that comes again gets a
    handle too, which leads to the result of the first.
    """
    attempt = (
        AuthorizationAttempt.objects.select_for_update()
        .filter(state_hash=hash_token(answer.get("state", "")), started_at__gt=now - GOOD_FOR)
        .first()
    )
    if attempt is None:
        return None
    if attempt.answered_at is None:
        attempt.answer = json.dumps(dict(answer))
        attempt.answered_at = now
    handle = new_token()
    attempt.handle_hash = hash_token(handle)
    attempt.save()
    return handle


def find_attempt(
    handle: str, *, person: AbstractBaseUser, session_key: str
) -> AuthorizationAttempt:
    """Return the attempt behind a handle; raises AttemptRefused unless it is this browser's."""
    attempt = (
        AuthorizationAttempt.objects.select_related("connection")
        .filter(handle_hash=hash_token(handle))
        .first()
    )
    if attempt is None:
        raise AttemptRefused(
            "This sign-in is unknown. Go back to the account and press Authorize again."
        )
    if attempt.started_by_id != person.pk or attempt.session_hash != hash_token(session_key):
        raise AttemptRefused(
            "This sign-in was started by somebody else or in another browser. Press Authorize in "
            "the browser in which you are signed in now."
        )
    return attempt


def finish(
    handle: str, *, person: AbstractBaseUser, session_key: str, now: datetime
) -> AuthorizationAttempt:
    """Redeem the answer and look into the mailbox; the attempt then says how it went.

    The second call, by a reload or a second tab, shows the result of the first.
    """
    attempt = find_attempt(handle, person=person, session_key=session_key)
    is_first = AuthorizationAttempt.objects.filter(
        pk=attempt.pk, finished_at=None, answered_at__isnull=False
    ).update(finished_at=now, message=_UNDER_WAY, remedy=_LOOK_AGAIN)
    if not is_first:
        attempt.refresh_from_db()
        return attempt
    attempt.finished_at = now
    try:
        tokens = _redeem(attempt)
        check_grant(attempt, tokens)
    except CarriesDecision as error:
        note_failure(attempt, error, now=now)
    else:
        accept(attempt, tokens, now=now)
    attempt.flow = attempt.answer = ""
    attempt.save()
    return attempt


def confirm(
    handle: str, *, person: AbstractBaseUser, session_key: str, now: datetime
) -> AuthorizationAttempt:
    """Use a sign-in of another person than before, which waited for a yes; once."""
    attempt = find_attempt(handle, person=person, session_key=session_key)
    with transaction.atomic():
        row = AuthorizationAttempt.objects.select_for_update().get(pk=attempt.pk)
        if row.tokens_on_hold:
            use(row, take_from_hold(row), now=now)
            row.finished_at = now
            row.save()
    row.connection.refresh_from_db()
    return row


def use(attempt: AuthorizationAttempt, tokens: TokenSet, *, now: datetime) -> None:
    """Store the sign-in; the attempt, which the caller saves, says that it succeeded."""
    store_sign_in(attempt.connection, tokens, mailbox=attempt.mailbox, now=now)
    attempt.tokens_on_hold = attempt.remedy = ""
    attempt.succeeded = True
    attempt.message = _success_message(attempt, tokens)
    _audit(Action.AUTHORIZED, attempt, detail=attempt.message, now=now)


def _begin(
    connection: Connection, session: HttpSession, *, state: str, hint: str
) -> AuthorizationRequest:
    provider = provider_of(connection, session)
    scopes = scopes_to_ask(connection)
    if isinstance(provider, MicrosoftProvider):
        provider.check_tenant()
        return provider.begin(
            redirect_uri=redirect_uri(),
            scopes=scopes,
            redeem_scopes=scopes_for_first_token(connection),
            state=state,
            login_hint=hint,
            claims=connection.claims,
        )
    return provider.begin(redirect_uri=redirect_uri(), scopes=scopes, state=state, login_hint=hint)


def accept(attempt: AuthorizationAttempt, tokens: TokenSet, *, now: datetime) -> None:
    """Use the sign-in, or keep it until somebody says that another person is meant."""
    before, identity = attempt.connection, tokens.identity
    if before.person_id and identity is not None and identity.oid != before.person_id:
        keep_on_hold(attempt, tokens)
        return
    use(attempt, tokens, now=now)


def _redeem(attempt: AuthorizationAttempt) -> TokenSet:
    with http_session(attempt.connection) as session:
        provider = provider_of(attempt.connection, session)
        return provider.redeem(json.loads(attempt.flow), json.loads(attempt.answer))


def _success_message(attempt: AuthorizationAttempt, tokens: TokenSet) -> str:
    upn = tokens.identity.upn if tokens.identity else ""
    if not upn or upn.lower() == attempt.mailbox.lower():
        return f"Authorized as {attempt.mailbox}."
    upn = storable(upn, most=LONGEST_NAME)
    return f"Authorized: signed in as {upn}, reading {attempt.mailbox}."


def note_failure(attempt: AuthorizationAttempt, error: CarriesDecision, *, now: datetime) -> None:
    """Write into the attempt, which the caller saves, why it came to nothing."""
    if isinstance(error, NeedsPerson):
        attempt.message, attempt.remedy = storable(error.what), storable(error.remedy)
        attempt.error_code = storable(error.code, most=LONGEST_CODE)
        attempt.error_raw = storable(error.raw, most=4000)
    elif isinstance(error, TryLater):
        attempt.message = storable(error.what)
        attempt.remedy = (
            "The provider or the line to it is not well. Press Authorize again in a minute."
        )
        attempt.error_raw = storable(error.raw, most=4000)
    else:
        attempt.message = storable(str(error))
        attempt.remedy = "Press Authorize again."
    detail = f"{attempt.mailbox}: {attempt.message} {attempt.error_code}".strip()
    _audit(Action.AUTHORIZATION_FAILED, attempt, detail=detail, now=now)


def _audit(action: Action, attempt: AuthorizationAttempt, *, detail: str, now: datetime) -> None:
    audit.record(
        action, actor=attempt.started_by, target=attempt.connection, detail=detail, now=now
    )
