"""What a piece of work cost: time, CPU and memory."""

import os
import re
import resource
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_STATUS, _FORGET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """``cpu_seconds`` and ``peak_mib`` are those of this process, a database server's are not."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


class Meter:
    """Starts when it is made."""

    def __init__(self) -> None:
        with suppress(OSError):  # Linux counts the peak anew from here; elsewhere it stays
            _FORGET_PEAK.write_text("5")
        self._started, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Cost:
        """Return what was spent since the start; the peak counts what was there before."""
        return Cost(
            seconds=time.perf_counter() - self._started,
            cpu_seconds=time.process_time() - self._cpu,
            peak_mib=_peak_mib(),
        )


def _peak_mib() -> float:
    """Return the largest resident size of this process, in MiB."""
    status = _STATUS.read_text() if _STATUS.exists() else ""
    peak_kib = re.search(r"^VmHWM:\s+(\d+)", status, re.MULTILINE)
    if peak_kib:  # on Linux ru_maxrss of a child begins with its parent's peak
        return int(peak_kib[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def fsync_milliseconds(times: int = 30) -> float:
    """Return what one durable write of 4 KiB costs where temporary files lie."""
    spent = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(times):
            started = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - started)
    return median(spent) * 1000
