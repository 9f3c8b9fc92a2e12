"""The octets of mail on its way out: Message-IDs, addresses in the header, line endings."""

import re
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}@[^<>\s]{1,255}>", re.ASCII)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_RECIPIENT_HEADERS = ("To", "Cc", "Bcc")


def find_message_id(text: str) -> str:
    """Return the first Message-ID in ``text``, angle brackets included, or ""."""
    match = _MESSAGE_ID.search(text)
    return match[0] if match else ""


def read_message_id(octets: bytes) -> str:
    """Return the Message-ID header of a message of ours, or ""."""
    return find_message_id(str(_read_header(octets).get("Message-ID", "")))


def read_recipients(octets: bytes) -> frozenset[str]:
    """Return the addresses in To, Cc and Bcc of a message of ours, in lower case."""
    header = _read_header(octets)
    lines = [str(value) for name in _RECIPIENT_HEADERS for value in header.get_all(name, [])]
    return frozenset(address.lower() for _, address in getaddresses(lines) if address)


def join_ids(*ids: str) -> tuple[str, ...]:
    """Return the ids that are there, each once, in order."""
    return tuple(dict.fromkeys(found for found in ids if found))


def as_crlf(octets: bytes) -> bytes:
    """Return the octets with CRLF at the end of each line (RFC 5321 section 2.3.8).

    A bare CR or LF must not reach a server: some would see the end of the mail in it.
    """
    return _LINE_END.sub(b"\r\n", octets)


def _read_header(octets: bytes) -> Message:
    try:
        return BytesHeaderParser().parsebytes(octets)
    except (MessageError, ValueError):
        return Message()
