"""Opens inboxes and ways out from plain data, so that nobody above names a driver's class."""

from typing import overload

from postdesk.drivers.base import Inbox, Outgoing
from postdesk.drivers.endpoints import GraphMailbox, ImapServer, Security, SmtpServer
from postdesk.drivers.graph import GraphInbox
from postdesk.drivers.graph_requests import Bearer
from postdesk.drivers.graph_send import GraphOutgoing
from postdesk.drivers.imap import ImapInbox
from postdesk.drivers.session import HttpSession, open_session
from postdesk.drivers.smtp import SmtpOutgoing

__all__ = [
    "Bearer",
    "GraphMailbox",
    "HttpSession",
    "ImapServer",
    "Security",
    "SmtpServer",
    "open_inbox",
    "open_outgoing",
    "open_session",
]


@overload
def open_inbox(place: ImapServer, *, bearer: Bearer | None = None) -> Inbox: ...
@overload
def open_inbox(place: GraphMailbox, *, session: HttpSession, bearer: Bearer) -> Inbox: ...
def open_inbox(
    place: GraphMailbox | ImapServer,
    *,
    session: HttpSession | None = None,
    bearer: Bearer | None = None,
) -> Inbox:
    """Return the inbox of a mailbox; no request is sent yet. Close it when done.

    A Graph mailbox needs ``session``, which stays the caller's to close. ``bearer(fresh)`` returns
    an access token, a new one when ``fresh`` is true because the last was refused. A server with
    ``bearer`` signs in by access token, by password without.
    """
    if isinstance(place, ImapServer):
        return ImapInbox(place, bearer=bearer)
    if session is None or bearer is None:
        raise TypeError("A Graph mailbox needs session= and bearer=.")
    return GraphInbox(session, base_url=place.base_url, mailbox=place.mailbox, bearer=bearer)


@overload
def open_outgoing(place: SmtpServer, *, bearer: Bearer | None = None) -> Outgoing: ...
@overload
def open_outgoing(place: GraphMailbox, *, session: HttpSession, bearer: Bearer) -> Outgoing: ...
def open_outgoing(
    place: GraphMailbox | SmtpServer,
    *,
    session: HttpSession | None = None,
    bearer: Bearer | None = None,
) -> Outgoing:
    """Return a way out; nothing is sent yet. Close it when done.

    A mailbox needs ``session`` and ``bearer`` as ``open_inbox`` does. A server with ``bearer``
    signs in by access token, by password without.
    """
    if isinstance(place, SmtpServer):
        return SmtpOutgoing(place, bearer=bearer)
    if session is None or bearer is None:
        raise TypeError("A Graph mailbox needs session= and bearer=.")
    return GraphOutgoing(session, base_url=place.base_url, mailbox=place.mailbox, bearer=bearer)
