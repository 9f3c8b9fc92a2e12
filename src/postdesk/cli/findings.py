"""What the doctor found, one thing at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``state`` is ok, warn or bad."""

    title: str
    what: str
    state: str = "ok"
    remedy: str = ""
