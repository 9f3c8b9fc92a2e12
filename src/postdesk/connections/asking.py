"""One question to the provider: which token, with which sign-in and which credential."""

from collections.abc import Callable

from postdesk.base.errors import NeedsPerson
from postdesk.base.explain import explain
from postdesk.base.explanations import Outcome
from postdesk.connections.models import Connection
from postdesk.connections.providing import (
    Credential,
    credentials_of,
    http_session,
    microsoft_of,
    present_credential,
    provider_of,
    scopes_for,
    service_account_of,
)
from postdesk.drivers.session import HttpSession
from postdesk.oauth.grant import TokenSet
from postdesk.oauth.protocols import Resource


def ask_provider(
    connection: Connection, *, resource: Resource, mailbox: str = "", claims: str = ""
) -> TokenSet:
    """Return new tokens; raises NeedsPerson or TryLater. Nothing is stored.

    A credential that replaced another may not be known everywhere yet, or may be mistyped: while
    the one before is kept, it is tried too. When the present one worked, ``connection`` forgets
    the one before (in memory; the caller saves it with the tokens).
    """
    with http_session(connection) as session:
        return _with_any_credential(
            connection,
            lambda credential: _ask(
                connection,
                session,
                credential=credential,
                resource=resource,
                mailbox=mailbox,
                claims=claims,
            ),
        )


def _with_any_credential(connection: Connection, ask: Callable[[Credential], TokenSet]) -> TokenSet:
    present, *before = credentials_of(connection)
    try:
        tokens = ask(present)
    except NeedsPerson as error:
        if not before or explain(error.code).outcome is not Outcome.MISCONFIGURED:
            raise
        try:
            return ask(before[0])
        except NeedsPerson:
            raise error from None
    connection.previous_credential = ""
    return tokens


def _ask(
    connection: Connection,
    session: HttpSession,
    *,
    credential: Credential,
    resource: Resource,
    mailbox: str,
    claims: str,
) -> TokenSet:
    scopes = scopes_for(connection, resource)
    if connection.is_signed_in:
        return _refresh(connection, session, credential=credential, scopes=scopes, claims=claims)
    if connection.provider == Connection.Provider.GOOGLE:
        return service_account_of(connection, session).acquire(scopes, mailbox)
    return microsoft_of(connection, session, credential=credential).acquire(scopes)


def _refresh(
    connection: Connection,
    session: HttpSession,
    *,
    credential: Credential,
    scopes: tuple[str, ...],
    claims: str,
) -> TokenSet:
    """Trade the newest refresh token, then the previous one if it still may be good."""
    provider = provider_of(connection, session, credential=credential)

    def trade(refresh_token: str) -> TokenSet:
        return provider.refresh(refresh_token, scopes, claims=claims)

    try:
        return trade(connection.refresh_token)
    except NeedsPerson as error:
        is_about_sign_in = explain(error.code).outcome is not Outcome.MISCONFIGURED
        if not connection.previous_refresh_token or not is_about_sign_in:
            raise
        try:
            return trade(connection.previous_refresh_token)
        except NeedsPerson:
            raise error from None


def check_credential(connection: Connection, *, resource: Resource, mailbox: str) -> TokenSet:
    """Ask with the present credential alone, whatever came before it; nothing is stored."""
    with http_session(connection) as session:
        return _ask(
            connection,
            session,
            credential=present_credential(connection),
            resource=resource,
            mailbox=mailbox,
            claims="",
        )
