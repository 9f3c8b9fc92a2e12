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
    # What Microsoft's schema does not allow, where one was given to check by.
    schema_breaks: dict[str, int] = field(default_factory=dict)

    def record(self, entry: JournalEntry) -> None:
        """Keep a call; the oldest falls out beyond the last 2,000."""
        self.entries.append(entry)

    def miss(self, feature: str) -> None:
        """Count a request for something that the sandbox does not do."""
        _count(self.unimplemented, feature)

    def break_schema(self, violation: str) -> None:
        """Count an envelope that the given schema does not allow."""
        _count(self.schema_breaks, violation)


def _count(counts: dict[str, int], text: str) -> None:
    name = text[:300]
    if name in counts or len(counts) < KEPT_ENTRIES:
        counts[name] = counts.get(name, 0) + 1
