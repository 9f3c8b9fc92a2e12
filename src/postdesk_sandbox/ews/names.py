"""The namespaces of Exchange Web Services, and names in them."""

from __future__ import annotations

from functools import cache

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
PREFIXES = {"s": SOAP, "m": MESSAGES, "t": TYPES}


@cache
def full_name(short: str) -> str:
    """Return `{namespace}Name` for `t:Name`, as lxml wants it."""
    prefix, _, name = short.partition(":")
    return f"{{{PREFIXES[prefix]}}}{name}"


def local_name(tag: object) -> str:
    """Return the name without its namespace."""
    return str(tag).rpartition("}")[2]
