"""Signing in by a code on another device: no public address and no https needed (RFC 8628)."""

import json
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.base.ids import hash_token, new_token
from postdesk.connections.authorize import accept, keep_attempt, note_failure
from postdesk.connections.granting import check_grant
from postdesk.connections.models import AuthorizationAttempt, Connection
from postdesk.connections.providing import http_session, microsoft_of, scopes_for_first_token
from postdesk.oauth.grant import TokenSet
from postdesk.oauth.refusal import AskedTooOften

_POLL = timedelta(seconds=5)  # RFC 8628 section 3.2, where the provider names no interval
_ENDED = "The code ran out before anybody signed in with it."


def start_device(
    connection: Connection,
    *,
    mailbox: str,
    person: AbstractBaseUser,
    session_key: str,
    return_to: str,
    now: datetime,
) -> AuthorizationAttempt:
    """Fetch a code for somebody to type in at the provider; raises NeedsPerson or TryLater."""
    with http_session(connection) as session:
        provider = microsoft_of(connection, session)
        provider.check_tenant()
        request = provider.begin_device(scopes_for_first_token(connection))
    attempt = AuthorizationAttempt(
        connection=connection,
        kind=AuthorizationAttempt.Kind.DEVICE,
        state_hash=hash_token(new_token()),
        flow=json.dumps(dict(request.flow)),
        authorize_url=request.verification_url,
        user_code=request.user_code,
        ends_at=now + timedelta(seconds=request.expires_in),
        poll_after=now + timedelta(seconds=request.interval),
        mailbox=mailbox,
        return_to=return_to,
        started_at=now,
    )
    return keep_attempt(attempt, person=person, session_key=session_key)


def poll_device(attempt: AuthorizationAttempt, *, now: datetime) -> AuthorizationAttempt:
    """Ask once, when it is time, whether somebody signed in; the attempt then says how it went.

    Of several pages that look at the same moment one asks: the provider punishes impatience.
    """
    if attempt.finished_at is not None or not _take_turn(attempt, now=now):
        attempt.refresh_from_db()
        return attempt
    try:
        tokens = _ask(attempt, now=now)
    except TryLater as error:
        return _wait(attempt, error, now=now)
    except CarriesDecision as error:
        note_failure(attempt, error, now=now)
    else:
        if tokens is None:
            return attempt
        _take(attempt, tokens, now=now)
    attempt.finished_at = attempt.answered_at = now
    attempt.flow = ""
    attempt.save()
    return attempt


def _take(attempt: AuthorizationAttempt, tokens: TokenSet, *, now: datetime) -> None:
    """Use what the sign-in brought. The code is used up by now: a failure here ends the attempt."""
    try:
        check_grant(attempt, tokens)
    except CarriesDecision as error:
        note_failure(attempt, error, now=now)
    else:
        accept(attempt, tokens, now=now)


def _wait(attempt: AuthorizationAttempt, error: TryLater, *, now: datetime) -> AuthorizationAttempt:
    """Come back later; after "too often" the longer interval stays (RFC 8628 section 3.5)."""
    wait = max(_interval(attempt), timedelta(seconds=error.retry_after or 0))
    if isinstance(error, AskedTooOften):
        attempt.flow = json.dumps({**json.loads(attempt.flow), "interval": wait.total_seconds()})
    attempt.poll_after = now + wait
    attempt.save(update_fields=["flow", "poll_after"])
    return attempt


def _interval(attempt: AuthorizationAttempt) -> timedelta:
    seconds = json.loads(attempt.flow).get("interval")
    return timedelta(seconds=seconds) if isinstance(seconds, int | float) else _POLL


def _take_turn(attempt: AuthorizationAttempt, *, now: datetime) -> bool:
    waiting = AuthorizationAttempt.objects.filter(
        pk=attempt.pk, finished_at=None, poll_after__lte=now
    )
    if not waiting.update(poll_after=now + _interval(attempt)):
        return False
    attempt.refresh_from_db()
    return True


def _ask(attempt: AuthorizationAttempt, *, now: datetime) -> TokenSet | None:
    if attempt.ends_at is not None and now >= attempt.ends_at:
        raise NeedsPerson(_ENDED, remedy="Press Authorize to get a new code.", code="AADSTS70019")
    with http_session(attempt.connection) as session:
        return microsoft_of(attempt.connection, session).poll_device(json.loads(attempt.flow))
