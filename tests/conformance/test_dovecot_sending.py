"""Dovecot asks the pretend tenant about tokens, and takes mail by its word."""

import smtplib
from collections.abc import Callable

import pytest

from tests.conformance.dovecot_desk import (
    ANNA,
    ANSWER,
    CLARA,
    HELP,
    SUPPORT,
    TROUBLES,
    UNWANTED,
    Desk,
    Table,
)
from tests.conformance.mail_clients import (
    HOST,
    MECHANISMS,
    SENDERS,
    Dialogue,
    Key,
    RefusedError,
    Sender,
    send_by_curl,
    smtp_of_python,
)

pytestmark = pytest.mark.dovecot
# RFC 4954 section 4: a longer first line has to wait for the server's challenge.
LONGEST_LINE = 512

each_sender = pytest.mark.parametrize("sender", SENDERS, ids=str)
each_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.__name__)


@each_sender
def test_sent_mail_arrives_at_the_next_server_octet_for_octet(
    dovecot: Desk, table: Table, sender: Sender
) -> None:
    with table.row(sender).step("good token"):
        sender.send(dovecot.server, dovecot.key("SMTP"), CLARA, ANSWER)
        [taken] = dovecot.sink.envelopes
        assert (taken.mail_from, taken.rcpt_tos) == (SUPPORT, [CLARA])
        assert isinstance(taken.content, bytes)
        assert taken.content.endswith(ANSWER)


@each_trouble
@each_sender
def test_bad_token_sends_nothing(
    dovecot: Desk, table: Table, sender: Sender, trouble: Callable[[Desk, str], Key]
) -> None:
    key = trouble(dovecot, "SMTP")
    with (
        table.row(sender).step(f"token {trouble.__name__.replace('_', ' ')}"),
        pytest.raises(RefusedError, match=r"535 5\.7\.8"),
    ):
        sender.send(dovecot.server, key, CLARA, ANSWER)
    assert dovecot.sink.envelopes == []


@each_sender
def test_shared_mailbox_and_application_alone_send(
    dovecot: Desk, table: Table, sender: Sender
) -> None:
    for name, key in (
        ("shared mailbox", dovecot.key("SMTP", HELP, account=ANNA)),
        ("application alone", dovecot.key_of_application(HELP)),
    ):
        with table.row(sender).step(name):
            sender.send(dovecot.server, key, CLARA, ANSWER)
    assert [one.mail_from for one in dovecot.sink.envelopes] == [HELP, HELP]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_long_proof_is_too_long_for_the_first_line_and_good_in_the_second(
    dovecot: Desk, table: Table, mechanism: str
) -> None:
    port = dovecot.server.smtp_port
    dialogue = Dialogue(dovecot.key("SMTP"), mechanism, port)
    assert len(dialogue.key.proof(mechanism, port)) > LONGEST_LINE
    steps = table.row_of(f"smtplib SMTP {mechanism}")
    with (
        steps.step("long proof in the first line is refused"),
        smtplib.SMTP(HOST, port, "desk.contoso.test", timeout=30) as smtp,
    ):
        smtp.ehlo()
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            smtp.auth(mechanism, dialogue.answer, initial_response_ok=True)
        assert refused.value.smtp_code == 500
        assert b"Line too long" in refused.value.smtp_error
    with (
        steps.step("long proof after the challenge"),
        smtp_of_python(dovecot.server, dialogue.key, mechanism) as smtp,
    ):
        assert smtp.mail(SUPPORT)[0] == 250


def test_curl_keeps_a_long_proof_back_even_if_told_to_send_it_at_once(
    dovecot: Desk, table: Table
) -> None:
    with table.row_of("curl SMTP XOAUTH2").step("long proof, --sasl-ir"):
        key = dovecot.key("SMTP")
        send_by_curl(dovecot.server, key, "XOAUTH2", CLARA, ANSWER, "--sasl-ir")
        assert len(dovecot.sink.envelopes) == 1


def test_refusal_of_the_next_server_reaches_the_sender(dovecot: Desk, table: Table) -> None:
    with (
        table.row_of("smtplib SMTP XOAUTH2").step("recipient that the next server refuses"),
        smtp_of_python(dovecot.server, dovecot.key("SMTP"), "XOAUTH2") as smtp,
    ):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.sendmail(SUPPORT, [UNWANTED], ANSWER)
        assert refused.value.recipients[UNWANTED][0] == 552
        assert set(smtp.sendmail(SUPPORT, [UNWANTED, CLARA], ANSWER)) == {UNWANTED}
    [taken] = dovecot.sink.envelopes
    assert taken.rcpt_tos == [CLARA]
