"""The lines that servers write on top of a mail: trace, authentication and Exchange's own.

What stands here is how Exchange Online is known to write them; the names of the servers and
their addresses (RFC 3849, RFC 5737) are invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time
from email.header import Header
from email.utils import format_datetime

from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.mime import field_name, split_header_block

_REALM = "EURP190.PROD.OUTLOOK.COM"
_BUILD = "15.20.9160.012"
_TLS = "version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
_SENDING_ADDRESS = "203.0.113.25"
_DOMAIN = re.compile(r"[a-z0-9.-]{1,200}")
# The header firewall: what Exchange alone may say is taken from everybody else's mail.
_EXCHANGE_ONLY = (
    "x-ms-exchange-organization-", "x-ms-exchange-forest-", "x-ms-exchange-crosstenant-",
    "x-ms-exchange-transport-crosstenantheaders",
)  # fmt: skip
_REPLACED = frozenset({"return-path", "received-spf", "x-originatororg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Between whom a mail travels, and what the tenant's Exchange knows about it."""

    tenant_id: str
    tenant_domain: str
    sender: str
    recipient: str
    from_inside: bool
    to_inside: bool
    message_id: str
    has_attachments: bool
    thread_index: str
    thread_topic: str
    sent_at: datetime


def stamp(mime: bytes, route: Route) -> bytes:
    """Return the mail as the recipient's mailbox gets it.

    Lines that only Exchange may write are dropped where somebody else wrote them, and an
    `Authentication-Results` that the mail brought along becomes `-Original`. Between two
    addresses outside only the recipient's own server writes.
    """
    fields, rest = split_header_block(mime)
    is_exchanges = route.from_inside or route.to_inside
    kept = [_disarm(one) for one in fields if not _is_dropped(one, is_exchanges=is_exchanges)]
    have = {field_name(one) for one in kept}
    own = [(name, text) for name, text in _marks(route) if name.lower() not in have]
    lines = [*_trace(route), *_authentication(route), *own]
    top = [f"{name}: {text}\r\n".encode() for name, text in lines]
    return b"".join((*top, *kept)) + (rest or b"\r\n")


def _is_dropped(field: bytes, *, is_exchanges: bool) -> bool:
    name = field_name(field)
    return name in _REPLACED or (is_exchanges and name.startswith(_EXCHANGE_ONLY))


def _disarm(field: bytes) -> bytes:
    if field_name(field) != "authentication-results":
        return field
    return b"Authentication-Results-Original" + field[field.index(b":") :]


def _trace(route: Route) -> list[tuple[str, str]]:
    """Return the Received lines, the last station first."""
    at = format_datetime(route.sent_at)
    own = _server(route.recipient if route.to_inside else route.sender)
    stations = []
    if route.to_inside:
        front = _server("front", route.recipient)
        stations.append(f"from {front} (2001:db8:20b::17)\r\n by {own} with HTTPS; {at}")
        stations.append(_arrival(route, front, at))
    else:
        by = f"mx.{domain_of(route.recipient)}"
        origin = own if route.from_inside else f"mail.{domain_of(route.sender)}"
        stations.append(
            f"from {origin} ({origin} [{_SENDING_ADDRESS}])\r\n by {by} with ESMTPS"
            f" id {_queue_id(route)}\r\n for <{_plain(route.recipient)}>; {at}"
        )
    if route.from_inside:
        server = _server(route.sender)
        stations.append(
            f"from {server}\r\n ([fe80::1]) by {server}\r\n ([fe80::1%4]) with mapi id {_BUILD};"
            f" {at}"
        )
    return [("Received", one) for one in stations]


def _arrival(route: Route, front: str, at: str) -> str:
    if route.from_inside:
        return (
            f"from {_server(route.sender)} (2001:db8:10a::9)\r\n by {front} (2001:db8:20b::17)"
            f" with Microsoft SMTP Server\r\n ({_TLS}) id {_BUILD}; {at}"
        )
    return (
        f"from mail.{domain_of(route.sender)} ({_SENDING_ADDRESS})\r\n by {front}"
        f" (2001:db8:20b::17) with Microsoft SMTP Server\r\n ({_TLS}) id {_BUILD}\r\n"
        f" via Frontend Transport; {at}"
    )


def _authentication(route: Route) -> list[tuple[str, str]]:
    """Return who vouches for the sender, in the words of the server that received."""
    domain = domain_of(route.sender)
    back = ("Return-Path", f"<{_plain(route.sender)}>")
    if not route.to_inside:
        results = f"mx.{domain_of(route.recipient)};\r\n spf=pass smtp.mailfrom={domain};"
        return [
            back,
            ("Authentication-Results", f"{results}\r\n dkim=none; dmarc=pass header.from={domain}"),
        ]
    if route.from_inside:
        # Without an authserv-id, and without SPF: the mail never left Exchange.
        results = "dkim=none (message not signed)\r\n header.d=none;dmarc=none action=none"
        return [back, ("Authentication-Results", f"{results}\r\n header.from={domain};")]
    results = (
        f"spf=pass (sender IP is {_SENDING_ADDRESS})\r\n smtp.mailfrom={domain};"
        " dkim=none (message not signed)\r\n header.d=none;dmarc=pass action=none"
        f" header.from={domain};compauth=pass\r\n reason=100"
    )
    spf = (
        f"Pass (protection.outlook.com: domain of {domain}\r\n designates {_SENDING_ADDRESS} as"
        f" permitted sender)\r\n receiver=protection.outlook.com; client-ip={_SENDING_ADDRESS};"
        f"\r\n helo=mail.{domain}; pr=C"
    )
    return [back, ("Authentication-Results", results), ("Received-SPF", spf)]


def _marks(route: Route) -> list[tuple[str, str]]:
    """Return what Exchange notes down about the mail."""
    if not (route.from_inside or route.to_inside):
        return []
    auth_as = "Internal" if route.from_inside else "Anonymous"
    station = _server(route.sender) if route.from_inside else _server("front", route.recipient)
    network_id = object_guid("network", route.message_id, route.sender)
    marks = []
    if route.from_inside:
        marks += [
            ("Thread-Topic", _encode(route.thread_topic)),
            ("Thread-Index", route.thread_index),
        ]
        marks += [("X-MS-Has-Attach", "yes" if route.has_attachments else "")]
        marks += [("X-MS-TNEF-Correlator", "")]
    if route.to_inside:
        marks += [
            ("X-MS-Exchange-Organization-Network-Message-Id", network_id),
            ("X-MS-Exchange-Organization-AuthAs", auth_as),
            ("X-MS-Exchange-Organization-AuthSource", station),
            ("X-MS-Exchange-Organization-SCL", "-1" if route.from_inside else "1"),
            ("X-MS-Exchange-Organization-MessageDirectionality",
             "Originating" if route.from_inside else "Incoming"),
        ]  # fmt: skip
        if route.from_inside:
            marks += [("X-MS-Exchange-Organization-AuthMechanism", "04")]
    else:
        marks += [("X-OriginatorOrg", route.tenant_domain)]
    marks += [
        ("X-MS-Exchange-CrossTenant-Network-Message-Id", network_id),
        ("X-MS-Exchange-CrossTenant-AuthAs", auth_as),
        ("X-MS-Exchange-CrossTenant-AuthSource", station),
        ("X-MS-Exchange-CrossTenant-Id", route.tenant_id),
        ("X-MS-Exchange-Transport-CrossTenantHeadersStamped", station.partition(".")[0]),
    ]
    return [(name, text) for name, text in marks if text or name.startswith("X-MS-")]


def domain_of(address: str) -> str:
    """Return the domain of an address; an odd one becomes a name that nobody has."""
    domain = address.rpartition("@")[2].lower()
    return domain if _DOMAIN.fullmatch(domain) else "unknown.invalid"


def _plain(address: str) -> str:
    """Return what of an address can stand in a trace line."""
    return "".join(one for one in address if "!" <= one <= "~" and one not in "<>")[:320]


def _server(*parts: str) -> str:
    number = int(object_guid("server", *parts)[:8], 16) % 9000 + 1000
    return f"AM0P190MB{number}.{_REALM}"


def _queue_id(route: Route) -> str:
    return object_guid("queue", route.message_id, route.recipient).replace("-", "")[:12].upper()


def _encode(text: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name="Thread-Topic").encode(linesep="\r\n")
