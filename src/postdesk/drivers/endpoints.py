"""Where mail is read from and sent through, as plain data."""

import enum
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMailbox:
    """A mailbox behind Microsoft Graph: ``base_url`` is ``https://graph.microsoft.com/v1.0``."""

    base_url: str
    mailbox: str


class Security(enum.StrEnum):
    """How the line to a server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """A server that a mailbox is read from.

    ``security`` is a value of ``Security``. ``username`` signs in; ``address`` is the mailbox, for
    people. ``ca_pem`` is an uploaded authority or "".
    """

    host: str
    port: int
    security: str
    username: str
    password: str = field(default="", repr=False)
    address: str
    ca_pem: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A server that takes mail for sending.

    ``security`` is a value of ``Security``; ``username`` "" sends without signing in. ``address``
    is the mailbox that sends: it stands in as the sender where the server refuses the null return
    path. ``ca_pem`` is an uploaded authority or "".
    """

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    address: str = ""
    ca_pem: str = field(default="", repr=False)
