"""kill -9 at odd moments: each mail ends as exactly one ticket with one acknowledgement."""

import base64
import os
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from postdesk_sandbox.server import Sandbox
from tests.desk_process import desk_process, wait_until
from tests.sandbox_client import SandboxClient, write_mail

MAILS = 200
KILLS = 10
SEED = 20261123
LEASE_SECONDS = 310

CONNECT = """
from postdesk.cli import demo_desk, preparing
preparing.migrate()
demo_desk.MAILS = ()
demo_desk.make_desk({url!r})
"""
COUNT = """
from postdesk.tickets.models import Ticket, TicketEvent
from postdesk.mail.models import OutgoingMessage, SpooledMessage
print(Ticket.objects.count(),
      SpooledMessage.objects.filter(state="waiting").count(),
      TicketEvent.objects.filter(announced_at=None).count(),
      OutgoingMessage.objects.exclude(state="sent").count())
"""


def acknowledgements(tenant: SandboxClient) -> Counter[str]:
    """Return how many mails went to each client, by address."""
    return Counter(address for mail in tenant.sent() for address in mail["to"])


def message_ids_sent(tenant: SandboxClient) -> list[str]:
    """Return the Message-ID of every mail that left."""
    mimes = [base64.b64decode(mail["mime"]) for mail in tenant.sent()]
    return [re.search(rb"(?im)^message-id:\s*(\S+)", mime)[1].decode() for mime in mimes]


@pytest.fixture
def database_url() -> Iterator[str]:
    """The URL of an empty database on the server of this run, or "" for SQLite."""
    server = os.environ.get("POSTDESK_TEST_DATABASE_URL", "")
    if not server:
        yield ""
        return
    name = f"crash_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.tables
@pytest.mark.timeout(400)
def test_two_hundred_mails_and_ten_kills_make_two_hundred_tickets_and_answers(
    tmp_path, database_url
):
    odd = random.Random(int(os.environ.get("POSTDESK_TEST_SEED", SEED)))
    with (
        Sandbox(port=0) as running,
        desk_process(tmp_path, running.url, database_url=database_url) as desk,
    ):
        tenant = SandboxClient(running.url)
        desk.do(CONNECT.format(url=running.url))
        if database_url:
            desk.start("worker")  # several may work there: this one lives through it all
        written = 0
        for kill in range(KILLS):
            worker = desk.start("worker")
            until = MAILS * (kill + 1) // KILLS
            while written < until:
                written += 1
                tenant.inject(
                    write_mail(
                        sender=f"client{written}@client.example",
                        subject=f"Request {written}",
                        message_id=f"<{written}@client.example>",
                    )
                )
            time.sleep(odd.uniform(0.6, 3.0))
            desk.kill(worker)
            # On PostgreSQL another worker may live: what the dead one held waits for its lease.
            tenant.control("clock", advance_seconds=LEASE_SECONDS)
        desk.start("worker")
        wait_until(lambda: desk.do(COUNT) == f"{MAILS} 0 0 0", "all is done", seconds=120)
        desk.close()

        counts = acknowledgements(tenant)
        assert set(counts.values()) == {1}
        assert len(counts) == MAILS
        assert len(set(message_ids_sent(tenant))) == MAILS
        tenant.close()
