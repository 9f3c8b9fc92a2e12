"""Who listens to the folders of a mailbox by way of Exchange Web Services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 -- used by a dataclass at run time


@dataclass(slots=True, kw_only=True)
class Listener:
    """One subscription; `position` is the place of the change log told so far.

    It ends when nobody has used it for `life`. No folders at all means every folder.
    """

    id: str
    person: str
    mailbox: str
    folder_ids: frozenset[str]
    event_types: frozenset[str]
    is_streaming: bool
    life: timedelta
    used_at: datetime
    position: int
    generation: int

    def hears(self, folder_id: str) -> bool:
        """Say whether a folder is listened to."""
        return not self.folder_ids or folder_id in self.folder_ids
