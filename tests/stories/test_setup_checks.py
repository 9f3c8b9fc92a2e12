"""Check everything: each line against the pretend tenant, and a mail through the whole path."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.cache import cache

from postdesk.base import clock
from postdesk.connections.models import Connection, SetupCheck
from postdesk.flow.self_test import answer_self_test
from postdesk.flow.setup_checks import STEPS, advance, newest_check, start_check
from postdesk.mail.models import SpooledMessage
from postdesk.site.options import change_options
from postdesk.tickets.models import Ticket
from tests.sandbox_client import ANNA, SUPPORT, write_mail

pytestmark = pytest.mark.django_db


class Server:
    """A little web server at the redirect URI; ``answer`` makes status, headers and body."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, body = answer(self.path)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *words):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve() -> Iterator:
    """Let a web server with this answer stand at the public URL."""
    started = []

    def start(answer):
        made = Server(answer)
        started.append(made)
        change_options(public_scheme="http", public_host="localhost", public_port=made.port)

    yield start
    for server in started:
        server.close()


def as_this_desk(path):
    """Answer as the callback does, without the thread touching the test's tables."""
    from postdesk.flow.self_test import expected_answer

    return 200, {}, expected_answer(path.partition("self_test=")[2])


def run(desk, *, turns=8, between=lambda: None):
    """Let a page look on until all is checked; returns the lines by title."""
    desk.account.refresh_from_db()
    check = start_check(desk.account, by=desk.administrator.person, now=clock.now())
    for _turn in range(turns):
        check = advance(desk.account, check, read_now=clock.now)
        if check.finished_at is not None:
            break
        between()
    return {line["title"]: line for line in check.lines}


def test_everything_is_well_and_the_probe_mail_is_no_ticket(desk, serve):
    serve(as_this_desk)
    lines = run(desk, between=desk.work)

    assert [line["state"] for line in lines.values()] == ["ok"] * len(STEPS), lines
    desk.work()
    message = SpooledMessage.objects.get()
    assert (message.fate, message.is_settled) == ("recorded", True)
    assert message.rule in {"probe_mail", "own_mail"}
    assert not Ticket.objects.exists()
    assert newest_check(desk.account).finished_at is not None


def test_result_is_kept_and_a_new_run_takes_its_place(desk, serve):
    serve(as_this_desk)
    run(desk, between=desk.work)
    first = newest_check(desk.account)
    second = start_check(desk.account, by=desk.administrator.person, now=clock.now())
    assert newest_check(desk.account).pk == second.pk != first.pk


@pytest.mark.parametrize("mints", [False, True])
def test_probe_mail_is_seen_in_the_inbox_of_a_mailbox_that_is_not_read_yet(desk, serve, mints):
    serve(as_this_desk)
    desk.sandbox.control("tenant", mint_message_id=mints)
    desk.account.is_enabled = False
    desk.account.after_processing = "mark_read"
    desk.account.save()
    lines = run(desk)

    assert lines["Probe mail arrived"]["state"] == "ok"
    assert "in the inbox" in lines["Probe mail arrived"]["why"]
    [stored] = [
        mail
        for mail in desk.sandbox.look("mailbox", address=SUPPORT)
        if "Postdesk check" in mail["subject"] and mail["folder"].lower() == "inbox"
    ]
    assert stored["is_read"]


def test_probe_mail_whose_ids_and_sender_were_rewritten_is_known_by_its_subject(desk):
    check = start_check(desk.account, by=desk.administrator.person, now=clock.now())
    check.probe_token = "abcdefghijklmnop"
    check.save()
    for number, token in enumerate(["abcdefghijklmnop", "ponmlkjihgfedcba"]):
        desk.sandbox.inject(
            write_mail(
                sender="relay@elsewhere.example",
                subject=f"[EXTERNAL] [Postdesk check {token}]",
                message_id=f"<rewritten{number}@relay.example>",
            )
        )
    desk.work()
    fates = SpooledMessage.objects.order_by("id").values_list("fate", "rule")
    assert list(fates) == [("recorded", "probe_mail"), ("opened", "none")]


def test_probe_mail_that_does_not_come_is_told_after_its_time(desk, serve):
    serve(as_this_desk)
    desk.account.is_enabled = False
    desk.account.save()
    check = start_check(desk.account, by=desk.administrator.person, now=clock.now())
    check.next_step = len(STEPS) - 1
    check.probe_sent_at, check.probe_token = clock.now(), "never-in-a-subject"
    check.lines = [{"title": title, "state": "ok"} for title, _step in STEPS[:-1]]
    check.save()
    assert advance(desk.account, check, read_now=clock.now).finished_at is None
    clock.shift_to(clock.now() + timedelta(minutes=4))
    line = advance(desk.account, check, read_now=clock.now).lines[-1]
    assert line["state"] == "bad"
    assert "did not come in within 3 minutes" in line["why"]
    assert "Junk" in line["remedy"]


@pytest.mark.parametrize(("seconds", "state"), [(30, "ok"), (120, "warn"), (-400, "bad")])
def test_clock_is_compared_with_the_providers(desk, serve, seconds, state):
    serve(as_this_desk)
    clock.shift_to(clock.now() + timedelta(seconds=seconds))
    line = run(desk)["Clock"]
    assert line["state"] == state
    assert ("timedatectl" in line["remedy"]) == (state != "ok")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((421, {}, "Wrong address"), "names another host or scheme"),
        ((200, {}, "It works!"), "Another program answers"),
        ((404, {}, "nothing"), "Another program answers"),
        ((404, {}, "This test is not open any more."), "Another Postdesk"),
        ((302, {"Location": "https://portal.example/login"}, ""), "https://portal.example/login"),
    ],
)
def test_each_wrong_answer_at_the_redirect_uri_is_told_apart(desk, serve, answer, said):
    serve(lambda _path: answer)
    line = run(desk)["Redirect URI answers"]
    assert line["state"] == "bad"
    assert said in line["why"]
    assert line["button"] == "options"


def test_public_address_where_nobody_answers_is_told(desk):
    change_options(public_scheme="http", public_host="localhost", public_port=9)
    line = run(desk)["Redirect URI answers"]
    assert line["state"] == "bad"
    assert "cannot reach http://localhost:9/oauth/callback itself" in line["why"]


def test_name_whose_certificate_nobody_trusts_is_a_warning(desk, monkeypatch):
    from postdesk.base.errors import NeedsPerson
    from postdesk.drivers.session import HttpSession

    real = HttpSession.get

    def distrust(self, url, *args, **kwargs):
        if "/oauth/callback" in url:
            raise NeedsPerson("It is not trusted.", remedy="Trust it.", code="certificate")
        return real(self, url, *args, **kwargs)

    monkeypatch.setattr(HttpSession, "get", distrust)
    line = run(desk)["Redirect URI answers"]
    assert (line["state"], line["code"]) == ("warn", "certificate")


def test_self_test_answers_a_question_once_and_no_other(db):
    from postdesk.flow.self_test import expected_answer, open_self_test

    cache.clear()
    nonce = open_self_test()
    assert answer_self_test("guessed") == ""
    assert answer_self_test(nonce) == expected_answer(nonce)
    assert answer_self_test(nonce) == ""


def test_missing_permission_is_named_with_who_must_add_it(desk, serve):
    serve(as_this_desk)
    connection = Connection.objects.get()
    connection.scopes_granted = "https://graph.microsoft.com/Mail.ReadWrite"
    connection.save()
    line = run(desk)["Permissions granted"]
    assert line["state"] == "bad"
    assert "Mail.Send" in line["why"]
    assert "administrator" in line["who"]
    assert line["button"] == "authorize"


def test_unknown_tenant_is_told(desk, serve):
    serve(as_this_desk)
    Connection.objects.update(tenant_id="nobody.test")
    line = run(desk)["Tenant"]
    assert (line["state"], line["code"]) == ("bad", "AADSTS90002")


def test_sign_in_of_another_tenant_is_told(desk, serve):
    serve(as_this_desk)
    assert Connection.objects.get().person_tenant_id
    Connection.objects.update(person_tenant_id="99999999-0000-0000-0000-000000000000")
    line = run(desk)["Tenant of the sign-in"]
    assert line["state"] == "bad"
    assert "another tenant" in line["why"]


def test_other_person_is_a_warning_unless_the_mailbox_is_shared(desk, serve):
    serve(as_this_desk)
    Connection.objects.update(person_upn=ANNA)
    assert run(desk)["Who signed in"]["state"] == "warn"
    Connection.objects.update(for_shared_mailbox=True)
    assert run(desk)["Who signed in"]["state"] == "ok"


def test_mailbox_that_may_not_send_gets_no_probe_mail_and_says_why(desk, serve):
    serve(as_this_desk)
    desk.sandbox.control("faults", surface="graph", path="drafts", status=403, times=-1)
    lines = run(desk)
    assert lines["Mailbox opens"]["state"] == "ok"
    assert lines["Way out opens"]["state"] == "bad"
    assert lines["Way out opens"]["remedy"]
    assert lines["Probe mail sent"]["state"] == "skip"
    assert not desk.sandbox.sent()


def test_before_the_first_sign_in_the_line_says_to_authorize(make_desk, serve):
    serve(as_this_desk)
    lines = run(make_desk())
    assert lines["Who signed in"]["state"] == "bad"
    assert lines["Who signed in"]["button"] == "authorize"
    assert {lines[title]["state"] for title, _step in STEPS[5:]} == {"skip"}


def test_two_pages_run_no_step_twice(desk, serve):
    serve(as_this_desk)
    check = start_check(desk.account, by=desk.administrator.person, now=clock.now())
    SetupCheck.objects.filter(pk=check.pk).update(busy_until=clock.now() + timedelta(minutes=1))
    assert advance(desk.account, check, read_now=clock.now).lines == []
    clock.shift_to(clock.now() + timedelta(minutes=3))
    assert advance(desk.account, check, read_now=clock.now).lines
