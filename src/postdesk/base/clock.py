"""The one source of the present moment.

Below the worker, web and cli time is a parameter (``now=``); those three ask here. With a pretend
tenant the clock follows the tenant's virtual clock, so that ninety days can pass in a second.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_shift = timedelta(0)


def now() -> datetime:
    """Return the present moment, aware and in UTC, shifted when a pretend tenant says so."""
    return datetime.now(UTC) + _shift


def shift_to(moment: datetime) -> None:
    """Make ``now()`` continue from ``moment`` (aware)."""
    global _shift  # noqa: PLW0603  one clock in one process is the point
    _shift = moment - datetime.now(UTC)


def reset() -> None:
    """Go back to the machine's own clock."""
    global _shift  # noqa: PLW0603
    _shift = timedelta(0)


def follow(read_moment: Callable[[], datetime | None], *, every_seconds: float = 0.5) -> None:
    """Keep the clock at what ``read_moment`` says, from a daemon thread, until the process ends.

    ``read_moment`` returns None when nobody answers; the clock then simply runs on.
    """
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(every_seconds):
            moment = read_moment()
            if moment is not None:
                shift_to(moment)

    threading.Thread(target=loop, name="clock-follower", daemon=True).start()
