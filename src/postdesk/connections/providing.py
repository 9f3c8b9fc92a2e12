"""Putting a connection together with the network: its cloud, HTTP session and token provider."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from postdesk.base.errors import NeedsPerson
from postdesk.connections.models import Connection
from postdesk.drivers.session import HttpSession, open_session
from postdesk.oauth.clouds import Cloud, find_cloud
from postdesk.oauth.microsoft import Application, MicrosoftProvider
from postdesk.oauth.scopes import scopes_missing, scopes_needed
from postdesk.site.options import read_options


def cloud_of(connection: Connection) -> Cloud:
    """Return the connection's cloud; raises NeedsPerson when it is offered no more."""
    cloud = find_cloud(connection.cloud, sandbox_url=settings.ENVIRONMENT.sandbox_url)
    if cloud is None:
        raise NeedsPerson(
            f"The cloud {connection.cloud!r} is not available here.",
            remedy=(
                "Choose another cloud in the account. The pretend tenant is there only while "
                "POSTDESK_SANDBOX_URL names it."
            ),
        )
    return cloud


@contextmanager
def http_session(cloud: Cloud) -> Iterator[HttpSession]:
    """Open a session with the proxy of General > Options, and close it afterwards."""
    session = open_session(proxy_url=read_options().proxy_url, reroutes=cloud.reroutes)
    try:
        yield session
    finally:
        session.close()


def provider_of(connection: Connection, session: HttpSession) -> MicrosoftProvider:
    """Return the provider of the connection's tokens; raises NeedsPerson without a real tenant."""
    application = Application(
        cloud=cloud_of(connection),
        tenant=connection.tenant_id,
        client_id=connection.client_id,
        client_secret=connection.client_secret,
    )
    return MicrosoftProvider(application, session)


def scopes_to_ask(connection: Connection) -> tuple[str, ...]:
    """Return the permissions that a sign-in for this connection asks for, all at once."""
    return scopes_needed(cloud_of(connection), shared=connection.for_shared_mailbox)


def scopes_to_renew(connection: Connection) -> tuple[str, ...]:
    """Return those permissions that were granted: asking for more would end in a refusal."""
    asked = scopes_needed(cloud_of(connection), shared=True)
    granted = connection.scopes_granted.split()
    return tuple(scope for scope in asked if not scopes_missing([scope], granted))
