"""What the desk needs to know of a mail to make an entry of it: plain data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Somebody named in a mail; ``address`` is lower-case."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFile:
    """A file of a mail; its content stays in the raw message at ``position``."""

    position: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    content_id: str
    is_inline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMail:
    """A client's mail, read. ``text`` is the whole, ``fresh_text`` without the quoted past.

    ``is_automatic`` says that a machine wrote it. ``no_answer_because`` is the reason why no
    automatic mail may answer it, or "".
    """

    author: Correspondent
    to: tuple[Correspondent, ...]
    cc: tuple[Correspondent, ...]
    subject: str
    text: str
    fresh_text: str
    html: str
    message_id: str
    references: tuple[str, ...]
    files: tuple[IncomingFile, ...]
    spooled_number: int
    is_automatic: bool
    no_answer_because: str
    at: datetime
