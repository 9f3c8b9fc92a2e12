"""Resources and their permissions, as far as the tenant knows them."""

from __future__ import annotations

from collections.abc import Iterable  # noqa: TC003 -- used by a dataclass at run time

from postdesk_sandbox.clouds import NATIONAL_CLOUDS

GRAPH = "https://graph.microsoft.com"
EXCHANGE = "https://outlook.office365.com"
OUTLOOK = "https://outlook.office.com"
# The same resources by application id: v1 requests and `{id}/.default` may name them so.
RESOURCE_IDS = {
    "00000003-0000-0000-c000-000000000000": GRAPH,
    "00000002-0000-0ff1-ce00-000000000000": EXCHANGE,
}
# One resource by all its addresses: consent to one is consent to all.
GRAPHS = (GRAPH, *(f"https://{one.graph}" for one in NATIONAL_CLOUDS))
EXCHANGES = (EXCHANGE, OUTLOOK, *(f"https://{one.exchange}" for one in NATIONAL_CLOUDS))
_ELSEWHERE = dict.fromkeys(GRAPHS[1:], GRAPH) | dict.fromkeys(EXCHANGES[2:], EXCHANGE)
OIDC_SCOPES = ("openid", "profile", "email", "offline_access")

_EXCHANGE_SCOPES = {
    "EWS.AccessAsUser.All": "Open your mailboxes through Exchange Web Services",
    "IMAP.AccessAsUser.All": "Read and write your mail through IMAP",
    "POP.AccessAsUser.All": "Read and write your mail through POP",
    "SMTP.Send": "Send mail through SMTP",
}
# What a signed-in person can allow, with the sentence on the consent page.
DELEGATED: dict[str, dict[str, str]] = {
    GRAPH: {
        "Mail.Read": "Read your mail",
        "Mail.ReadWrite": "Read and write your mail",
        "Mail.Send": "Send mail as you",
        "Mail.Read.Shared": "Read mail in mailboxes you may open",
        "Mail.ReadWrite.Shared": "Read and write mail in mailboxes you may open",
        "Mail.Send.Shared": "Send mail from mailboxes you may send as",
        "User.Read": "Sign you in and read your profile",
        "User.ReadBasic.All": "Read the basic profiles of all people",
    },
    EXCHANGE: _EXCHANGE_SCOPES,
    OUTLOOK: _EXCHANGE_SCOPES,
}
OIDC_SENTENCES = {
    "openid": "Sign you in",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Keep this access while you are away",
}
# What an administrator can allow an application without a person.
ROLES: dict[str, tuple[str, ...]] = {
    GRAPH: ("Mail.Read", "Mail.ReadWrite", "Mail.Send", "User.Read.All"),
    EXCHANGE: ("full_access_as_app", "IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp"),
    OUTLOOK: ("full_access_as_app", "IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp"),
}


class UnknownResourceError(ValueError):
    """The resource of a scope is not known in this tenant (AADSTS500011)."""


class UnknownScopeError(ValueError):
    """The resource has no such scope (AADSTS70011 or 650053)."""


def every_delegated_scope() -> set[str]:
    """Return the full names of all delegated permissions."""
    return {f"{resource}/{name}" for resource, names in DELEGATED.items() for name in names}


def every_role() -> set[str]:
    """Return the full names of all application permissions."""
    return {f"{resource}/{name}" for resource, names in ROLES.items() for name in names}


def known_resource(name: str) -> str:
    """Return a resource by its address or application id; a final slash does not matter.

    Raises UnknownResourceError.
    """
    resource = name.rstrip("/")
    resource = RESOURCE_IDS.get(resource.lower(), resource)
    if worldwide(resource) not in DELEGATED:
        raise UnknownResourceError(name)
    return resource


def worldwide(resource: str) -> str:
    """Return the worldwide address of a resource that was named by another cloud's."""
    return _ELSEWHERE.get(resource, resource)


def audiences_at(host: str, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return whose tokens count at a host: its own, at our own names those of every cloud."""
    asked = f"https://{host}"
    if asked not in addresses:
        return addresses
    return (EXCHANGE, OUTLOOK) if asked in {EXCHANGE, OUTLOOK} else (asked,)


def with_twins(scopes: Iterable[str]) -> set[str]:
    """Add the other addresses of each resource: all mean one application, consented to once."""
    wide = set(scopes)
    for family in (GRAPHS, EXCHANGES):
        names = {scope.rpartition("/")[2] for scope in wide if resource_of(scope) in family}
        wide |= {f"{address}/{name}" for address in family for name in names}
    return wide


def full_name(scope: str) -> str:
    """Return a scope with its resource; a bare name belongs to Graph.

    Raises UnknownResourceError or UnknownScopeError.
    """
    if scope in OIDC_SCOPES:
        return scope
    resource, _, name = scope.rpartition("/")
    resource = known_resource(resource) if resource else GRAPH
    canonical = {known.lower(): known for known in (*DELEGATED[worldwide(resource)], ".default")}
    if name.lower() not in canonical:
        raise UnknownScopeError(scope)
    return f"{resource}/{canonical[name.lower()]}"


def resource_of(scope: str) -> str:
    """Return the resource of a full scope name, empty for the OpenID scopes."""
    return scope.rpartition("/")[0]


def resources_of(scopes: Iterable[str]) -> list[str]:
    """Return the different resources named by full scopes, in order."""
    return list(dict.fromkeys(r for r in map(resource_of, scopes) if r))


def sentence_for(scope: str) -> str:
    """Return what the consent page says about a full scope name."""
    resource, _, name = scope.rpartition("/")
    return OIDC_SENTENCES.get(scope) or DELEGATED.get(worldwide(resource), {}).get(name, scope)
