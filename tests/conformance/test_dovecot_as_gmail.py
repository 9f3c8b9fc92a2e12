"""Dovecot plays Gmail: mail programs enter with Google's tokens, by IMAP, POP and SMTP."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from aiosmtpd.controller import Controller

from postdesk_sandbox.server import Sandbox
from tests.conformance import dovecot_server
from tests.conformance.dovecot_desk import Desk, Sink, Table, mail_for
from tests.conformance.dovecot_server import MailServer
from tests.conformance.mail_clients import READERS, SENDERS, Key, Reader, RefusedError, Sender
from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import (
    CLIENT_ID,
    MAIL,
    SEND,
    SERVICE,
    SUPPORT,
    GoogleDesk,
    sign_assertion,
)
from tests.sandbox.visitor import Visitor

pytestmark = pytest.mark.dovecot
CLARA = "clara@fabrikam.example"
KEY = client_key("service")


@pytest.fixture(scope="module")
def running_gmail() -> Iterator[Desk]:
    dovecot_server.require_dovecot()
    sink = Sink()
    port = dovecot_server.free_ports(1)[0]
    relay = Controller(sink, hostname="127.0.0.1", port=port, decode_data=False)
    relay.start()
    try:
        with Sandbox(port=0) as sandbox, closing(Visitor(sandbox)) as visitor:
            server = MailServer(
                tenant_url=sandbox.url,
                tenant="contoso.test",
                mailboxes=[SUPPORT],
                relay_port=relay.port,
            )
            with closing(server):
                server.save(SUPPORT, mail_for(SUPPORT))
                yield Desk(visitor, server, sink)
    finally:
        relay.stop()


@pytest.fixture
def gmail(running_gmail: Desk) -> Iterator[Desk]:
    running_gmail.visitor.control("reset")
    running_gmail.sink.envelopes.clear()
    yield running_gmail
    assert running_gmail.visitor.look("unimplemented") == []


def renewed(google: GoogleDesk) -> str:
    """Return the token of a renewal, as a desk uses it every hour."""
    return str(google.refresh(google.tokens()["refresh_token"]).json()["access_token"])


def of_a_service_account(google: GoogleDesk) -> str:
    google.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": KEY.certificate_pem},
        delegated=[MAIL],
    )
    return str(google.post_assertion(sign_assertion(KEY)).json()["access_token"])


def ended(google: GoogleDesk) -> str:
    token = renewed(google)
    google.control("clock", advance_seconds=3600)
    return token


def from_before_a_new_password(google: GoogleDesk) -> str:
    token = renewed(google)
    google.control("google_accounts", address=SUPPORT, password="new")
    return token


def revoked(google: GoogleDesk) -> str:
    token = renewed(google)
    google.control("google_accounts", address=SUPPORT, revoke=True)
    return token


def for_sending_by_api_only(google: GoogleDesk) -> str:
    return str(google.tokens(scope=SEND)["access_token"])


def of_somebody_else(google: GoogleDesk) -> str:
    return str(google.tokens("anna@workspace.test")["access_token"])


def of_a_deleted_client(google: GoogleDesk) -> str:
    token = renewed(google)
    google.control("google_clients", client_id=CLIENT_ID, deleted=True)
    return token


Making = Callable[[GoogleDesk], str]
GOOD = pytest.mark.parametrize(
    "make", [renewed, of_a_service_account], ids=lambda one: one.__name__
)
BAD = pytest.mark.parametrize(
    "make",
    [
        ended,
        from_before_a_new_password,
        revoked,
        for_sending_by_api_only,
        of_somebody_else,
        of_a_deleted_client,
    ],
    ids=lambda one: one.__name__,
)
each_reader = pytest.mark.parametrize("reader", READERS, ids=str)
each_sender = pytest.mark.parametrize("sender", SENDERS, ids=str)


def key_of(gmail: Desk, make: Making) -> Key:
    return Key(mailbox=SUPPORT, token=make(GoogleDesk(gmail.visitor)))


def step_of(make: Making) -> str:
    return f"Google's token {make.__name__.replace('_', ' ')}"


@GOOD
@each_reader
def test_googles_token_opens_the_inbox(
    gmail: Desk, table: Table, reader: Reader, make: Making
) -> None:
    key = key_of(gmail, make)
    with table.row(reader).step(step_of(make)):
        assert reader.read(gmail.server, key) == mail_for(SUPPORT)


@BAD
@each_reader
def test_bad_token_of_googles_does_not_open_the_inbox(
    gmail: Desk, table: Table, reader: Reader, make: Making
) -> None:
    key = key_of(gmail, make)
    with table.row(reader).step(step_of(make)), pytest.raises(RefusedError):
        reader.read(gmail.server, key)


@GOOD
@each_sender
def test_googles_token_sends(gmail: Desk, table: Table, sender: Sender, make: Making) -> None:
    key = key_of(gmail, make)
    with table.row(sender).step(step_of(make)):
        sender.send(gmail.server, key, CLARA, mail_for(CLARA))
        [taken] = gmail.sink.envelopes
        assert (taken.mail_from, taken.rcpt_tos) == (SUPPORT, [CLARA])


@BAD
@each_sender
def test_bad_token_of_googles_sends_nothing(
    gmail: Desk, table: Table, sender: Sender, make: Making
) -> None:
    key = key_of(gmail, make)
    with table.row(sender).step(step_of(make)), pytest.raises(RefusedError):
        sender.send(gmail.server, key, CLARA, mail_for(CLARA))
    assert gmail.sink.envelopes == []
