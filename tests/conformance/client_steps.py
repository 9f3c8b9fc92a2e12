"""Writes the tests of a module that names its `CLIENT` down as the steps of that client.

`CLIENT = ("msal", version, "how it signs in")`; the report is the one of `steps.py`.
"""

from collections.abc import Generator

import pytest

from tests.conformance.steps import Steps

_clients = pytest.StashKey[dict[tuple[str, str, str], Steps]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    client = getattr(getattr(item, "module", None), "CLIENT", None)
    if client is not None and call.when == "call":
        known = item.config.stash.setdefault(_clients, {})
        steps = known.setdefault(client, Steps(*client))
        name = item.name.removeprefix("test_").replace("_", " ")
        took = round(report.duration, 3)
        steps.taken.append({"step": name, "result": report.outcome, "seconds": took})
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    for steps in session.config.stash.get(_clients, {}).values():
        steps.write()
