"""Reading stored octets for display, and changing header lines without touching the rest.

Every octet may be hostile: reading never raises, it gives empty values instead.
"""

from __future__ import annotations

import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD = re.compile(rb"([!-9;-~]+):")
_POLICY = email.policy.compat32
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """A name and an address out of a header."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One attachment, decoded."""

    name: str
    content_type: str
    content: bytes
    content_id: str
    is_inline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a message says, as far as it can be read."""

    headers: tuple[tuple[str, str], ...]
    subject: str
    message_id: str
    in_reply_to: str
    references: str
    sent_at: datetime | None
    sender: tuple[Mailer, ...]
    to: tuple[Mailer, ...]
    cc: tuple[Mailer, ...]
    bcc: tuple[Mailer, ...]
    reply_to: tuple[Mailer, ...]
    text: str
    html: str
    parts: tuple[Part, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses of To, Cc and Bcc, lower case, each once."""
        everybody = (*self.to, *self.cc, *self.bcc)
        return tuple(dict.fromkeys(one.address.lower() for one in everybody))


def read_message(mime: bytes) -> Reading:
    """Read a whole message; whatever cannot be read stays empty."""
    message: Message = _attempt(lambda: message_from_bytes(mime, policy=_POLICY), Message())
    nothing: tuple[str, str, list[Part]] = ("", "", [])
    text, html, parts = _attempt(lambda: _read_body(message), nothing)
    return Reading(
        headers=tuple((name, _unfold(value)) for name, value in message.items()),
        subject=_decoded(message, "Subject"),
        message_id=_decoded(message, "Message-ID"),
        in_reply_to=_decoded(message, "In-Reply-To"),
        references=_decoded(message, "References"),
        sent_at=_moment(_decoded(message, "Date")),
        sender=_mailers(message, "From"),
        to=_mailers(message, "To"),
        cc=_mailers(message, "Cc"),
        bcc=_mailers(message, "Bcc"),
        reply_to=_mailers(message, "Reply-To"),
        text=text,
        html=html,
        parts=tuple(parts),
    )


def split_header_block(mime: bytes) -> tuple[list[bytes], bytes]:
    """Return the header fields (folded lines kept together) and all that follows them."""
    fields: list[bytes] = []
    position = 0
    while position < len(mime):
        end = mime.find(b"\n", position) + 1 or len(mime)
        line = mime[position:end]
        if not line.strip(b"\r\n"):
            break
        if line[:1] in b" \t" and fields:
            fields[-1] += line
        else:
            fields.append(line)
        position = end
    return fields, mime[position:]


def change_headers(mime: bytes, *, drop: Callable[[str], bool], add: dict[str, str]) -> bytes:
    """Leave out the fields for which `drop` is true and put new ones on top."""
    fields, rest = split_header_block(mime)
    kept = [one for one in fields if not (name := field_name(one)) or not drop(name)]
    new = [f"{name}: {value}\r\n".encode() for name, value in add.items()]
    return b"".join((*new, *kept)) + (rest or b"\r\n")


def field_name(field: bytes) -> str:
    """Return the lower-case name of a header field, empty when it has none."""
    found = _FIELD.match(field)
    return found.group(1).decode("ascii").lower() if found else ""


def _attempt(read: Callable[[], Found], otherwise: Found) -> Found:
    """Return what was read, or the substitute when the standard library gives up."""
    try:
        return read()
    except Exception:  # noqa: BLE001 -- hostile octets lead it into errors of any kind
        return otherwise


def _unfold(value: object) -> str:
    return _clean(str(value).replace("\r", "").replace("\n", ""))


def _clean(text: str) -> str:
    """Replace lone surrogates, which raw octets and odd charsets leave and UTF-8 refuses."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _word(raw: str) -> str:
    return _attempt(lambda: _clean(str(make_header(decode_header(raw)))), raw)


def _decoded(message: Message, name: str) -> str:
    return _word(_unfold(message.get(name, ""))).strip()


def _moment(text: str) -> datetime | None:
    """Read a date; one that UTC cannot express is no date."""
    return _attempt(lambda: parsedate_to_datetime(text).astimezone(UTC), None)


def _mailers(message: Message, name: str) -> tuple[Mailer, ...]:
    raw = [_unfold(value) for value in message.get_all(name, [])]
    pairs: list[tuple[str, str]] = _attempt(lambda: getaddresses(raw), [])
    return tuple(Mailer(name=_word(label), address=addr) for label, addr in pairs if addr)


def _read_body(message: Message) -> tuple[str, str, list[Part]]:
    text, html, parts = "", "", []
    for leaf in leaves_of(message):
        kind = leaf.get_content_type()
        if leaf.get_content_disposition() != "attachment" and not _file_name(leaf):
            if kind == "text/plain" and not text:
                text = text_of(leaf)
                continue
            if kind == "text/html" and not html:
                html = text_of(leaf)
                continue
        parts.append(_part(leaf))
    return text, html, parts


def leaves_of(message: Message) -> list[Message]:
    """Return the parts that carry content; an enclosed message counts as one part."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        return [message]
    return [leaf for part in message.get_payload() for leaf in leaves_of(part)]  # type: ignore[arg-type]


def _octets(leaf: Message) -> bytes:
    if leaf.is_multipart():
        inner = leaf.get_payload(0)
        return inner.as_bytes() if not isinstance(inner, str) else inner.encode()
    payload = leaf.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def text_of(leaf: Message) -> str:
    """Return the text of a part; an unknown character set is read as UTF-8."""
    octets = _attempt(lambda: _octets(leaf), b"")
    charset = _attempt(leaf.get_content_charset, None) or "utf-8"
    plain = octets.decode("utf-8", "replace")
    return _attempt(lambda: _clean(octets.decode(charset, "replace")), plain)


def _file_name(leaf: Message) -> str:
    return _word(_unfold(_attempt(leaf.get_filename, None) or ""))


def _part(leaf: Message) -> Part:
    content_id = _unfold(leaf.get("Content-ID", "")).strip().strip("<>")
    kind = _clean(leaf.get_content_type())
    return Part(
        name=_file_name(leaf) or kind.replace("/", "."),
        content_type=kind,
        content=_attempt(lambda: _octets(leaf), b""),
        content_id=content_id,
        is_inline=leaf.get_content_disposition() == "inline" or bool(content_id),
    )
