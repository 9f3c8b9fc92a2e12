"""Dovecot for a whole session of tests, and its tenant fresh for each of them."""

from collections.abc import Iterator

import pytest

from tests.conformance import dovecot_server
from tests.conformance.dovecot_desk import SUPPORT, Desk, Table, open_desk


@pytest.fixture(scope="session")
def running_dovecot() -> Iterator[Desk]:
    dovecot_server.require_dovecot()
    with open_desk() as desk:
        yield desk


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    table = Table()
    yield table
    table.write()


@pytest.fixture
def dovecot(running_dovecot: Desk) -> Iterator[Desk]:
    """Give each test a fresh tenant, empty folders beside the inbox and an empty sink."""
    running_dovecot.visitor.control("reset")
    running_dovecot.sink.envelopes.clear()
    for folder in ("Processed", "Sent"):
        running_dovecot.server.remove_all(SUPPORT, folder)
    yield running_dovecot
    assert running_dovecot.visitor.look("unimplemented") == []
