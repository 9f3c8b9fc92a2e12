"""A sandbox of its own for each test, and a visitor at its door."""

from collections.abc import Iterator

import pytest

from postdesk_sandbox.server import Sandbox
from tests.sandbox.ews_desk import Desk
from tests.sandbox.visitor import Graph, Visitor


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0) as running:
        yield running


@pytest.fixture
def visitor(sandbox: Sandbox) -> Iterator[Visitor]:
    visitor = Visitor(sandbox)
    yield visitor
    visitor.close()


@pytest.fixture
def graph(visitor: Visitor) -> Graph:
    """Graph as support@contoso.test, with rights on the own mailbox only."""
    return Graph(visitor, visitor.tokens()["access_token"])


@pytest.fixture
def desk(visitor: Visitor) -> Desk:
    """Exchange Web Services as support@contoso.test."""
    return Desk(visitor)
