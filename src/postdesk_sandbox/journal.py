"""What was asked of the tenant: the last calls, and everything it could not do."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postdesk_sandbox.clock import to_iso

if TYPE_CHECKING:
    from datetime import datetime

KEPT_ENTRIES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One call as it was answered."""

    at: datetime
    method: str
    path: str
    operation: str
    client: str
    status: int

    def as_json(self) -> dict[str, object]:
        """Return the entry as the control call shows it."""
        return {
            "at": to_iso(self.at),
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "client": self.client,
            "status": self.status,
        }


@dataclass(slots=True)
class Journal:
    """The last calls and the counted list of what is not implemented."""

    entries: deque[JournalEntry] = field(default_factory=lambda: deque(maxlen=KEPT_ENTRIES))
    unimplemented: dict[str, int] = field(default_factory=dict)

    def record(self, entry: JournalEntry) -> None:
        """Keep a call; the oldest falls out beyond the last 2,000."""
        self.entries.append(entry)

    def miss(self, feature: str) -> None:
        """Count a request for something that the sandbox does not do."""
        name = feature[:300]
        if name in self.unimplemented or len(self.unimplemented) < KEPT_ENTRIES:
            self.unimplemented[name] = self.unimplemented.get(name, 0) + 1
