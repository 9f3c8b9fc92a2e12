"""How many requests somebody has under way at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Concurrency:
    """Counts by key. Has a lock of its own, since waiting for the state counts too."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: Counter[str] = field(default_factory=Counter)

    def enter(self, key: str, *, limit: int | None) -> bool:
        """Count one in; False when the limit is reached already. None is no limit."""
        with self._lock:
            if limit is not None and self._running[key] >= limit:
                return False
            self._running[key] += 1
            return True

    def leave(self, key: str) -> None:
        """Count one out that was let in."""
        with self._lock:
            self._running[key] -= 1
            if self._running[key] <= 0:
                del self._running[key]
