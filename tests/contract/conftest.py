"""Benches: each driver beside a server that it is run against."""

import pytest
from tests.contract.imap_bench import PASSWORD, ImapBench, open_imap_desk
from tests.contract.pretend import ANNA, HELP, SUPPORT, GraphBench, open_pretend_tenant

OWN, SHARED = "graph, own mailbox", "graph, shared mailbox"
BY_TOKEN = pytest.param("imap by token", marks=pytest.mark.dovecot)
BY_PASSWORD = pytest.param("imap by password", marks=pytest.mark.dovecot)


@pytest.fixture
def tenant():
    opened = open_pretend_tenant()
    yield opened
    opened.session.close()
    opened.control_client.close()
    opened.sandbox.close()


@pytest.fixture(scope="session")
def imap_desk():
    with open_imap_desk() as desk:
        yield desk


@pytest.fixture(params=[OWN, SHARED, BY_TOKEN, BY_PASSWORD])
def bench(request):
    """A mailbox with its inbox; a further driver adds a parameter here."""
    yield from _bench(request)


@pytest.fixture(params=[OWN, SHARED, BY_TOKEN])
def token_bench(request):
    """A mailbox that opens to access tokens."""
    yield from _bench(request)


@pytest.fixture(params=[OWN, SHARED])
def graph_bench(request):
    """A mailbox behind HTTP, with its way out."""
    yield from _bench(request)


def _bench(request):
    made = _make(request, request.param)
    yield made
    made.close()


def _make(request, name):
    if name.startswith("imap"):
        password = PASSWORD if "password" in name else ""
        return ImapBench(request.getfixturevalue("imap_desk"), mailbox=SUPPORT, password=password)
    person, mailbox = (SUPPORT, SUPPORT) if name == OWN else (ANNA, HELP)
    return GraphBench(request.getfixturevalue("tenant"), person=person, mailbox=mailbox)
