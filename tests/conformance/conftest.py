"""What holds for every foreign client: its steps are written down, its envelopes are checked."""

from collections.abc import Iterator

import pytest

from postdesk_sandbox.journal import Journal
from tests.conformance.client_steps import pytest_runtest_makereport, pytest_sessionfinish
from tests.conformance.dovecot_fixtures import dovecot, running_dovecot, table

__all__ = [
    "dovecot",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "running_dovecot",
    "schema_breaks",
    "table",
]


@pytest.fixture(autouse=True)
def schema_breaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let a test fail when an envelope broke the schema that EWS_XSD_DIR names."""
    found: list[str] = []
    count = Journal.break_schema

    def note(journal: Journal, violation: str) -> None:
        found.append(violation)
        count(journal, violation)

    monkeypatch.setattr(Journal, "break_schema", note)
    yield found
    assert found == []
