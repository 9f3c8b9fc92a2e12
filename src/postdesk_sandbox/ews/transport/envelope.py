"""Reading a SOAP 1.1 envelope from octets that anybody may have sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from postdesk_sandbox.ews.calling import OLDEST_VERSION
from postdesk_sandbox.ews.checking import refuse_schema
from postdesk_sandbox.ews.names import MESSAGES, SOAP, TYPES

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ENVELOPE_BYTES = 64 * 1024 * 1024
# libxml2 refuses texts beyond 10 million octets unless told that a document may be huge; a mail
# with attachments is one such text. Only then the limit is lifted, and never with a DTD.
_ORDINARY_BYTES = 9_000_000
# What may stand before the root element; a document type would bring entities.
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s|<!--(?>.*?-->)|<\?(?>.*?\?>))*+<[A-Za-z_]", re.DOTALL
)
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
# Read here, or harmless: the sandbox formats times in UTC and texts in English.
_KNOWN_HEADERS = {
    "RequestServerVersion", "ExchangeImpersonation", "MailboxCulture", "TimeZoneContext",
    "DateTimePrecision",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a request carries: its operation and the two headers that matter."""

    operation: _Element
    version: str
    impersonation: _Element | None

    @property
    def name(self) -> str:
        """The operation's name without its namespace."""
        return etree.QName(self.operation).localname


def read_envelope(octets: bytes) -> Envelope:
    """Parse and take apart. Raises EwsError for anything that is no request."""
    root = parse_xml(octets)
    if root.tag != f"{{{SOAP}}}Envelope":
        raise refuse_schema(f"The '{root.tag}' element is not a SOAP 1.1 envelope.")
    parts = [_name(one) for one in root]
    if parts not in (["Header", "Body"], ["Body"]):
        raise refuse_schema("An envelope holds a Header, which may be missing, and a Body.")
    header = root[0] if parts[0] == "Header" else None
    body = root[-1]
    if len(body) != 1:
        raise refuse_schema("The Body element has to hold exactly one element.")
    if etree.QName(body[0]).namespace != MESSAGES:
        raise refuse_schema(f"The element '{body[0].tag}' is not an operation.")
    version, impersonation = _read_header(header)
    return Envelope(operation=body[0], version=version, impersonation=impersonation)


def parse_xml(octets: bytes) -> _Element:
    """Parse octets from outside. Raises EwsError `ErrorSchemaValidation`."""
    if not _PROLOG.match(octets):
        raise refuse_schema("The document has no root element, or brings a document type.")
    named = _ENCODING.match(octets[:200])
    if named and named[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise refuse_schema("The encoding has to be UTF-8.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=len(octets) > _ORDINARY_BYTES,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        raise refuse_schema(str(error.msg)) from error


def _read_header(header: _Element | None) -> tuple[str, _Element | None]:
    version, impersonation = OLDEST_VERSION, None
    for one in header if header is not None else ():
        name = etree.QName(one)
        known = name.namespace == TYPES and name.localname in _KNOWN_HEADERS
        if not known and (name.namespace == TYPES or one.get(f"{{{SOAP}}}mustUnderstand") == "1"):
            raise refuse_schema(f"The header '{one.tag}' is not understood.")
        if known and name.localname == "RequestServerVersion":
            version = one.get("Version", "")
        elif known and name.localname == "ExchangeImpersonation":
            impersonation = one
    return version, impersonation


def _name(element: _Element) -> str:
    name = etree.QName(element)
    return name.localname if name.namespace == SOAP else element.tag
