"""Throttling as Exchange does it: per application and mailbox."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
UPLOAD_WINDOW = timedelta(minutes=5)


@dataclass(slots=True, kw_only=True)
class Limits:
    """The numbers of throttling-outlook.md, each changeable by a control call."""

    enabled: bool = True
    concurrent: int = 4
    requests_per_10_minutes: int = 10_000
    upload_bytes_per_5_minutes: int = 150 * 1024 * 1024
    retry_after_seconds: int = 5
    # EWSMaxConcurrency and HangingConnectionLimit of ews-throttling-in-exchange.md.
    ews_concurrent: int = 27
    ews_streams: int = 10


@dataclass(slots=True)
class Traffic:
    """Who is asking right now, and how often lately. Has a lock of its own."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: dict[str, int] = field(default_factory=dict)
    _recent: dict[str, deque[datetime]] = field(default_factory=dict)
    _uploads: dict[str, deque[tuple[datetime, int]]] = field(default_factory=dict)

    def enter(self, key: str, *, limits: Limits, now: datetime, size_bytes: int = 0) -> str:
        """Count a request in; returns the name of the limit that it breaks, or empty."""
        with self._lock:
            recent = self._recent.setdefault(key, deque())
            while recent and now - recent[0] > WINDOW:
                recent.popleft()
            running = self._running.get(key, 0)
            if limits.enabled and running >= limits.concurrent:
                return "MailboxConcurrency"
            if limits.enabled and len(recent) >= limits.requests_per_10_minutes:
                return "RequestsPerTenMinutes"
            if self._is_over_uploads(key, limits=limits, now=now, size_bytes=size_bytes):
                return "UploadBytesPerFiveMinutes"
            recent.append(now)
            self._running[key] = running + 1
            return ""

    def leave(self, key: str) -> None:
        """Count a request out that was let in."""
        with self._lock:
            self._running[key] -= 1

    def _is_over_uploads(self, key: str, *, limits: Limits, now: datetime, size_bytes: int) -> bool:
        """Count octets in unless they are too many; a request without a body never is."""
        if not size_bytes:
            return False
        uploads = self._uploads.setdefault(key, deque())
        while uploads and now - uploads[0][0] > UPLOAD_WINDOW:
            uploads.popleft()
        total = size_bytes + sum(size for _, size in uploads)
        if limits.enabled and total > limits.upload_bytes_per_5_minutes:
            return True
        uploads.append((now, size_bytes))
        return False
