"""Who wants to be told about changes of a mailbox, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time


@dataclass(slots=True, kw_only=True)
class Subscription:
    """One order for change notifications.

    `folder_id` is empty for all folders; `position` is the place in the mailbox's change
    log up to which was told. While `paused`, nothing is told until it is authorised again.
    """

    id: str
    client_id: str
    creator_id: str
    resource: str
    mailbox: str
    folder_id: str
    change_types: tuple[str, ...]
    notification_url: str
    lifecycle_url: str
    client_state: str | None
    tls_version: str
    immutable_ids: bool
    expires_at: datetime
    position: int = 0
    paused: bool = False
