"""The steps that a foreign client took, written down for the table in the documentation.

`CONFORMANCE_REPORT` names a file; each run adds one JSON line for each client and way of sign-in.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Steps:
    """What one client did, in order; a step that raises is written down as failed."""

    def __init__(self, client: str, version: str, how: str) -> None:
        self.client, self.version, self.how = client, version, how
        self.taken: list[dict[str, object]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        result = "failed"
        try:
            yield
            result = "passed"
        finally:
            took = round(time.monotonic() - begun, 3)
            self.taken.append({"step": name, "result": result, "seconds": took})

    def write(self) -> None:
        """Add the line, where a report is wanted."""
        target = os.environ.get("CONFORMANCE_REPORT")
        if not target:
            return
        line = {
            "client": self.client,
            "version": self.version,
            "how": self.how,
            "steps": self.taken,
        }
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
