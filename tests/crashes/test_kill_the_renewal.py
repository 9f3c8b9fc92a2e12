"""Renewing one sign-in from many processes, and kill -9 between the answer and our commit."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from postdesk_sandbox.server import Sandbox
from tests.desk_process import DeskProcess, desk_process, wait_until
from tests.sandbox_client import SUPPORT, SandboxClient, write_mail

CONNECT = """
from postdesk.cli import demo_desk, preparing
preparing.migrate()
demo_desk.MAILS = ()
demo_desk.make_desk({url!r})
"""
FORGET_ACCESS_TOKENS = """
from postdesk.connections.models import AccessToken
AccessToken.objects.all().delete()
"""
ASK = """
import django
django.setup()
from postdesk.base import clock
from postdesk.connections import tokens
from postdesk.connections.models import Connection
print("ready", flush=True)
input()
print(tokens.bearer_for(Connection.objects.get().pk, now=clock.now()))
"""
DIE_BEFORE_COMMIT = """
import os, signal
from postdesk.base import clock
from postdesk.connections import tokens
from postdesk.connections.models import Connection
tokens._store = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
tokens.renew(Connection.objects.get(), now=clock.now())
"""
STATE = """
from postdesk.connections.models import Connection
print(Connection.objects.get().state)
"""
RENEW = """
from postdesk.base import clock
from postdesk.connections import tokens
from postdesk.connections.models import Connection
tokens.renew(Connection.objects.get(), now=clock.now())
"""
TICKETS = "from postdesk.tickets.models import Ticket\nprint(Ticket.objects.count())"
ALARMS = """
from postdesk.site.models import Alarm
print(Alarm.objects.filter(closed_at=None).count())
"""
SIGN_IN_AGAIN = """
from postdesk.cli import demo_desk
from postdesk.base import clock
from postdesk.connections import authorize
from postdesk.connections.models import Connection
from postdesk.directory.models import Person
from postdesk.mail.accounts import resume
connection, person = Connection.objects.get(), Person.objects.order_by("pk").first()
attempt = authorize.start(connection, mailbox={mailbox!r}, person=person, session_key="s",
                          return_to="/", now=clock.now())
import sys
sys.path.insert(0, {root!r})
from tests.sandbox_client import SandboxClient
answer = SandboxClient({url!r}).sign_in(attempt.authorize_url)
done = authorize.finish(authorize.store_answer(answer, now=clock.now()), person=person,
                        session_key="s", now=clock.now())
assert done.succeeded, done.message
resume(connection, text=done.message, now=clock.now())
"""


@pytest.fixture
def tenant() -> Iterator[SandboxClient]:
    with Sandbox(port=0) as running:
        client = SandboxClient(running.url)
        yield client
        client.close()


@pytest.fixture
def desk(tmp_path, tenant: SandboxClient) -> Iterator[DeskProcess]:
    with desk_process(tmp_path, tenant.url) as made:
        made.do(CONNECT.format(url=tenant.url))
        yield made


def refreshes(tenant: SandboxClient) -> list[dict]:
    """Return the token requests of the journal."""
    calls = tenant.look("journal")
    return [call for call in calls if call["path"].endswith("/token")]


@pytest.mark.timeout(120)
def test_eight_processes_renew_one_sign_in_once_under_strict_rotation(desk, tenant):
    tenant.control("tenant", strict_rotation=True)
    desk.do(FORGET_ACCESS_TOKENS)
    before = len(refreshes(tenant))
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK],
            env=desk.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(8)
    ]
    for process in asking:
        assert process.stdout.readline().strip() == "ready"
    for process in asking:
        process.stdin.write("\n")
        process.stdin.flush()
    tokens = {process.communicate(timeout=60)[0].strip() for process in asking}

    assert len(tokens) == 1
    assert "" not in tokens
    asked = refreshes(tenant)[before:]
    assert [call["status"] for call in asked] == [200]
    assert desk.do(STATE) == "working"


@pytest.mark.timeout(120)
def test_kill_between_answer_and_commit_leaves_microsofts_connection_working(desk, tenant):
    with pytest.raises(AssertionError):
        desk.do(DIE_BEFORE_COMMIT)
    desk.do(FORGET_ACCESS_TOKENS)
    tenant.inject(write_mail())
    desk.start("worker")

    wait_until(lambda: desk.do(TICKETS) == "1", "the mail is a ticket")
    assert desk.do(STATE) == "working"


@pytest.mark.timeout(200)
def test_kill_under_strict_rotation_is_known_within_a_minute_and_loses_no_mail(desk, tenant):
    tenant.control("tenant", strict_rotation=True)
    desk.do(RENEW)
    with pytest.raises(AssertionError):
        desk.do(DIE_BEFORE_COMMIT)
    tenant.inject(write_mail())
    desk.start("worker")

    wait_until(lambda: desk.do(STATE) == "needs_reauthorization", "the state says so", seconds=60)
    wait_until(lambda: desk.do(ALARMS) == "1", "somebody is alarmed", seconds=60)
    tenant.inject(write_mail(subject="Second", message_id="<second@client.example>"))
    import tests

    root = str(tests.__path__[0]).removesuffix("/tests")
    desk.do(SIGN_IN_AGAIN.format(mailbox=SUPPORT, url=tenant.url, root=root))

    wait_until(lambda: desk.do(TICKETS) == "2", "both mails are tickets")
