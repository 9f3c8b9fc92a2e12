"""Which permissions a mailbox needs at Microsoft, and which of them a sign-in did not grant."""

from collections.abc import Collection, Iterable

from postdesk.oauth.clouds import CLOUDS, Cloud
from postdesk.oauth.protocols import MailProtocol, Resource, resource_of

# Entra adds these itself to what it grants; a refresh token comes only with offline_access.
OPENID_SCOPES = ("offline_access", "openid", "profile")

_GRAPH_OWN = ("Mail.ReadWrite", "Mail.Send", "User.Read")
_GRAPH_SHARED = ("Mail.ReadWrite.Shared", "Mail.Send.Shared")
# At Exchange one permission covers shared mailboxes too: Full Access there decides.
_OUTLOOK = {
    MailProtocol.EWS: "EWS.AccessAsUser.All",
    MailProtocol.IMAP: "IMAP.AccessAsUser.All",
    MailProtocol.POP: "POP.AccessAsUser.All",
    MailProtocol.SMTP: "SMTP.Send",
}
_ONLY_OUTLOOK = frozenset(name.lower() for name in _OUTLOOK.values())
_GRAPH_PREFIXES = tuple(f"https://{cloud.graph_host}/" for cloud in CLOUDS)
# Exchange has two addresses worldwide; a token of either opens it.
_OUTLOOK_PREFIXES = (
    *(f"https://{cloud.outlook_host}/" for cloud in CLOUDS),
    "https://outlook.office.com/",
)


def scopes_for_sign_in(
    cloud: Cloud, *, protocols: Collection[MailProtocol], shared: bool
) -> tuple[str, ...]:
    """Return all delegated permissions by their full names, those of several resources together.

    Only the sign-in page takes them so; a request for a token names one resource (AADSTS28000).
    ``shared``: the mailbox is not that of the person who signs in.
    """
    resources = dict.fromkeys(map(resource_of, protocols)) or {Resource.GRAPH: None}
    return tuple(
        scope
        for resource in sorted(resources)
        for scope in scopes_of(cloud, resource, protocols=protocols, shared=shared)
    )


def scopes_of(
    cloud: Cloud, resource: Resource, *, protocols: Collection[MailProtocol], shared: bool
) -> tuple[str, ...]:
    """Return the delegated permissions of one resource, as a request for a token names them."""
    if resource is Resource.GRAPH:
        permissions = _GRAPH_OWN + _GRAPH_SHARED if shared else _GRAPH_OWN
        return tuple(cloud.graph_scope(permission) for permission in permissions)
    return tuple(
        cloud.outlook_scope(permission)
        for protocol, permission in _OUTLOOK.items()
        if protocol in protocols
    )


def application_scope(cloud: Cloud, resource: Resource) -> str:
    """Return the one scope of client credentials: all that was consented at that resource."""
    if resource is Resource.GRAPH:
        return cloud.graph_scope(".default")
    return cloud.outlook_scope(".default")


def scopes_missing(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return what of ``needed`` is not in ``granted``, as short names for people.

    Entra answers with or without the resource's address before a permission, and scopes are
    compared without regard to case there. A bare name belongs to Graph, except those that only
    Exchange has.
    """
    have = {_comparable(scope) for scope in granted}
    return tuple(_short(scope) for scope in needed if _comparable(scope) not in have)


def _comparable(scope: str) -> tuple[Resource | None, str]:
    name = _short(scope).lower()
    if scope.lower().startswith(_GRAPH_PREFIXES):
        return Resource.GRAPH, name
    if scope.lower().startswith(_OUTLOOK_PREFIXES) or name in _ONLY_OUTLOOK:
        return Resource.OUTLOOK, name
    return (None, name) if "://" in scope else (Resource.GRAPH, name)


def _short(scope: str) -> str:
    for prefix in (*_GRAPH_PREFIXES, *_OUTLOOK_PREFIXES):
        if scope.lower().startswith(prefix):
            return scope[len(prefix) :]
    return scope
