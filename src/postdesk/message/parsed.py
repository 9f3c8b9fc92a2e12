"""The reading of one message: frozen data, nothing hidden, nothing of Django."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A mailbox as a header names it. ``email`` has a lower-case domain; "" if there is none."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is no body. ``name`` is safe as a file name and never empty."""

    name: str
    media_type: str
    content: bytes
    sha256: str
    content_id: str
    is_inline: bool

    @property
    def size_bytes(self) -> int:
        """Size of the decoded content."""
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncedRecipient:
    """One recipient of a delivery report (RFC 3464 section 2.3)."""

    address: str
    action: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery report. ``original_message_id`` has angle brackets, or is ""."""

    recipients: tuple[BouncedRecipient, ...]
    original_message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMessage:
    """Everything the desk needs to know of a message.

    Message-IDs keep their angle brackets. ``references`` is in header order, oldest first.
    ``date`` is aware UTC or None. ``text`` is the whole readable text, ``text_reply`` the same
    without quoted past, ``html`` the sanitised HTML body or "". ``headers`` holds every header,
    decoded, in order. ``return_path`` is "" for the null sender, None when the header is missing.
    ``problems`` says in words what could not be read.
    """

    sha256: str
    size_bytes: int
    subject: str
    from_: Address
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    message_id: str
    alias_message_ids: tuple[str, ...]
    in_reply_to: str
    references: tuple[str, ...]
    return_path: str | None
    text: str
    text_reply: str
    html: str
    attachments: tuple[Attachment, ...]
    bounce: Bounce | None
    headers: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]

    def header(self, name: str) -> str:
        """Return the first header of that name, decoded, or ""."""
        wanted = name.lower()
        # The rules ask some forty times a message: most names already differ in length.
        length = len(wanted)
        return next(
            (value for key, value in self.headers if len(key) == length and key.lower() == wanted),
            "",
        )
