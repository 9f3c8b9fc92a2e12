"""Opening the drivers of stored accounts. Only here do accounts become drivers."""

from collections.abc import Iterator
from contextlib import contextmanager

from postdesk.base.errors import NeedsPerson
from postdesk.connections.models import Connection
from postdesk.connections.providing import cloud_of, http_session
from postdesk.connections.tokens import bearer_source
from postdesk.drivers.base import Inbox, Outgoing
from postdesk.drivers.open import GraphMailbox, SmtpServer, open_inbox, open_outgoing
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount


@contextmanager
def inbox_of(account: IncomingMailAccount) -> Iterator[Inbox]:
    """Open the inbox of an account; raises NeedsPerson when it has no connection."""
    connection = _connection_of(account.connection)
    cloud = cloud_of(connection)
    with http_session(cloud) as session:
        place = GraphMailbox(base_url=cloud.graph_url, mailbox=account.email_address)
        inbox = open_inbox(place, session=session, bearer=bearer_source(connection.pk))
        try:
            yield inbox
        finally:
            inbox.close()


@contextmanager
def outgoing_of(account: OutgoingMailAccount) -> Iterator[Outgoing]:
    """Open the way out of an account; raises NeedsPerson when it lacks what its kind needs."""
    if account.kind == OutgoingMailAccount.Kind.SMTP:
        outgoing = open_outgoing(_server_of(account))
        try:
            yield outgoing
        finally:
            outgoing.close()
        return
    connection = _connection_of(account.connection)
    cloud = cloud_of(connection)
    with http_session(cloud) as session:
        place = GraphMailbox(base_url=cloud.graph_url, mailbox=account.email_address)
        outgoing = open_outgoing(place, session=session, bearer=bearer_source(connection.pk))
        try:
            yield outgoing
        finally:
            outgoing.close()


def _connection_of(connection: Connection | None) -> Connection:
    if connection is None:
        raise NeedsPerson(
            "The account has no connection to Microsoft.",
            remedy="Enter Tenant ID, Client ID and Client Secret, save, and press Authorize.",
        )
    return connection


def _server_of(account: OutgoingMailAccount) -> SmtpServer:
    return SmtpServer(
        host=account.smtp_host,
        port=account.smtp_port,
        security=account.smtp_security,
        username=account.smtp_username,
        password=account.smtp_password,
        address=account.email_address,
    )
