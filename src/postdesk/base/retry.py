"""How long to wait before trying again."""

import random
from datetime import timedelta

_FIRST_SECONDS = 15.0
_CEILING_SECONDS = 15 * 60.0


def backoff(attempts: int, *, retry_after: float | None = None) -> timedelta:
    """Return the wait before attempt ``attempts + 1``.

    The server's own ``retry_after`` (seconds) is obeyed to the letter; otherwise 15 s, doubled at
    each attempt up to 15 minutes, with a fifth of jitter so that accounts do not march in step.
    """
    if retry_after is not None:
        return timedelta(seconds=max(0.0, retry_after))
    seconds = min(_CEILING_SECONDS, _FIRST_SECONDS * 2 ** min(attempts, 10))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  jitter, no secret
