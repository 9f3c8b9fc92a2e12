"""``make test``: everything on SQLite, then what touches tables once more on PostgreSQL.

``--strict`` fails on any skip. Further arguments go to pytest and, when they name tests, end the
run after SQLite unless ``--postgresql`` is among them.
"""

import os
import re
import subprocess
import sys
import time

from tests.postgresql import NoPostgreSql, postgresql_server

PROCESSES = str(min(4, os.cpu_count() or 2))
SUMMARY = re.compile(r"(\d+) (passed|failed|skipped|error|errors|xfailed|xpassed)\b")


def main(arguments: list[str]) -> int:
    """Run the suite and print one closing line; returns the exit status."""
    is_strict = "--strict" in arguments
    chosen = [argument for argument in arguments if argument != "--strict"]
    if is_strict:
        os.environ["POSTDESK_TEST_STRICT"] = "1"
    started = time.monotonic()
    totals: dict[str, int] = {}
    print(f"1 of 2: the whole suite on SQLite, {PROCESSES} processes", flush=True)
    status = _pytest(["-n", PROCESSES, *chosen], totals)
    if status == 0 and not chosen:
        status = _on_postgresql(totals, is_strict=is_strict)
    _print_closing(totals, status, time.monotonic() - started)
    return status


def _on_postgresql(totals: dict[str, int], *, is_strict: bool) -> int:
    try:
        with postgresql_server() as url:
            print("2 of 2: what touches tables, on PostgreSQL", flush=True)
            os.environ["POSTDESK_TEST_DATABASE_URL"] = url
            return _pytest(["-n", PROCESSES, "-m", "tables and not browser"], totals)
    except NoPostgreSql as problem:
        print(f"2 of 2: PostgreSQL SKIPPED: {problem}", flush=True)
        return 1 if is_strict else 0


def _pytest(arguments: list[str], totals: dict[str, int]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "--durations=8", *arguments]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    for number, kind in SUMMARY.findall(lines[-1] if lines else ""):
        totals[kind] = totals.get(kind, 0) + int(number)
    return process.returncode


def _print_closing(totals: dict[str, int], status: int, seconds: float) -> None:
    failed = totals.get("failed", 0) + totals.get("error", 0) + totals.get("errors", 0)
    print(f"The suite took {seconds:.0f} s; exit status {status}.")
    print(
        f"{totals.get('passed', 0)} passed, {failed} failed, {totals.get('skipped', 0)} skipped",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
