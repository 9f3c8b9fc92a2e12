"""Which permissions are needed, and why each."""

from dataclasses import dataclass

from postdesk.connections.scripts.order import RegistrationOrder

# The well-known application ids of the two services (microsoft.md 1.7, Entra's own documentation).
GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
_API_NAMES = {GRAPH: "Microsoft Graph", EXCHANGE: "Office 365 Exchange Online"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission of one service: delegated (of a person) or of the application itself."""

    api: str
    name: str
    why: str
    is_delegated: bool = True

    @property
    def api_name(self) -> str:
        """The service as Entra's pages name it."""
        return _API_NAMES[self.api]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRole:
    """A right that Exchange gives to an application for one mailbox alone."""

    name: str
    why: str


_SIGN_IN = (
    Permission(api=GRAPH, name="User.Read", why="Know who signed in, and the mailbox's aliases"),
    Permission(api=GRAPH, name="offline_access", why="Keep the access while nobody is there"),
)
_DELEGATED = {
    "graph": (
        Permission(
            api=GRAPH,
            name="Mail.ReadWrite",
            why="Read mail, mark, move or delete it afterwards, make drafts",
        ),
        Permission(api=GRAPH, name="Mail.Send", why="Send answers"),
    ),
    "ews": (
        Permission(
            api=EXCHANGE, name="EWS.AccessAsUser.All", why="Read and send by Exchange Web Services"
        ),
    ),
    "imap": (Permission(api=EXCHANGE, name="IMAP.AccessAsUser.All", why="Read mail by IMAP"),),
    "pop": (Permission(api=EXCHANGE, name="POP.AccessAsUser.All", why="Read mail by POP"),),
    "smtp": (Permission(api=EXCHANGE, name="SMTP.Send", why="Send answers by SMTP"),),
}
_SHARED = {
    "graph": (
        Permission(
            api=GRAPH,
            name="Mail.ReadWrite.Shared",
            why="The same in mailboxes that the person may open",
        ),
        Permission(
            api=GRAPH, name="Mail.Send.Shared", why="Send from mailboxes the person may send as"
        ),
    ),
}
# Of Graph and EWS none stands here: their right lies in Exchange, for one mailbox. Consenting it
# in Entra as well would open every mailbox of the tenant.
_OF_APPLICATION = {
    "imap": Permission(
        api=EXCHANGE, name="IMAP.AccessAsApp", why="Read mail by IMAP", is_delegated=False
    ),
    "pop": Permission(
        api=EXCHANGE, name="POP.AccessAsApp", why="Read mail by POP", is_delegated=False
    ),
    "smtp": Permission(
        api=EXCHANGE, name="SMTP.SendAsApp", why="Send answers by SMTP", is_delegated=False
    ),
}
_ROLES = {
    "graph": (
        ExchangeRole(
            name="Application Mail.ReadWrite",
            why="Read mail, mark, move or delete it afterwards, make drafts",
        ),
        ExchangeRole(name="Application Mail.Send", why="Send answers"),
    ),
    "ews": (
        ExchangeRole(
            name="Application EWS.AccessAsApp", why="Read and send by Exchange Web Services"
        ),
    ),
}


def permissions_of(order: RegistrationOrder) -> tuple[Permission, ...]:
    """Return what is entered under API permissions, and no others."""
    if order.is_application:
        return tuple(_OF_APPLICATION[one] for one in order.protocols if one in _OF_APPLICATION)
    found = [one for protocol in order.protocols for one in _DELEGATED.get(protocol, ())]
    if order.is_shared:
        found += [one for protocol in order.protocols for one in _SHARED.get(protocol, ())]
    return (*found, *_SIGN_IN)


def exchange_roles_of(order: RegistrationOrder) -> tuple[ExchangeRole, ...]:
    """Return the roles that RBAC for Applications gives, on just the mailbox."""
    if not order.is_application:
        return ()
    return tuple(role for protocol in order.protocols for role in _ROLES.get(protocol, ()))


def needs_mailbox_permission(order: RegistrationOrder) -> bool:
    """Say whether Exchange has to give Full Access: IMAP, POP and SMTP know no roles."""
    return order.is_application and bool(permissions_of(order))
