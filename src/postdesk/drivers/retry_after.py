"""Reads ``Retry-After`` (RFC 9110 section 10.2.3): seconds, or a date."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_WAIT_SECONDS = 3600.0  # a server that says more is asked again after an hour


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the wait in seconds, at most an hour, or None when the server named none.

    ``headers`` answers in lower case. A date is measured against the answer's own ``Date``, so
    that a wrong clock on either side does not matter.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT_SECONDS)
    until, since = _read_date(value), _read_date(headers.get("date", ""))
    if until is None or since is None:
        return None
    return min(max(0.0, (until - since).total_seconds()), _LONGEST_WAIT_SECONDS)


def _read_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
