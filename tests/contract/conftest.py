"""Benches: each driver beside a server that it is run against."""

import pytest
from tests.contract.pretend import ANNA, HELP, SUPPORT, GraphBench, open_pretend_tenant


@pytest.fixture
def tenant():
    opened = open_pretend_tenant()
    yield opened
    opened.session.close()
    opened.control_client.close()
    opened.sandbox.close()


@pytest.fixture(params=["graph, own mailbox", "graph, shared mailbox"])
def bench(request, tenant):
    """A mailbox with its inbox and way out; a further driver adds a parameter here."""
    person, mailbox = (SUPPORT, SUPPORT) if "own" in request.param else (ANNA, HELP)
    made = GraphBench(tenant, person=person, mailbox=mailbox)
    yield made
    made.inbox.close()
    made.outgoing.close()
    assert tenant.look("unimplemented") == []
