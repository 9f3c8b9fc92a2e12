"""The Date header, as RFC 5322 has it and as programs write it."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_LONGEST = 120  # characters; a date with comments is shorter


def read_date(value: str) -> datetime | None:
    """Return the moment in UTC, or None when ``value`` is no date.

    A date without a zone, or with an unknown one, is read as UTC (RFC 5322 section 4.3).
    """
    text = value.strip()[:_LONGEST]
    try:
        return _read_mail_date(text) or _read_iso_date(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _read_mail_date(text: str) -> datetime | None:
    fields = parsedate_tz(text)
    if fields is None:
        return None
    try:
        zone = timezone(timedelta(seconds=fields[9] or 0))
        return datetime(*fields[:5], min(fields[5], 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_iso_date(text: str) -> datetime | None:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)
