"""How much is measured, from the environment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import write_corpus


class PlanRefused(ValueError):
    """A ``BENCH_*`` variable cannot be used; the message says which and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run measures. ``corpus`` None makes our own mail; ``results`` None keeps nothing."""

    corpus: Path | None
    messages: int
    rounds: int
    tickets: int
    results: Path | None


def read_plan(variables: Mapping[str, str] = os.environ) -> Plan:
    """Return the plan; raises PlanRefused."""
    corpus, results = variables.get("BENCH_CORPUS"), variables.get("BENCH_RESULTS")
    return Plan(
        corpus=Path(corpus).absolute() if corpus else None,
        messages=_number(variables, "BENCH_MESSAGES", 1000),
        rounds=_number(variables, "BENCH_ROUNDS", 3),
        tickets=_number(variables, "BENCH_TICKETS", 10_000),
        results=Path(results).absolute() if results else None,
    )


@contextmanager
def prepared_corpus(plan: Plan) -> Iterator[Path]:
    """Yield the folder of the mail to measure with; one that was made here goes afterwards."""
    if plan.corpus is not None:
        yield plan.corpus
        return
    with TemporaryDirectory(prefix="postdesk-corpus-") as folder:
        write_corpus(Path(folder), count=plan.messages)
        yield Path(folder)


def _number(variables: Mapping[str, str], name: str, default: int) -> int:
    text = variables.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise PlanRefused(f"{name} is {text!r}. Write a whole number from 1.")
    return int(text)
