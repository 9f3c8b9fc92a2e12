"""Words that fields of a registration accept or recognise as a mistake."""

import re

_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_TENANT = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*", re.ASCII)
_HOST = re.compile(r"[0-9a-z]([0-9a-z-]*[0-9a-z])?(\.[0-9a-z]([0-9a-z-]*[0-9a-z])?)*", re.ASCII)


def is_guid(text: str) -> bool:
    """Say whether it has the form of an id of Microsoft."""
    return bool(_GUID.fullmatch(text))


def is_tenant(text: str) -> bool:
    """Say whether it may be the id or a domain of a tenant."""
    return bool(_TENANT.fullmatch(text))


def is_host(text: str) -> bool:
    """Say whether it is the bare name of a server, in small letters."""
    return bool(_HOST.fullmatch(text))


def is_plain(text: str) -> bool:
    """Say whether it has neither spaces nor control characters inside."""
    return all(mark.isprintable() and not mark.isspace() for mark in text)
