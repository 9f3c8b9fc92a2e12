"""Signing in to SMTP by an access token: what leaves, when, and what refusals mean."""

import pytest
from tests.contract.scripted_smtp import ScriptedSmtp

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers import smtp_line
from postdesk.drivers.base import Envelope
from postdesk.drivers.open import Security, SmtpServer, open_outgoing
from postdesk.drivers.xoauth2 import encode, oauthbearer, xoauth2

USER = "desk@desk.test"
SHORT, LONG = "short-token", "t" * 1800
HELLO = b"250-mail.test\r\n250 AUTH LOGIN XOAUTH2\r\n"
COMPLAINT = b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"
REFUSED = b"535 5.7.8 Username and Password not accepted\r\n"
LETTER = Envelope(
    octets=b"Message-ID: <1@desk.test>\r\n\r\nHello\r\n", sender=USER, recipients=("c@client.test",)
)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(smtp_line, "COMMAND_SECONDS", 5.0)


class Tokens:
    """Gives the tokens one after the other; the last stays."""

    def __init__(self, *tokens):
        self.left, self.asked = list(tokens), []

    def __call__(self, fresh):
        self.asked.append(fresh)
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def token_line(token):
    """Return how the scripted server calls the line that carries the token alone."""
    return encode(xoauth2(USER, token).first).upper()


@pytest.fixture
def open_to():
    opened = []

    def make(server, bearer):
        place = SmtpServer(
            host="127.0.0.1", port=server.port, security=Security.NONE, username=USER
        )
        opened.append(open_outgoing(place, bearer=bearer))
        return opened[-1]

    yield make
    for outgoing in opened:
        outgoing.close()


def auth_commands(server):
    return [command for command in server.commands if command.startswith("AUTH")]


def test_short_token_stands_in_the_command_itself(open_to):
    with ScriptedSmtp(EHLO=HELLO) as server:
        outgoing = open_to(server, Tokens(SHORT))
        outgoing.dispatch(outgoing.prepare(LETTER), LETTER)

        assert auth_commands(server) == [f"AUTH XOAUTH2 {encode(xoauth2(USER, SHORT).first)}"]
        assert len(server.mails) == 1


def test_long_token_waits_for_the_servers_word(open_to):
    script = {"AUTH": b"334 \r\n", token_line(LONG): b"235 2.7.0 welcome\r\n"}
    with ScriptedSmtp(EHLO=HELLO, **script) as server:
        open_to(server, Tokens(LONG)).probe()

        assert auth_commands(server) == ["AUTH XOAUTH2"]
        assert encode(xoauth2(USER, LONG).first) in server.commands


@pytest.mark.parametrize(("spare", "commands"), [(0, 2), (1, 1)])
def test_limit_is_512_octets_with_the_line_end(open_to, spare, commands):
    frame = len("AUTH XOAUTH2 \r\n")
    fitting = next(
        "t" * size
        for size in range(512, 0, -1)
        if frame + len(encode(xoauth2(USER, "t" * size).first)) <= 512
    )
    token = fitting if spare else fitting + "tttt"
    script = {
        "AUTH": [b"334 \r\n"] if not spare else [b"235 ok\r\n"],
        token_line(token): b"235 ok\r\n",
    }
    with ScriptedSmtp(EHLO=HELLO, **script) as server:
        open_to(server, Tokens(token)).probe()

        assert len(server.commands) - 1 == commands


def test_refused_token_is_renewed_once_and_the_new_one_sends(open_to):
    script = {"AUTH": [COMPLAINT, b"235 ok\r\n"], "": REFUSED}
    tokens = Tokens("old", "new")
    with ScriptedSmtp(EHLO=HELLO, **script) as server:
        open_to(server, tokens).probe()

        assert tokens.asked == [False, True]
        assert "" in server.commands


def test_token_that_is_refused_twice_needs_a_person(open_to):
    tokens = Tokens("old", "new")
    script = {"AUTH": COMPLAINT, "": REFUSED}
    with ScriptedSmtp(EHLO=HELLO, **script) as server, pytest.raises(NeedsPerson) as caught:
        open_to(server, tokens).probe()

    assert tokens.asked == [False, True]
    assert caught.value.code == "535 5.7.8"
    assert "Re-Authorize" in caught.value.remedy
    assert encode(xoauth2(USER, "new").first) not in caught.value.raw


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled\r\n",
         "Authenticated SMTP"),
        (b"535 5.7.139 Authentication unsuccessful, blocked\r\n", "Authenticated SMTP"),
        (b"535 5.7.3 Authentication unsuccessful\r\n", "Send As"),
        (b"550 5.7.30 Basic authentication is not supported\r\n", "Graph"),
    ],
)  # fmt: skip
def test_refusal_of_microsoft_says_what_helps(open_to, reply, words):
    with ScriptedSmtp(EHLO=HELLO, AUTH=reply) as server, pytest.raises(NeedsPerson) as caught:
        open_to(server, Tokens(SHORT)).probe()

    assert words in caught.value.remedy
    assert "password" not in caught.value.what.lower() or b"5.7.30" in reply


def test_busy_server_is_tried_later_with_the_same_token(open_to):
    tokens = Tokens(SHORT)
    busy = b"454 4.7.0 Temporary authentication failure\r\n"
    with ScriptedSmtp(EHLO=HELLO, AUTH=busy) as server, pytest.raises(TryLater):
        open_to(server, tokens).probe()

    assert tokens.asked == [False]


def test_server_that_knows_only_oauthbearer_is_told_by_that(open_to):
    hello = b"250-mail.test\r\n250 AUTH PLAIN OAUTHBEARER\r\n"
    with ScriptedSmtp(EHLO=hello) as server:
        open_to(server, Tokens(SHORT)).probe()

        first = oauthbearer(USER, SHORT, host="127.0.0.1", port=server.port).first
        assert auth_commands(server) == [f"AUTH OAUTHBEARER {encode(first)}"]


def test_server_without_oauth_hears_no_token(open_to):
    with ScriptedSmtp(EHLO=b"250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n") as server:
        with pytest.raises(NeedsPerson) as caught:
            open_to(server, Tokens(SHORT)).probe()

        assert "no sign-in by OAuth" in caught.value.what
        assert auth_commands(server) == []
