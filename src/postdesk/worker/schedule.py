"""What runs how often. Lengths are in seconds; one reason a line."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the loop does what."""

    look_seconds: float = 0.5  # a reply leaves, and a spooled mail is delivered, within a second
    heartbeat_seconds: float = 10.0  # /readyz believes in the worker for two minutes
    renewal_seconds: float = 10.0  # sign-ins are looked for, not renewed: one small query
    alarm_seconds: float = 60.0  # "needs you" is told within a minute
    telling_seconds: float = 5.0  # one small query; a test would not wait longer


class Timer:
    """Says when something is due again by the clock that it is given."""

    def __init__(self, every_seconds: float) -> None:
        self._every = timedelta(seconds=every_seconds)
        self._next: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Say whether it is time; then the next time is one period later."""
        if self._next is not None and now < self._next:
            return False
        self._next = now + self._every
        return True
