"""``make bench``: measure ingest, reading and pages, each beside its floor, and print a table."""

import os
import platform
import signal
import sys
import time
from contextlib import ExitStack

from tests.postgresql import NoPostgreSql, postgresql_server

from bench.corpus import NoCorpus, find_messages
from bench.cost import fsync_milliseconds
from bench.databases import Server, describe_server
from bench.plan import Plan, PlanRefused, prepared_corpus, read_plan
from bench.process import MeasurementFailed
from bench.suites import SUITES
from bench.table import Row, append_lines, print_table


def main(names: list[str]) -> int:
    """Run the suites of these names, or all; returns the exit status."""
    unknown = set(names) - set(SUITES)
    if unknown:
        return _complain(
            f"There is no suite {', '.join(unknown)}; choose from {', '.join(SUITES)}."
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and folders go too
    try:
        _run(names or list(SUITES), read_plan())
    except (PlanRefused, NoCorpus, MeasurementFailed) as problem:
        return _complain(str(problem))
    return 0


def _run(names: list[str], plan: Plan) -> None:
    facts = machine_facts()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    with ExitStack() as stack:
        corpus = stack.enter_context(prepared_corpus(plan))
        find_messages(corpus)  # a wrong folder is told before anything is measured
        server = _start_server(stack)
        for name in names:
            suite = SUITES[name]
            print(f"\n{suite.title}", flush=True)
            rows = suite.run(plan, corpus, server)
            print_table(rows)
            if plan.results is not None:
                kept: list[Row] = [{"suite": name, **row, **facts} for row in rows]
                append_lines(plan.results, kept)


def _start_server(stack: ExitStack) -> Server | None:
    try:
        return describe_server(stack.enter_context(postgresql_server()))
    except NoPostgreSql as problem:
        print(f"PostgreSQL is left out: {problem}", flush=True)
        return None


def machine_facts() -> Row:
    """Return what a reader must know of the machine to judge the figures."""
    return {
        "at": time.strftime("%Y-%m-%d %H:%M"),
        "python": platform.python_version(),
        "cores": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 1),
        "fsync_ms": round(fsync_milliseconds(), 2),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _complain(sentence: str) -> int:
    print(f"bench: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
