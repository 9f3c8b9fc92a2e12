"""Putting a connection together with the network: its cloud, HTTP session and token provider."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.conf import settings

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson
from postdesk.connections.models import Connection
from postdesk.drivers.session import HttpSession, open_session
from postdesk.oauth.application import Application, Certificate, Secret
from postdesk.oauth.clouds import Cloud, find_cloud, google_reroutes
from postdesk.oauth.generic import GenericApplication, GenericProvider
from postdesk.oauth.google import (
    GOOGLE_MAIL_SCOPE,
    GoogleApplication,
    GoogleProvider,
    GoogleServiceAccount,
)
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.oauth.protocols import MailProtocol, Resource, resource_of
from postdesk.oauth.scopes import (
    application_scope,
    scopes_for_sign_in,
    scopes_missing,
    scopes_of,
)
from postdesk.site.options import read_options

Provider = Connection.Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What the application proves itself with; the stored form of the one before is JSON."""

    client_secret: str = ""
    certificate_pem: str = ""
    private_key: str = ""

    @property
    def proof(self) -> Secret | Certificate | None:
        """The form that providers take; None for an application without proof."""
        if self.certificate_pem:
            return Certificate(
                certificate_pem=self.certificate_pem, private_key_pem=self.private_key
            )
        return Secret(self.client_secret) if self.client_secret else None


def credentials_of(connection: Connection) -> list[Credential]:
    """Return the present credential, then the one before while it may still be good."""
    found = [present_credential(connection)]
    if connection.previous_credential:
        found.append(Credential(**json.loads(connection.previous_credential)))
    return found


def present_credential(connection: Connection) -> Credential:
    """Return what the connection proves itself with now."""
    if connection.proof == Connection.Proof.CERTIFICATE:
        return Credential(
            certificate_pem=connection.certificate_pem, private_key=connection.private_key
        )
    return Credential(client_secret=connection.client_secret)


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
    if connection.exchange_host:
        return replace(cloud, exchange_host=connection.exchange_host)
    return cloud


@contextmanager
def http_session(connection: Connection) -> Iterator[HttpSession]:
    """Open a session with the proxy of General > Options, and close it afterwards."""
    sandbox_url = settings.ENVIRONMENT.sandbox_url
    if connection.provider == Provider.MICROSOFT:
        reroutes = cloud_of(connection).reroutes
    elif connection.provider == Provider.GOOGLE:
        reroutes = google_reroutes(sandbox_url)
    else:
        reroutes = {}
    session = open_session(proxy_url=read_options().proxy_url, reroutes=reroutes)
    try:
        yield session
    finally:
        session.close()


def microsoft_of(
    connection: Connection, session: HttpSession, *, credential: Credential | None = None
) -> MicrosoftProvider:
    """Return Microsoft for this registration; raises NeedsPerson without a real tenant."""
    shown = credential or present_credential(connection)
    is_public = connection.way_in == Connection.WayIn.DEVICE
    application = Application(
        cloud=cloud_of(connection),
        tenant=connection.tenant_id,
        client_id=connection.client_id,
        credential=None if is_public else shown.proof,
    )
    # A certificate's assertion is dated: with a pretend tenant by the tenant's clock.
    return MicrosoftProvider(application, session, now=clock.now())


def provider_of(
    connection: Connection, session: HttpSession, *, credential: Credential | None = None
) -> MicrosoftProvider | GoogleProvider | GenericProvider:
    """Return who a person signs in at; raises NeedsPerson for a registration that cannot work."""
    shown = credential or present_credential(connection)
    if connection.provider == Provider.GOOGLE:
        sandbox_url = settings.ENVIRONMENT.sandbox_url
        return GoogleProvider(
            GoogleApplication(
                client_id=connection.client_id,
                client_secret=shown.client_secret,
                browser_url=sandbox_url,
            ),
            session,
        )
    if connection.provider == Provider.GENERIC:
        application = GenericApplication(
            client_id=connection.client_id,
            client_secret=shown.client_secret,
            authorize_endpoint=connection.authorize_endpoint,
            token_endpoint=connection.token_endpoint,
        )
        return GenericProvider(application, session)
    return microsoft_of(connection, session, credential=shown)


def service_account_of(connection: Connection, session: HttpSession) -> GoogleServiceAccount:
    """Return Google's service account of an application connection."""
    key = {
        "type": "service_account",
        "client_email": connection.client_id,
        "private_key": connection.private_key,
        "private_key_id": connection.key_id,
    }
    return GoogleServiceAccount(key, session, now=clock.now())


def protocols_of(connection: Connection) -> tuple[MailProtocol, ...]:
    """Return the protocols that the accounts of this connection speak."""
    return tuple(MailProtocol(name) for name in connection.protocols)


def main_resource(connection: Connection) -> Resource:
    """Return the resource that a sign-in asks the first token for."""
    if connection.provider == Provider.GOOGLE:
        return Resource.GOOGLE
    if connection.provider == Provider.GENERIC:
        return Resource.GENERIC
    resources = [resource_of(protocol) for protocol in protocols_of(connection)]
    return Resource.GRAPH if Resource.GRAPH in resources or not resources else resources[0]


def scopes_to_ask(connection: Connection) -> tuple[str, ...]:
    """Return the permissions that a sign-in for this connection asks for, all at once."""
    if connection.provider == Provider.GOOGLE:
        return (GOOGLE_MAIL_SCOPE,)
    if connection.provider == Provider.GENERIC:
        return tuple(connection.scopes_typed.split())
    return scopes_for_sign_in(
        cloud_of(connection),
        protocols=protocols_of(connection),
        shared=connection.for_shared_mailbox,
    )


def scopes_for(connection: Connection, resource: Resource) -> tuple[str, ...]:
    """Return what a token request for one resource asks for.

    Of Graph only what was granted: asking for more would end in a refusal.
    """
    if connection.provider != Provider.MICROSOFT:
        return scopes_to_ask(connection)
    cloud, protocols = cloud_of(connection), protocols_of(connection)
    if connection.way_in == Connection.WayIn.APPLICATION:
        return (application_scope(cloud, resource),)
    asked = scopes_of(cloud, resource, protocols=protocols, shared=True)
    if resource is not main_resource(connection):
        return scopes_of(cloud, resource, protocols=protocols, shared=connection.for_shared_mailbox)
    granted = connection.scopes_granted.split()
    return tuple(scope for scope in asked if not scopes_missing([scope], granted)) or asked


def scopes_for_first_token(connection: Connection) -> tuple[str, ...]:
    """Return what of ``scopes_to_ask`` the code is redeemed for: one token, one resource."""
    if connection.provider != Provider.MICROSOFT:
        return scopes_to_ask(connection)
    return scopes_of(
        cloud_of(connection),
        main_resource(connection),
        protocols=protocols_of(connection),
        shared=connection.for_shared_mailbox,
    )
