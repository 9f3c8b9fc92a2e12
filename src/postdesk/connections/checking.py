"""Trying a client secret before it is stored."""

from copy import copy

from postdesk.connections.models import Connection
from postdesk.connections.providing import cloud_of, http_session, provider_of, scopes_to_renew


def check_secret(connection: Connection, *, client_secret: str) -> None:
    """Ask the provider for a token with the saved sign-in and a new secret; nothing is stored.

    Entra leaves a refresh token valid when it is used, so the tokens of the answer may be dropped.
    Raises NeedsPerson or TryLater.
    """
    tried = copy(connection)
    tried.client_secret = client_secret
    with http_session(cloud_of(tried)) as session:
        provider = provider_of(tried, session)
        provider.refresh(connection.refresh_token, scopes_to_renew(tried))
