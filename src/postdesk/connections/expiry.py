"""What of a connection ends, and when: secret, certificate, and a sign-in that nobody renews."""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from postdesk.connections.models import Connection

# How many days before an end somebody is told; the last one is the day itself.
WARN_DAYS = (60, 30, 14, 7, 3, 1)
IDLE_LIFE = timedelta(days=90)  # Entra: a refresh token that nobody uses (microsoft.md 1.8)
GOOGLE_IDLE_LIFE = timedelta(days=182)  # Google: six months without use
# A renewal happens daily, so an idle sign-in is worth a word only when renewing fails for long.
IDLE_WORTH_TELLING = timedelta(days=30)


class Ending(enum.StrEnum):
    """What ends."""

    SECRET = "secret"  # noqa: S105  what it is, not one
    CERTIFICATE = "certificate"
    SIGN_IN = "sign_in"


_NAMES = {
    Ending.SECRET: "The client secret",
    Ending.CERTIFICATE: "The certificate",
    Ending.SIGN_IN: "The sign-in, which could not be renewed,",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """One end. ``days_left`` counts whole days, and is negative when it is past."""

    kind: Ending
    ends_at: datetime
    days_left: int

    @property
    def is_past(self) -> bool:
        """Say whether it has ended."""
        return self.days_left < 0

    @property
    def is_soon(self) -> bool:
        """Say whether it ends within the time of warnings."""
        return self.days_left <= max(WARN_DAYS)

    @property
    def sentence(self) -> str:
        """What ends when, for people."""
        if self.is_past:
            return f"{_NAMES[self.kind]} ended on {self.ends_at:%-d %B %Y}."
        days = "today" if self.days_left == 0 else f"in {_days(self.days_left)}"
        return f"{_NAMES[self.kind]} ends {days}, on {self.ends_at:%-d %B %Y}."

    @property
    def warning_day(self) -> int | None:
        """The tightest of WARN_DAYS that is reached, 0 when it has ended, None before the first."""
        if self.days_left <= 0:
            return 0
        return min((day for day in WARN_DAYS if self.days_left <= day), default=None)


def expiries(connection: Connection, *, now: datetime) -> list[Expiry]:
    """Return all that ends, soonest first."""
    found = [_secret(connection, now), _certificate(connection, now), _sign_in(connection, now)]
    return sorted((expiry for expiry in found if expiry), key=lambda expiry: expiry.ends_at)


def first_expiry(connection: Connection, *, now: datetime) -> Expiry | None:
    """Return what ends first, or None."""
    return next(iter(expiries(connection, now=now)), None)


def idle_end(connection: Connection) -> datetime | None:
    """Return when the sign-in dies if nobody renews it; None where none was made."""
    if not connection.refresh_token or connection.refreshed_at is None:
        return None
    is_google = connection.provider == Connection.Provider.GOOGLE
    return connection.refreshed_at + (GOOGLE_IDLE_LIFE if is_google else IDLE_LIFE)


def _secret(connection: Connection, now: datetime) -> Expiry | None:
    if connection.proof != Connection.Proof.SECRET or connection.secret_ends_on is None:
        return None
    if not connection.client_secret:
        return None
    ends_at = datetime.combine(connection.secret_ends_on, time.min, tzinfo=UTC)
    days = (connection.secret_ends_on - now.date()).days
    return Expiry(kind=Ending.SECRET, ends_at=ends_at, days_left=days)


def _certificate(connection: Connection, now: datetime) -> Expiry | None:
    if connection.proof != Connection.Proof.CERTIFICATE or connection.certificate_ends_at is None:
        return None
    ends_at = connection.certificate_ends_at
    return Expiry(
        kind=Ending.CERTIFICATE, ends_at=ends_at, days_left=(ends_at.date() - now.date()).days
    )


def _sign_in(connection: Connection, now: datetime) -> Expiry | None:
    ends_at = idle_end(connection)
    if ends_at is None or ends_at - now > IDLE_WORTH_TELLING:
        return None
    days = (ends_at.date() - now.date()).days
    return Expiry(kind=Ending.SIGN_IN, ends_at=ends_at, days_left=days)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
