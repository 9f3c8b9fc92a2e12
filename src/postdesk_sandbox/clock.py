"""The tenant's own clock: starts at the real time, runs on, and can be moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Real time plus an offset that control calls change."""

    def __init__(self, *, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the present moment of the tenant, aware and in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the clock by a length of time, which may be negative."""
        self.offset += by

    def move_to(self, moment: datetime) -> None:
        """Set the clock to a moment; it runs on from there."""
        self.offset = moment - datetime.now(UTC)


def to_iso(moment: datetime) -> str:
    """Return `2026-11-23T14:00:00Z`, the form that Graph uses."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(text: str) -> datetime:
    """Read an ISO 8601 moment; without an offset it means UTC.

    Raises ValueError when the text is no moment.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
