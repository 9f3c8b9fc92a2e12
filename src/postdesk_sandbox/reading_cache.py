"""Readings of messages used lately, so that a list and its pages parse each one once."""

from __future__ import annotations

import threading
from collections import OrderedDict

from postdesk_sandbox.mime import Reading, read_message

# By octets and not by number: one message may have 150 MB, and its reading as much again.
KEPT_BYTES = 8 * 1024 * 1024

_lock = threading.Lock()
_readings: OrderedDict[bytes, Reading] = OrderedDict()
_size_bytes = 0


def read_cached(mime: bytes) -> Reading:
    """Return the reading of these octets; it depends on nothing else."""
    with _lock:
        reading = _readings.get(mime)
        if reading is not None:
            _readings.move_to_end(mime)
            return reading
    reading = read_message(mime)
    _keep(mime, reading)
    return reading


def _keep(mime: bytes, reading: Reading) -> None:
    global _size_bytes  # noqa: PLW0603 -- one cache a process, as octets mean the same in all
    with _lock:
        if mime not in _readings:
            _readings[mime] = reading
            _size_bytes += len(mime)
        while _size_bytes > KEPT_BYTES and len(_readings) > 1:
            oldest, _ = _readings.popitem(last=False)
            _size_bytes -= len(oldest)
