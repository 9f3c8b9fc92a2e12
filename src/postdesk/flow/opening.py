"""Opening the drivers of stored accounts. Only here do accounts become drivers."""

from collections.abc import Iterator
from contextlib import contextmanager

from postdesk.base.errors import NeedsPerson
from postdesk.connections.mail_servers import mail_resource, usual_imap_host, usual_smtp_host
from postdesk.connections.models import Connection
from postdesk.connections.providing import cloud_of, http_session
from postdesk.connections.tokens import BearerSource, bearer_source
from postdesk.drivers.base import Inbox, Outgoing
from postdesk.drivers.open import GraphMailbox, ImapServer, SmtpServer, open_inbox, open_outgoing
from postdesk.mail.models import AccountType, IncomingMailAccount, OutgoingMailAccount


@contextmanager
def inbox_of(account: IncomingMailAccount) -> Iterator[Inbox]:
    """Open the inbox of an account; raises NeedsPerson when it lacks what its type needs."""
    if account.account_type == AccountType.IMAP:
        inbox = open_inbox(_imap_server(account), bearer=_mail_bearer(account))
        try:
            yield inbox
        finally:
            inbox.close()
        return
    connection = _connection_of(account.connection)
    with http_session(connection) as session:
        place = _graph_mailbox(connection, account.email_address)
        inbox = open_inbox(place, session=session, bearer=bearer_source(connection.pk))
        try:
            yield inbox
        finally:
            inbox.close()


@contextmanager
def outgoing_of(account: OutgoingMailAccount) -> Iterator[Outgoing]:
    """Open the way out of an account; raises NeedsPerson when it lacks what its kind needs."""
    if account.kind == OutgoingMailAccount.Kind.SMTP:
        outgoing = open_outgoing(_smtp_server(account), bearer=_mail_bearer(account))
        try:
            yield outgoing
        finally:
            outgoing.close()
        return
    connection = _connection_of(account.connection)
    with http_session(connection) as session:
        place = _graph_mailbox(connection, account.email_address)
        outgoing = open_outgoing(place, session=session, bearer=bearer_source(connection.pk))
        try:
            yield outgoing
        finally:
            outgoing.close()


def _connection_of(connection: Connection | None) -> Connection:
    if connection is None:
        raise NeedsPerson(
            "The account has no connection to its provider.",
            remedy="Enter what was registered at the provider, save, and press Authorize.",
        )
    return connection


def _graph_mailbox(connection: Connection, address: str) -> GraphMailbox:
    return GraphMailbox(base_url=cloud_of(connection).graph_url, mailbox=address)


def _mail_bearer(account: IncomingMailAccount | OutgoingMailAccount) -> BearerSource | None:
    """Return the tokens for IMAP or SMTP, or None for an account that signs in without."""
    if not account.uses_connection:
        return None
    connection = _connection_of(account.connection)
    return bearer_source(connection.pk, mail_resource(connection), mailbox=account.email_address)


def _imap_server(account: IncomingMailAccount) -> ImapServer:
    """Return where the account is read; by OAuth the provider knows the server's name."""
    host = account.imap_host
    if not host and account.uses_connection:
        host = usual_imap_host(_connection_of(account.connection))
    return ImapServer(
        host=_named(host),
        port=account.imap_port,
        security=account.imap_security,
        username=account.imap_username or account.email_address,
        password=account.imap_password,
        address=account.email_address,
    )


def _smtp_server(account: OutgoingMailAccount) -> SmtpServer:
    """Return where the account sends; by OAuth the provider knows server and user."""
    host, username = account.smtp_host, account.smtp_username
    if account.uses_connection:
        host = host or usual_smtp_host(_connection_of(account.connection))
        username = username or account.email_address
    return SmtpServer(
        host=_named(host),
        port=account.smtp_port,
        security=account.smtp_security,
        username=username,
        password=account.smtp_password,
        address=account.email_address,
    )


def _named(host: str) -> str:
    if not host:
        raise NeedsPerson(
            "The mail server of this account is not known.",
            remedy="Enter its name in the account, as mail.example.com.",
        )
    return host
