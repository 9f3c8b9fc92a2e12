"""What Exchange knows of a message, told from its octets and its state in the mailbox."""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING

from postdesk_sandbox.mime import Mailer, split_header_block

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.mailboxes import StoredMessage

_PREFIX = re.compile(r"^\s*(?:re|fw|fwd|aw|wg|sv|vs)\s*:\s*", re.IGNORECASE)
_IMPORTANCE = {"high": "High", "low": "Low", "1": "High", "2": "High", "4": "Low", "5": "Low"}
_SENSITIVITY = {
    "personal": "Personal",
    "private": "Private",
    "company-confidential": "Confidential",
}
_PREVIEW = 255
# PidTagMessageFlags, MS-OXCMSG 2.2.1.6
READ, UNMODIFIED, UNSENT, HAS_ATTACHMENTS = 0x1, 0x2, 0x8, 0x10
_REPORTS = {
    "delivery-status": "REPORT.IPM.Note.NDR",
    "disposition-notification": "REPORT.IPM.Note.IPNRN",
}


def header(message: StoredMessage, name: str) -> str:
    """Return the first header of a name, empty when there is none."""
    wanted = name.lower()
    found = (value for key, value in message.reading.headers if key.lower() == wanted)
    return next(found, "").strip()


def item_class(message: StoredMessage) -> str:
    """Return the message class, told by Content-Type unless a client has set it."""
    if "String 0x001a" in message.extended:
        return message.extended["String 0x001a"][0]
    kind = header(message, "Content-Type").lower()
    if kind.startswith("multipart/report"):
        return next((name for word, name in _REPORTS.items() if word in kind), "IPM.Note")
    if kind.startswith("multipart/signed"):
        return "IPM.Note.SMIME.MultipartSigned"
    if "pkcs7-mime" in kind:
        return "IPM.Note.SMIME"
    return "IPM.Note"


def importance(message: StoredMessage) -> str:
    """Return Low, Normal or High."""
    word = header(message, "Importance") or header(message, "X-Priority")[:1]
    return _IMPORTANCE.get(word.lower(), "Normal")


def sensitivity(message: StoredMessage) -> str:
    """Return Normal, Personal, Private or Confidential."""
    return _SENSITIVITY.get(header(message, "Sensitivity").lower(), "Normal")


def topic(message: StoredMessage) -> str:
    """Return the subject without the marks of replies and forwards."""
    subject = message.reading.subject
    while (bare := _PREFIX.sub("", subject)) != subject:
        subject = bare
    return subject


def display_names(people: tuple[Mailer, ...]) -> str:
    """Return the names of recipients as one line."""
    return "; ".join(one.name or one.address for one in people)


def flags(message: StoredMessage) -> int:
    """Return PidTagMessageFlags."""
    attached = HAS_ATTACHMENTS if has_attachments(message) else 0
    read = READ if message.is_read else 0
    return read | attached | (UNSENT if message.is_draft else 0)


def has_attachments(message: StoredMessage) -> bool:
    """Say whether something hangs on the message that is not shown inside its text."""
    return any(not part.is_inline for part in message.reading.parts)


def sent_at(message: StoredMessage) -> datetime:
    """Return the Date of the message, else when it came."""
    return message.reading.sent_at or message.received_at


def preview(message: StoredMessage) -> str:
    """Return the beginning of the text."""
    return " ".join(text_body(message).split())[:_PREVIEW]


def text_body(message: StoredMessage) -> str:
    """Return the plain text, made from HTML when there is only that."""
    reading = message.reading
    if reading.text or not reading.html:
        return reading.text
    bare = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>", "", reading.html)
    return html.unescape(bare).strip()


def html_body(message: StoredMessage) -> str:
    """Return the HTML, made from text when there is only that."""
    reading = message.reading
    if reading.html:
        return reading.html
    lines = html.escape(reading.text).replace("\r\n", "\n").replace("\n", "<br>\r\n")
    return f"<html><body><div>{lines}</div></body></html>"


def transport_headers(message: StoredMessage) -> str:
    """Return the header block as it came."""
    fields, _ = split_header_block(message.mime)
    return b"".join(fields).decode("utf-8", "replace")


def conversation_index(message: StoredMessage) -> str:
    """Return Thread-Index, or one in its shape: a mark, the time and the thread's GUID."""
    if given := header(message, "Thread-Index"):
        return given if _is_base64(given) else ""
    stamp = int(sent_at(message).timestamp()).to_bytes(8, "big", signed=True)[-5:]
    thread = base64.urlsafe_b64decode(message.conversation_id[8:] + "=")[:16]
    return base64.b64encode(b"\x01" + stamp + thread).decode()


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return False
    return True
