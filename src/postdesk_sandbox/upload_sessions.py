"""Big attachments on their way, range by range."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time


@dataclass(slots=True, kw_only=True)
class UploadSession:
    """One attachment that arrives in ranges, for one draft.

    `token` alone opens it; `message` is the number of the draft in its mailbox.
    """

    id: str
    token: str
    client_id: str
    mailbox: str
    message: int
    name: str
    content_type: str
    content_id: str
    is_inline: bool
    size_bytes: int
    expires_at: datetime
    received: bytearray = field(default_factory=bytearray)
