"""How fast messages are read, beside the standard library's quickest reading of the same octets."""

import time
from collections.abc import Callable
from pathlib import Path

from bench.corpus import find_messages
from bench.floor import read_roughly
from bench.table import Row
from postdesk.base.errors import ThisMessage
from postdesk.message.parse import parse_message


def measure(corpus: str) -> list[Row]:
    """Read each message of ``corpus`` both ways, one after the other, so that noise hits both."""
    desk_seconds = floor_seconds = 0.0
    messages = find_messages(Path(corpus))
    size_bytes = 0
    for path in messages:
        octets = path.read_bytes()
        size_bytes += len(octets)
        floor_seconds += _cpu_seconds(read_roughly, octets)
        desk_seconds += _cpu_seconds(_read, octets)
    return [
        {
            "messages": len(messages),
            "mib": size_bytes / 2**20,
            "cpu_seconds": desk_seconds,
            "floor_cpu_seconds": floor_seconds,
        }
    ]


def _read(octets: bytes) -> None:
    try:
        parse_message(octets)
    except ThisMessage:
        return  # beyond the limits: a person decides, which is an answer too


def _cpu_seconds(read: Callable[[bytes], object], octets: bytes) -> float:
    started = time.process_time()
    read(octets)
    return time.process_time() - started
