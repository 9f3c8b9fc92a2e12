"""On SQLite there is one worker process; a lock file makes sure of it."""

import fcntl
from pathlib import Path
from typing import IO


class AnotherWorkerRuns(Exception):
    """Another worker holds the data directory; SQLite allows one."""


def take_lock(data_dir: Path) -> IO[str]:
    """Return the open lock file; the lock lasts as long as it stays open, even through kill -9."""
    file = (data_dir / "worker.lock").open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise AnotherWorkerRuns(
            f"Another worker works on {data_dir}. SQLite allows one; use PostgreSQL for more."
        ) from error
    return file
