"""Sending through SMTP: against aiosmtpd, and against servers that misbehave."""

import base64
import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from tests.contract.scripted_smtp import DROP, ScriptedSmtp, authority

from postdesk.base.errors import NeedsPerson, OutcomeUnknown, ThisMessage, TryLater
from postdesk.base.explain import explain
from postdesk.drivers import smtp as smtp_module
from postdesk.drivers import smtp_line
from postdesk.drivers.base import Envelope, Whereabouts
from postdesk.drivers.open import Security, SmtpServer, open_outgoing

OURS = "<t.7.9.abc@desk.test>"
MAIL = (
    f"From: desk@desk.test\r\nTo: carla@client.test\r\nMessage-ID: {OURS}\r\n"
    "Subject: [#7] Hello\r\n\r\nHello\r\n"
).encode()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(smtp_module, "_FINAL_REPLY_SECONDS", 1.0)
    monkeypatch.setattr(smtp_line, "COMMAND_SECONDS", 5.0)
    monkeypatch.setattr(smtp_line, "CONNECT_SECONDS", 1.0)


def envelope(octets=MAIL, *, sender="desk@desk.test", recipients=("carla@client.test",)):
    return Envelope(octets=octets, sender=sender, recipients=recipients)


@pytest.fixture
def open_to():
    """Open a way out to a port; closed at the end."""
    opened = []

    def make(port, *, host="127.0.0.1", security=Security.NONE, **more):
        server = SmtpServer(host=host, port=port, security=security, **more)
        outgoing = open_outgoing(server)
        opened.append(outgoing)
        return outgoing

    yield make
    for outgoing in opened:
        outgoing.close()


def send(outgoing, letter=None):
    letter = letter or envelope()
    return outgoing.dispatch(outgoing.prepare(letter), letter)


class Postbox:
    """Keeps what aiosmtpd took."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 2.0.0 OK <given@mail.test> [Hostname=MAIL]"


@pytest.fixture
def postbox():
    def check(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (b"desk", "p\u00e4ss".encode())
        return AuthResult(success=good, handled=False)

    box = Postbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=0,
        authenticator=check,
        auth_require_tls=False,
        decode_data=False,
    )
    controller.port = _free_port()
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_mail_arrives_octet_for_octet_and_the_servers_id_is_kept(open_to, postbox):
    octets = MAIL + b".\r\n..\r\n.hidden dot\r\nbare\nend of line\rand \xff"

    receipt = send(open_to(postbox.port), envelope(octets))

    [taken] = postbox.envelopes
    expected = MAIL + b".\r\n..\r\n.hidden dot\r\nbare\r\nend of line\r\nand \xff\r\n"
    assert taken.content == expected
    assert taken.mail_from == "desk@desk.test"
    assert taken.rcpt_tos == ["carla@client.test"]
    assert receipt.message_ids == (OURS, "<given@mail.test>")
    assert receipt.refused == ()


def test_automatic_mail_goes_out_with_the_null_sender(open_to, postbox):
    send(open_to(postbox.port), envelope(sender=""))

    assert postbox.envelopes[0].mail_from == "<>"


def test_password_outside_ascii_signs_in(open_to, postbox):
    outgoing = open_to(postbox.port, username="desk", password="p\u00e4ss")

    assert "as desk" in outgoing.probe()
    send(outgoing)
    assert len(postbox.envelopes) == 1


def test_wrong_password_needs_a_person(open_to, postbox):
    with pytest.raises(NeedsPerson) as caught:
        open_to(postbox.port, username="desk", password="wrong").probe()

    assert caught.value.code == "535 5.7.8 password"
    assert "wrong" not in f"{caught.value.what} {caught.value.raw}"


def test_line_is_kept_for_the_next_mail(open_to):
    with ScriptedSmtp() as server:
        outgoing = open_to(server.port)
        send(outgoing)
        send(outgoing)
        outgoing.close()

        assert server.connections == 1
        assert len(server.mails) == 2
        assert server.verbs()[-1] == "QUIT"


def test_line_that_died_while_idle_is_opened_anew(open_to):
    with ScriptedSmtp(RSET=DROP) as server:
        outgoing = open_to(server.port)
        send(outgoing)
        send(outgoing)

        assert server.connections == 2
        assert len(server.mails) == 2


def test_line_lost_after_the_final_dot_is_unknown_and_cannot_be_told(open_to):
    with ScriptedSmtp(DOT=DROP) as server:
        outgoing = open_to(server.port)
        letter = envelope()
        prepared = outgoing.prepare(letter)

        with pytest.raises(OutcomeUnknown):
            outgoing.dispatch(prepared, letter)

        assert len(server.mails) == 1
        assert outgoing.find(prepared) is Whereabouts.CANNOT_TELL


@pytest.mark.parametrize("half", [b"250", b"250 2.0.0 O", b"250-more\r\n", b"what?\r\n"])
def test_half_a_reply_to_the_final_dot_is_unknown(open_to, half):
    with ScriptedSmtp(DOT=[half]) as server, pytest.raises(OutcomeUnknown):
        send(open_to(server.port))


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_line_lost_before_the_final_dot_is_tried_later(open_to, verb):
    with ScriptedSmtp(
        **{verb: [DROP, b"354 go on\r\n" if verb == "DATA" else b"250 ok\r\n"]}
    ) as server:
        outgoing = open_to(server.port)

        with pytest.raises(TryLater):
            send(outgoing)

        send(outgoing)
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("GREETING", b"421 4.3.2 too many connections\r\n"),
        ("MAIL", b"432 4.3.2 Concurrent connections limit exceeded\r\n"),
        ("RCPT", b"450 4.7.1 greylisted\r\n"),
        ("DATA", b"451 4.7.0 later\r\n"),
        ("DOT", b"451 4.7.500 busy\r\n"),
        ("DOT", b"554 5.2.0 STOREDRV; SubmissionQuotaExceededException\r\n"),
    ],
)
def test_temporary_refusal_is_tried_later(open_to, verb, reply):
    with ScriptedSmtp(**{verb: reply}) as server, pytest.raises(TryLater):
        send(open_to(server.port))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for "
            b"the Tenant.\r\n",
            "switched off",
        ),
        (
            b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled\r\n",
            "policy",
        ),
        (b"535 5.7.3 Authentication unsuccessful\r\n", "user name and password"),
        (
            b"550 5.7.30 Basic authentication is not supported for Client Submission\r\n",
            "no longer",
        ),
        (b"534 5.7.9 Application-specific password required\r\n", "app password"),
        (b"538 5.7.11 Encryption required\r\n", "encrypted"),
        (b"555 no\r\n", "user name and password"),
    ],
)
def test_refused_sign_in_needs_a_person_and_names_the_way_out(open_to, reply, words):
    with ScriptedSmtp(AUTH=reply) as server, pytest.raises(NeedsPerson) as caught:
        open_to(server.port, username="desk", password="hunter2").probe()

    assert words in caught.value.what
    assert caught.value.remedy
    assert caught.value.code.startswith(reply[:3].decode())
    assert explain(caught.value.code).happened in caught.value.what
    assert "hunter2" not in repr(vars(caught.value))


def test_temporary_failure_of_the_sign_in_is_tried_later(open_to):
    with ScriptedSmtp(AUTH=b"454 4.7.0 Temporary\r\n") as server, pytest.raises(TryLater):
        open_to(server.port, username="desk", password="x").probe()


def test_sign_in_by_login_answers_both_questions(open_to):
    name, password = (base64.b64encode(text).decode() for text in (b"desk", b"secret"))
    steps = {
        "EHLO": b"250-mail.test\r\n250 AUTH LOGIN\r\n",
        "AUTH": b"334 VXNlcm5hbWU6\r\n",
        name.upper(): b"334 UGFzc3dvcmQ6\r\n",
        password.upper(): b"235 welcome\r\n",
    }
    with ScriptedSmtp(**steps) as server:
        open_to(server.port, username="desk", password="secret").probe()

        assert server.commands[1:4] == ["AUTH LOGIN", name, password]


def test_server_without_sign_in_by_password_is_named(open_to):
    with ScriptedSmtp(EHLO=b"250-mail.test\r\n250 AUTH XOAUTH2\r\n") as server:
        with pytest.raises(NeedsPerson) as caught:
            open_to(server.port, username="desk", password="x").probe()

        assert "offers no sign-in" in caught.value.what
        assert "AUTH" not in server.verbs()


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("MAIL", b"530 5.7.57 Client not authenticated\r\n"),
        ("MAIL", b"530 5.7.0 Must issue a STARTTLS command first\r\n"),
        ("DOT", b"550 5.7.60 SMTP; Client does not have permissions to send as this sender\r\n"),
        ("DOT", b"554 5.2.252 SendAsDenied; desk not allowed to send as other\r\n"),
        ("DOT", b"554 5.2.2 STOREDRV.Submission.Exception:QuotaExceeded\r\n"),
        ("MAIL", b"550 5.7.708 Service unavailable. Access denied\r\n"),
    ],
)
def test_refusal_that_hits_every_mail_needs_a_person(open_to, verb, reply):
    with ScriptedSmtp(**{verb: reply}) as server, pytest.raises(NeedsPerson) as caught:
        send(open_to(server.port))

    assert caught.value.remedy


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_refusal_of_one_mail_is_about_that_mail(open_to, verb):
    with ScriptedSmtp(**{verb: b"554 5.6.0 I do not like it\r\n"}) as server:
        with pytest.raises(ThisMessage) as caught:
            send(open_to(server.port))

        assert caught.value.code == "554 5.6.0"


def test_full_mailbox_of_a_recipient_does_not_stop_the_account(open_to):
    with ScriptedSmtp(DOT=b"554 5.2.2 mailbox full\r\n") as server, pytest.raises(ThisMessage):
        send(open_to(server.port))


def test_some_recipients_refused_stand_in_the_receipt(open_to):
    replies = [b"250 ok\r\n", b"550 5.1.1 no such\x07user\r\n", b"450 4.2.1 busy\r\n"]
    people = ("a@x.test", "b@x.test", "c@x.test")
    with ScriptedSmtp(RCPT=replies) as server:
        receipt = send(open_to(server.port), envelope(recipients=people))

        assert receipt.refused == (
            ("b@x.test", "550 5.1.1 no such user"),
            ("c@x.test", "450 4.2.1 busy"),
        )
        assert len(server.mails) == 1


def test_all_refused_but_one_for_now_is_tried_later(open_to):
    replies = [b"550 5.1.1 no\r\n", b"450 4.2.1 busy\r\n"]
    with ScriptedSmtp(RCPT=replies) as server, pytest.raises(TryLater):
        send(open_to(server.port), envelope(recipients=("a@x.test", "b@x.test")))


def test_refused_null_sender_gives_way_to_the_accounts_own_address(open_to):
    with ScriptedSmtp(MAIL=[b"550 5.1.7 no null sender\r\n", b"250 ok\r\n"]) as server:
        send(open_to(server.port, address="desk@desk.test"), envelope(sender=""))

        given = [command for command in server.commands if command.startswith("MAIL")]
        assert [line.split(" ")[1] for line in given] == ["FROM:<>", "FROM:<desk@desk.test>"]
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    "address", ["a@b.test>\r\nRCPT TO:<x@y.test", "a b@c.test", "<a@b.test>", "a\x00@b", "x" * 400]
)
def test_address_cannot_smuggle_a_command(open_to, address):
    outgoing = open_to(1)

    with pytest.raises(ThisMessage):
        outgoing.prepare(envelope(recipients=(address,)))
    with pytest.raises(ThisMessage):
        outgoing.prepare(envelope(sender=address))


def test_body_cannot_end_the_mail_early(open_to):
    octets = MAIL + b"x\n.\nMAIL FROM:<evil@x.test>\r.\r\r\n.\r\nRSET\r\n"
    with ScriptedSmtp() as server:
        send(open_to(server.port), envelope(octets))

        assert server.verbs() == ["ehlo", "MAIL", "RCPT", "DATA"]
        assert len(server.mails) == 1


def test_mail_beyond_the_servers_size_is_not_even_begun(open_to):
    with ScriptedSmtp(EHLO=b"250-mail.test\r\n250 SIZE 50\r\n") as server:
        with pytest.raises(ThisMessage) as caught:
            send(open_to(server.port))

        assert "smaller" in caught.value.remedy
        assert "MAIL" not in server.verbs()


def test_address_outside_ascii_needs_a_server_that_can(open_to):
    people = ("j\u00fcrgen@client.test",)
    with ScriptedSmtp() as server, pytest.raises(ThisMessage):
        send(open_to(server.port), envelope(recipients=people))
    with ScriptedSmtp(EHLO=b"250-mail.test\r\n250 SMTPUTF8\r\n") as server:
        send(open_to(server.port), envelope(recipients=people))

        assert "RCPT TO:<j\u00fcrgen@client.test>" in server.commands


def test_endless_reply_is_given_up(open_to):
    endless = b"250-more\r\n" * 1000
    with ScriptedSmtp(EHLO=endless) as server, pytest.raises(TryLater):
        send(open_to(server.port))


def test_endless_line_is_given_up(open_to):
    with ScriptedSmtp(GREETING=b"220 " + b"x" * 20_000) as server, pytest.raises(TryLater):
        send(open_to(server.port))


def test_starttls_encrypts_before_the_password_is_sent(open_to):
    hello = b"250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
    with ScriptedSmtp(EHLO=hello, STARTTLS=b"220 go\r\n") as server:
        outgoing = open_to(
            server.port,
            security=Security.STARTTLS,
            ca_pem=authority(),
            username="desk",
            password="x",
        )
        send(outgoing)

        assert server.verbs()[:4] == ["ehlo", "STARTTLS", "ehlo", "AUTH"]
        assert len(server.mails) == 1


def test_tls_from_the_start_carries_the_mail(open_to):
    with ScriptedSmtp(tls=True) as server:
        send(open_to(server.port, security="tls", ca_pem=authority()))

        assert len(server.mails) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_untrusted_certificate_needs_a_person_and_no_password_leaves(open_to, security):
    hello = b"250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
    script = {"EHLO": hello, "STARTTLS": b"220 go\r\n"}
    with ScriptedSmtp(tls=security is Security.TLS, **script) as server:
        with pytest.raises(NeedsPerson) as caught:
            open_to(server.port, security=security, username="desk", password="x").probe()

        assert "not trusted" in caught.value.what
        assert "trust the authority" in caught.value.remedy
        assert "AUTH" not in server.verbs()


def test_certificate_for_another_name_is_named(open_to):
    with ScriptedSmtp(tls=True, host="127.0.0.3") as server, pytest.raises(NeedsPerson) as caught:
        open_to(server.port, host="127.0.0.3", security="tls", ca_pem=authority()).probe()

    assert "another name" in caught.value.what


def test_unreadable_authority_is_named(open_to):
    with ScriptedSmtp(tls=True) as server, pytest.raises(NeedsPerson) as caught:
        open_to(server.port, security=Security.TLS, ca_pem="rubbish").probe()

    assert "PEM" in caught.value.remedy


@pytest.mark.parametrize("script", [{}, {"GREETING": b"* OK IMAP4 ready\r\n"}])
def test_tls_to_a_plain_port_names_port_and_encryption(open_to, script):
    with ScriptedSmtp(**script) as server, pytest.raises(NeedsPerson) as caught:
        open_to(server.port, security=Security.TLS).probe()

    assert "587 with STARTTLS" in caught.value.remedy


def test_starttls_to_a_server_without_it_sends_nothing(open_to):
    with ScriptedSmtp() as server:
        with pytest.raises(NeedsPerson) as caught:
            open_to(server.port, security=Security.STARTTLS, username="d", password="x").probe()

        assert "does not offer STARTTLS" in caught.value.what
        assert "AUTH" not in server.verbs()


@pytest.mark.parametrize("greeting", [b"+OK POP3 ready\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
def test_port_of_another_service_is_named(open_to, greeting):
    with ScriptedSmtp(GREETING=greeting) as server, pytest.raises(NeedsPerson) as caught:
        open_to(server.port).probe()

    assert "no mail server for sending" in caught.value.what


def test_server_that_refuses_us_by_address_needs_a_person(open_to):
    with ScriptedSmtp(GREETING=b"554 5.7.1 go away\r\n") as server:
        with pytest.raises(NeedsPerson) as caught:
            open_to(server.port).probe()

        assert "554 5.7.1 go away" in caught.value.what


def test_silent_server_is_tried_later(open_to):
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TryLater):
        open_to(silent.getsockname()[1]).probe()


def test_closed_port_is_tried_later(open_to):
    with pytest.raises(TryLater) as caught:
        open_to(_free_port()).probe()

    assert "127.0.0.1" in caught.value.what


@pytest.mark.parametrize("host", ["", "a..b", "x" * 70])
def test_name_that_is_none_needs_a_person(open_to, host):
    with pytest.raises(NeedsPerson) as caught:
        open_to(25, host=host).probe()

    assert "no name of a server" in caught.value.what


def test_mail_without_recipients_is_refused(open_to):
    with pytest.raises(ThisMessage):
        open_to(1).prepare(envelope(recipients=()))
