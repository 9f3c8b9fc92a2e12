"""Trying a registration before it is stored."""

from postdesk.connections.asking import check_credential
from postdesk.connections.models import Connection
from postdesk.connections.providing import main_resource
from postdesk.connections.registering import Registration, candidate


def check_registration(
    connection: Connection | None, registration: Registration, *, mailbox: str
) -> None:
    """Ask the provider for a token with what was typed; nothing is stored.

    For a person's connection the saved sign-in is used: Entra leaves a refresh token valid when it
    is used, so the tokens of the answer may be dropped. Raises NeedsPerson or TryLater.
    """
    tried = candidate(connection, registration)
    check_credential(tried, resource=main_resource(tried), mailbox=mailbox)
