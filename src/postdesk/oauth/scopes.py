"""Which permissions a mailbox needs, and which of them a sign-in did not grant."""

from collections.abc import Iterable

from postdesk.oauth.clouds import CLOUDS, Cloud

# Entra adds these itself to what it grants; a refresh token comes only with offline_access.
OPENID_SCOPES = ("offline_access", "openid", "profile")

_OWN = ("Mail.ReadWrite", "Mail.Send", "User.Read")
_SHARED = ("Mail.ReadWrite.Shared", "Mail.Send.Shared")
_GRAPH_PREFIXES = tuple(f"https://{cloud.graph_host}/" for cloud in CLOUDS)


def scopes_needed(cloud: Cloud, *, shared: bool) -> tuple[str, ...]:
    """Return the delegated Graph permissions by their full names.

    ``shared``: the mailbox is not that of the person who signs in.
    """
    permissions = _OWN + _SHARED if shared else _OWN
    return tuple(cloud.graph_scope(permission) for permission in permissions)


def scopes_missing(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return what of ``needed`` is not in ``granted``, as short names for people.

    Entra answers with or without the resource's address before a Graph permission, and scopes
    are compared without regard to case there.
    """
    have = {_short(scope).lower() for scope in granted}
    return tuple(_short(scope) for scope in needed if _short(scope).lower() not in have)


def _short(scope: str) -> str:
    for prefix in _GRAPH_PREFIXES:
        if scope.lower().startswith(prefix):
            return scope[len(prefix) :]
    return scope
