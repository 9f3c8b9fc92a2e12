"""What a sign-in must have brought before it is used: permissions, tenant, and the mailbox."""

import json
from dataclasses import asdict

from postdesk.base.errors import NeedsPerson
from postdesk.connections.models import AuthorizationAttempt, Connection
from postdesk.connections.providing import (
    cloud_of,
    http_session,
    main_resource,
    scopes_for_first_token,
)
from postdesk.drivers.open import GraphMailbox, open_inbox
from postdesk.oauth.grant import Identity, TokenSet
from postdesk.oauth.protocols import Resource
from postdesk.oauth.scopes import scopes_missing


def check_grant(attempt: AuthorizationAttempt, tokens: TokenSet) -> None:
    """Raise NeedsPerson, saying who must act, unless the tokens open the mailbox for good."""
    _check_scopes(attempt.connection, tokens)
    _check_tenant(attempt.connection, tokens)
    if main_resource(attempt.connection) is Resource.GRAPH:
        _check_mailbox(attempt, tokens)


def keep_on_hold(attempt: AuthorizationAttempt, tokens: TokenSet) -> None:
    """Keep the sign-in of another person, encrypted, until somebody says that it is meant."""
    attempt.tokens_on_hold = json.dumps(asdict(tokens))
    identity = tokens.identity
    who = identity.upn if identity else "Somebody else"
    attempt.message = (
        f"{who} signed in. Until now this connection was that of {attempt.connection.person_upn}."
    )
    attempt.remedy = (
        "If that is meant, confirm it. Otherwise press Authorize again and pick "
        f"{attempt.connection.person_upn}."
    )


def take_from_hold(attempt: AuthorizationAttempt) -> TokenSet:
    """Return the tokens that were kept."""
    kept = json.loads(attempt.tokens_on_hold)
    identity = kept.pop("identity")
    scopes = tuple(kept.pop("scopes"))
    return TokenSet(
        **kept, scopes=scopes, identity=Identity(**identity) if identity is not None else None
    )


def _check_scopes(connection: Connection, tokens: TokenSet) -> None:
    missing = scopes_missing(scopes_for_first_token(connection), tokens.scopes)
    if missing:
        provider = connection.get_provider_display()
        raise NeedsPerson(
            f"{provider} did not grant everything that is needed: {', '.join(missing)} is missing.",
            remedy=_how_to_grant(connection),
            code="scope_missing",
        )
    if not tokens.refresh_token:
        raise NeedsPerson(
            f"{connection.get_provider_display()} granted access for an hour only, not for good.",
            remedy="Allow offline access for this application, then press Authorize again.",
            code="offline_missing",
        )


def _how_to_grant(connection: Connection) -> str:
    if connection.provider == Connection.Provider.MICROSOFT:
        return (
            "In the app registration, under API permissions, add the missing delegated "
            "permissions, then press Authorize again."
        )
    return "Press Authorize again and leave every box on the provider's page ticked."


def _check_tenant(connection: Connection, tokens: TokenSet) -> None:
    """A guest of our tenant brings the token of ours; a token of another tenant opens nothing."""
    wanted, identity = connection.tenant_id.lower(), tokens.identity
    is_guid = len(wanted) == 36 and wanted.count("-") == 4
    if identity is None or not identity.tenant_id or not is_guid:
        return
    if identity.tenant_id.lower() != wanted:
        raise NeedsPerson(
            f"{identity.upn} belongs to another tenant ({identity.tenant_id}).",
            remedy="Press Authorize again and pick an account of your own organisation.",
            code="wrong_tenant",
        )


def _check_mailbox(attempt: AuthorizationAttempt, tokens: TokenSet) -> None:
    try:
        open_mailbox(attempt.connection, tokens, mailbox=attempt.mailbox)
    except NeedsPerson as error:
        who = tokens.identity.upn if tokens.identity else "The person who signed in"
        raise NeedsPerson(
            f"{who} signed in, but cannot read the mailbox {attempt.mailbox}. "
            "The sign-in was not used.",
            remedy=_who_should_sign_in(attempt),
            code=error.code,
            raw=error.raw,
        ) from error


def open_mailbox(connection: Connection, tokens: TokenSet, *, mailbox: str) -> None:
    """Open the mailbox by Graph with tokens that are not stored yet; raises what it says."""

    def bearer(_fresh: bool, _claims: str = "", /) -> str:  # noqa: FBT001  the drivers' contract
        return tokens.access_token

    place = GraphMailbox(base_url=cloud_of(connection).graph_url, mailbox=mailbox)
    with http_session(connection) as session:
        open_inbox(place, session=session, bearer=bearer).probe()


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
