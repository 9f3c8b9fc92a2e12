"""What is measured, in rounds: floor and desk take turns, and the middle round counts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.databases import SQLITE, Server
from bench.plan import Plan
from bench.process import measure_apart
from bench.table import Row, Value

Run = Callable[[Plan, Path, Server | None], list[Row]]
NOT_ASKED = "-"
OUTCOMES = ("opened", "appended", "recorded", "duplicate", "held", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """``run`` measures and returns rows that share their columns."""

    title: str
    run: Run


def run_reading(plan: Plan, corpus: Path, _server: Server | None) -> list[Row]:
    """Parsing alone, beside the standard library's quickest parsing."""
    figures = _middle([measure_apart("reading", str(corpus))[0] for _ in range(plan.rounds)])
    return [
        _reading_row("floor", figures, cost="floor_cpu_seconds"),
        _reading_row("desk", figures, cost="cpu_seconds"),
    ]


def _reading_row(name: str, figures: Row, *, cost: str) -> Row:
    seconds = _number(figures[cost])
    return {
        "reader": name,
        "messages": figures["messages"],
        "msg per CPU s": _number(figures["messages"]) / seconds,
        "MiB per CPU s": _number(figures["mib"]) / seconds,
        "CPU / floor": seconds / _number(figures["floor_cpu_seconds"]),
    }


def run_ingest(plan: Plan, corpus: Path, server: Server | None) -> list[Row]:
    """From raw octets to tickets, on each database and in a desk in use, beside the floor."""
    rounds = [_one_ingest_round(plan, str(corpus), server) for _ in range(plan.rounds)]
    middle = {name: _middle([figures[name] for figures in rounds]) for name in rounds[0]}
    return [_ingest_row(name, figures, middle["floor"]) for name, figures in middle.items()]


def _one_ingest_round(plan: Plan, corpus: str, server: Server | None) -> dict[str, Row]:
    [floor] = measure_apart("floor", corpus)
    [empty] = measure_apart("ingest", corpus)
    [in_use] = measure_apart("ingest", corpus, str(plan.tickets))
    figures = {"floor": floor, SQLITE: empty, f"{SQLITE}, {plan.tickets} tickets there": in_use}
    if server is not None:
        with server.empty_database() as url:
            [figures[server.name]] = measure_apart("ingest", corpus, database_url=url)
    return figures


def _ingest_row(name: str, figures: Row, floor: Row) -> Row:
    messages = _number(figures["messages"])
    seconds, cpu_seconds = _number(figures["seconds"]), _number(figures["cpu_seconds"])
    return {
        "on": name,
        "messages": figures["messages"],
        "msg/s": messages / seconds,
        "CPU s per 1000": 1000 * cpu_seconds / messages,
        "peak MiB": figures["peak_mib"],
        "time / floor": seconds / _number(floor["seconds"]),
        "CPU / floor": cpu_seconds / _number(floor["cpu_seconds"]),
        **{outcome: figures.get(outcome, NOT_ASKED) for outcome in OUTCOMES},
    }


def run_pages(plan: Plan, _corpus: Path, server: Server | None) -> list[Row]:
    """Pages of a desk with many tickets, beside a plain query of the same rows."""
    tickets = str(plan.tickets)
    rows = [_page_row(SQLITE, row) for row in measure_apart("pages", tickets)]
    if server is not None:
        with server.empty_database() as url:
            measured = measure_apart("pages", tickets, database_url=url)
        rows += [_page_row(server.name, row) for row in measured]
    return rows


def _page_row(name: str, figures: Row) -> Row:
    times = _number(figures["p50 ms"]) / _number(figures["floor ms"])
    return {"page": figures["page"], "on": name, **figures, "p50 / floor": times}


def _middle(rounds: list[Row]) -> Row:
    """Return the round in the middle by CPU time: a busy machine hits that least."""
    wanted = median([_number(row["cpu_seconds"]) for row in rounds])
    return min(rounds, key=lambda row: abs(_number(row["cpu_seconds"]) - wanted))


def _number(value: Value) -> float:
    return float(value)


SUITES = {
    "reading": Suite(title="Reading mail (parsing alone)", run=run_reading),
    "ingest": Suite(title="Ingest: raw octets to tickets and acknowledgements", run=run_ingest),
    "pages": Suite(title="Pages: server time for a signed-in Tech", run=run_pages),
}
