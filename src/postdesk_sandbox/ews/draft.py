"""A message under change.

What Exchange holds as properties, the sandbox holds in header fields and beside the octets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time
from email.header import Header
from typing import TYPE_CHECKING

from postdesk_sandbox.mime import change_headers

if TYPE_CHECKING:
    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage


@dataclass(slots=True, kw_only=True)
class Draft:
    """A message under change; `apply_to` puts what came of it into the mailbox's message."""

    operation: Operation
    mime: bytes
    is_new: bool
    is_draft: bool = True
    is_read: bool = True
    received_at: datetime | None = None
    categories: tuple[str, ...] = ()
    extended: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, operation: Operation, message: StoredMessage) -> Draft:
        """Return a draft with the present state of a message."""
        return cls(
            operation=operation,
            mime=message.mime,
            is_new=False,
            is_draft=message.is_draft,
            is_read=message.is_read,
            categories=message.categories,
            extended=dict(message.extended),
        )

    def apply_to(self, message: StoredMessage) -> None:
        """Take over everything but the octets, which the mailbox has to replace itself."""
        message.is_read = self.is_read
        message.categories = self.categories
        message.extended = self.extended

    def set_header(self, name: str, value: str | None) -> None:
        """Replace a header field, or take it out."""
        add = {} if value is None else {name: encode_words(value)}
        self.mime = change_headers(self.mime, drop={name.lower()}.__contains__, add=add)


def encode_words(text: str) -> str:
    """Return a text as it may stand in a header: one line, RFC 2047 where it is not ASCII."""
    line = " ".join(text.split())
    return line if line.isascii() else Header(line, "utf-8").encode(linesep="\r\n")
