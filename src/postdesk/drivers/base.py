"""The contract of every driver: what an inbox and a way out can do.

Errors are those of ``postdesk.base.errors``; a driver translates everything foreign into them::

    NeedsPerson     401 after a fresh token, 403, 404 on the mailbox, refused credentials
    TryLater        429, 5xx, time-outs, lost lines before the point of no return
    ThisMessage     this one message cannot be fetched (404 is a ``None``, not an error) or sent
    OutcomeUnknown  the line was lost after the message may have been accepted

No driver knows a table; no driver sleeps; each call is at most a few requests.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMessage:
    """A message that the server showed. ``remote_id`` is stable for the life of the message."""

    remote_id: str
    received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of what is new. ``cursor`` continues after it; store it with the messages.

    ``more`` says that the next page is there already; ``reset`` that the server forgot the cursor
    and began anew, so that messages already known come again.
    """

    messages: Sequence[ListedMessage]
    cursor: str
    more: bool
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """The octets of one message as the server gave them."""

    remote_id: str
    octets: bytes
    received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxFacts:
    """What ``probe`` found: for people, and to recognise our own addresses."""

    folder_name: str
    message_count: int
    addresses: tuple[str, ...] = ()


class Settlement(enum.StrEnum):
    """What becomes of a message on the server once it is stored here."""

    KEEP = "keep"
    MARK_READ = "mark_read"
    MOVE = "move"
    DELETE = "delete"


class Inbox(Protocol):
    """A folder that messages are read from."""

    def probe(self) -> MailboxFacts:
        """Open the mailbox and say what is there; raises NeedsPerson or TryLater."""
        ...

    def list_new(self, cursor: str) -> Listing:
        """Return one page of messages that came after ``cursor`` ("" = from the beginning)."""
        ...

    def fetch(self, remote_id: str) -> RawMessage | None:
        """Return the octets, or None when the message is gone; raises ThisMessage if unreadable."""
        ...

    def settle(self, remote_id: str, settlement: Settlement, *, folder: str = "") -> None:
        """Keep, mark, move to ``folder`` (made when absent) or delete; gone is no error."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class FindsRecent(Protocol):
    """An inbox that can be asked for a message that came a moment ago, without listing it all."""

    def find_recent(self, token: str) -> str | None:
        """Return the remote id of one of the newest messages with ``token`` in its subject."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What to send: RFC 5322 octets, and the addresses that the envelope names.

    ``sender`` is "" for the null return path of automatic mail, where the way out can say so.
    """

    octets: bytes
    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A message made ready. ``remote_id`` names it on the server, or is "" where nothing is there.

    ``message_ids`` are all ids that the mail is known by, each with angle brackets.
    """

    remote_id: str
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The server accepted the message. ``refused`` maps recipients to what was said of them."""

    message_ids: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()


class Whereabouts(enum.StrEnum):
    """The answer to: what became of a message whose outcome is unknown."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    CANNOT_TELL = "cannot_tell"


class Outgoing(Protocol):
    """A way out for mail. Always ``prepare``, store what it says, then ``dispatch``."""

    def probe(self) -> str:
        """Sign in and say in a few words what answered; raises NeedsPerson or TryLater."""
        ...

    def prepare(self, envelope: Envelope) -> Prepared:
        """Make the message ready so that its ids are known before it leaves."""
        ...

    def dispatch(self, prepared: Prepared, envelope: Envelope) -> Receipt:
        """Send it; raises OutcomeUnknown when the line is lost after the point of no return."""
        ...

    def find(self, prepared: Prepared) -> Whereabouts:
        """Ask the server what became of a message that was prepared and perhaps dispatched."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
