"""Asking a pretend tenant for its time."""

from datetime import datetime

from postdesk.base.errors import CarriesDecision
from postdesk.drivers.session import open_session


def read_sandbox_clock(base_url: str) -> datetime | None:
    """Return the pretend tenant's time, or None when it does not answer."""
    try:
        session = open_session()
        try:
            answer = session.get(f"{base_url}/_sandbox/clock").read_object()
        finally:
            session.close()
        return datetime.fromisoformat(str(answer["now"]))
    except (CarriesDecision, KeyError, ValueError):
        return None
