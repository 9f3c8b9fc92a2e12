"""Drivers on a Graph of canned answers."""

import pytest
from tests.unit.drivers.canned_graph import BASE, MAILBOX, CannedGraph

from postdesk.drivers.graph import GraphInbox
from postdesk.drivers.graph_send import GraphOutgoing


@pytest.fixture
def graph() -> CannedGraph:
    return CannedGraph()


@pytest.fixture
def inbox(graph):
    session = graph.session()
    yield GraphInbox(session, base_url=BASE, mailbox=MAILBOX, bearer=graph.bearer)
    session.close()


@pytest.fixture
def outgoing(graph):
    session = graph.session()
    yield GraphOutgoing(session, base_url=BASE, mailbox=MAILBOX, bearer=graph.bearer)
    session.close()
