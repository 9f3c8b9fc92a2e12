"""One press of Authorize, from our page to the provider and back.

The provider's answer arrives without a session to trust: it is stored once under its hashed
state, and a one-time handle leads the browser to our own page, where session, person and state
are compared before anything is redeemed. A second use shows the result.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.base.ids import hash_token, new_token
from postdesk.base.storable import storable
from postdesk.connections.models import (
    LONGEST_CODE,
    LONGEST_NAME,
    AuthorizationAttempt,
    Connection,
)
from postdesk.connections.providing import cloud_of, http_session, provider_of, scopes_to_ask
from postdesk.connections.tokens import store_sign_in
from postdesk.drivers.open import GraphMailbox, open_inbox
from postdesk.oauth.grant import TokenSet
from postdesk.oauth.scopes import scopes_missing
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
    """
    state = new_token()
    with http_session(cloud_of(connection)) as session:
        provider = provider_of(connection, session)
        provider.check_tenant()
        request = provider.begin(
            redirect_uri=redirect_uri(),
            scopes=scopes_to_ask(connection),
            state=state,
            login_hint="" if connection.for_shared_mailbox else mailbox,
        )
    AuthorizationAttempt.objects.filter(started_at__lt=now - KEPT_FOR).delete()
    return AuthorizationAttempt.objects.create(
        connection=connection,
        started_by_id=person.pk,
        session_hash=hash_token(session_key),
        state_hash=hash_token(state),
        flow=json.dumps(dict(request.flow)),
        authorize_url=request.url,
        mailbox=mailbox,
        return_to=return_to,
        started_at=now,
    )


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
        _check_scopes(attempt, tokens)
        _check_mailbox(attempt, tokens)
    except CarriesDecision as error:
        _note_failure(attempt, error)
    else:
        store_sign_in(attempt.connection, tokens, now=now)
        attempt.succeeded = True
        attempt.message = _success_message(attempt, tokens)
    attempt.flow = attempt.answer = ""
    attempt.save()
    return attempt


def _redeem(attempt: AuthorizationAttempt) -> TokenSet:
    with http_session(cloud_of(attempt.connection)) as session:
        provider = provider_of(attempt.connection, session)
        return provider.redeem(json.loads(attempt.flow), json.loads(attempt.answer))


def _check_scopes(attempt: AuthorizationAttempt, tokens: TokenSet) -> None:
    missing = scopes_missing(scopes_to_ask(attempt.connection), tokens.scopes)
    if missing:
        raise NeedsPerson(
            f"Microsoft did not grant everything that is needed: {', '.join(missing)} is missing.",
            remedy=(
                "In the app registration, under API permissions, add the missing delegated "
                "permissions of Microsoft Graph, then press Authorize again."
            ),
        )
    if not tokens.refresh_token:
        raise NeedsPerson(
            "Microsoft granted access for an hour only, not for good.",
            remedy="Allow offline_access for this application, then press Authorize again.",
        )


def _check_mailbox(attempt: AuthorizationAttempt, tokens: TokenSet) -> None:
    cloud = cloud_of(attempt.connection)
    with http_session(cloud) as session:
        place = GraphMailbox(base_url=cloud.graph_url, mailbox=attempt.mailbox)
        inbox = open_inbox(place, session=session, bearer=lambda _fresh: tokens.access_token)
        try:
            inbox.probe()
        except NeedsPerson as error:
            who = tokens.identity.upn if tokens.identity else "The person who signed in"
            raise NeedsPerson(
                f"{who} signed in, but cannot read the mailbox {attempt.mailbox}. "
                "The sign-in was not used.",
                remedy=_who_should_sign_in(attempt),
                code=error.code,
                raw=error.raw,
            ) from error


def _who_should_sign_in(attempt: AuthorizationAttempt) -> str:
    if attempt.connection.for_shared_mailbox:
        return (
            f"Press Authorize and sign in as somebody with Full Access to {attempt.mailbox}, or "
            "let an Exchange administrator give Full Access and Send As to that person."
        )
    return (
        f"Press Authorize and pick {attempt.mailbox} itself. If another person shall sign in for "
        "it, tick Shared mailbox first."
    )


def _success_message(attempt: AuthorizationAttempt, tokens: TokenSet) -> str:
    upn = tokens.identity.upn if tokens.identity else ""
    if not upn or upn.lower() == attempt.mailbox.lower():
        return f"Authorized as {attempt.mailbox}."
    upn = storable(upn, most=LONGEST_NAME)
    return f"Authorized: signed in as {upn}, reading {attempt.mailbox}."


def _note_failure(attempt: AuthorizationAttempt, error: CarriesDecision) -> None:
    if isinstance(error, NeedsPerson):
        attempt.message, attempt.remedy = storable(error.what), storable(error.remedy)
        attempt.error_code = storable(error.code, most=LONGEST_CODE)
        attempt.error_raw = storable(error.raw, most=4000)
    elif isinstance(error, TryLater):
        attempt.message = storable(error.what)
        attempt.remedy = (
            "Microsoft or the line to it is not well. Press Authorize again in a minute."
        )
        attempt.error_raw = storable(error.raw, most=4000)
    else:
        attempt.message = storable(str(error))
        attempt.remedy = "Press Authorize again."
