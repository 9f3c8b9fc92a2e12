"""The table of foreign clients in the documentation, made from what a run wrote down.

``CONFORMANCE_REPORT=FILE`` lets the suite write one JSON line for each client and way of sign-in;
``python -m tests.conformance.table FILE docs/developer/conformance.md`` makes the page of it.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HEAD = """# Conformance

Clients that nobody here wrote, run against the sandbox unchanged. This page is written by
`make conformance`; do not edit it by hand. Last run: {day}.

| Client | Version | How | Steps | Passed | Seconds |
|---|---|---|---|---|---|
"""


def render(lines: list[dict[str, Any]], *, day: str) -> str:
    """Return the page: a row for each client and way of sign-in, then every step by name."""
    rows, details = [], []
    for line in sorted(lines, key=lambda one: (one["client"].lower(), one["how"])):
        steps = line["steps"]
        passed = sum(step["result"] == "passed" for step in steps)
        seconds = sum(step["seconds"] for step in steps)
        rows.append(
            f"| {line['client']} | {line['version']} | {line['how']} | {len(steps)} | {passed} "
            f"| {seconds:.1f} |"
        )
        names = "\n".join(f"- {step['step']}: {step['result']}" for step in steps)
        details.append(f"## {line['client']}, {line['how']}\n\n{names}\n")
    return HEAD.format(day=day) + "\n".join(rows) + "\n\n" + "\n".join(details)


def main(report: str, page: str) -> None:
    """Read the report and write the page."""
    lines = [json.loads(line) for line in Path(report).read_text(encoding="utf-8").splitlines()]
    text = render(lines, day=f"{datetime.now(UTC):%Y-%m-%d}")
    Path(page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
