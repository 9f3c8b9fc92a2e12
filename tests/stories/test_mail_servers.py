"""A mailbox behind IMAP and SMTP: a mail comes in, becomes a ticket, and the answer goes out."""

import email
from collections.abc import Iterator
from contextlib import closing
from email.message import Message

import pytest
from aiosmtpd.controller import Controller

from postdesk.base import clock
from postdesk.connections import authorize
from postdesk.connections.applying import connect_application
from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration
from postdesk.flow.probe import check_incoming, check_outgoing
from postdesk.mail.accounts import AccountRefused, enable, save_incoming
from postdesk.mail.health import health_of, way_out_health
from postdesk.mail.models import (
    AccountType,
    AuthenticationMode,
    IncomingMailAccount,
    OutgoingMailAccount,
    SpooledMessage,
)
from postdesk.mail.reading import due_accounts
from postdesk.tickets.models import Ticket
from postdesk.tickets.replying import add_reply
from tests.conformance import dovecot_server
from tests.conformance.dovecot_desk import Sink
from tests.conformance.dovecot_server import MailServer
from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import CLIENT_ID as GOOGLE_CLIENT
from tests.sandbox.google_desk import SERVICE
from tests.sandbox_client import ANNA, HELP, SUPPORT, write_mail

pytestmark = [pytest.mark.django_db, pytest.mark.dovecot]
WORKSPACE = "support@workspace.test"
CLARA = "clara@client.example"
PASSWORD = "p\u00e4ss-word"
Security, SignIn = OutgoingMailAccount.Security, OutgoingMailAccount.SmtpAuthentication


class MailHouse:
    """Dovecot, and a server that takes what is submitted to it."""

    def __init__(self, server: MailServer, sink: Sink) -> None:
        self.server, self.sink = server, sink

    def letters(self) -> list[Message]:
        """Return what left for Clara, oldest first."""
        return [
            email.message_from_bytes(envelope.content)
            for envelope in self.sink.envelopes
            if envelope.rcpt_tos == [CLARA]
        ]


@pytest.fixture
def mail_house(sandbox) -> Iterator[MailHouse]:
    dovecot_server.require_dovecot()
    sink = Sink()
    port = dovecot_server.free_ports(1)[0]
    relay = Controller(sink, hostname="127.0.0.1", port=port, decode_data=False)
    relay.start()
    try:
        server = MailServer(
            tenant_url=sandbox.url,
            tenant="contoso.test",
            mailboxes=[SUPPORT, ANNA, HELP, WORKSPACE],
            relay_port=port,
            password=PASSWORD,
        )
        with closing(server):
            yield MailHouse(server, sink)
    finally:
        relay.stop()


def move_to_imap(desk, mail_house: MailHouse, mailbox: str, **values: object) -> None:
    """Let the desk's accounts be those of a mailbox at Dovecot."""
    places = {
        "imap_host": "127.0.0.1",
        "imap_port": mail_house.server.imap_port,
        "imap_security": Security.NONE,
    }
    for name, value in {**places, "email_address": mailbox, **values}.items():
        setattr(desk.account, name, value)
    desk.account.account_type = AccountType.IMAP
    desk.account.save()
    way_out = desk.outgoing
    way_out.email_address, way_out.kind = mailbox, OutgoingMailAccount.Kind.SMTP
    way_out.smtp_host, way_out.smtp_port = "127.0.0.1", mail_house.server.smtp_port
    way_out.smtp_security = Security.NONE
    way_out.smtp_authentication = SignIn.OAUTH
    way_out.connection = desk.account.connection
    way_out.save()


def register(desk, **typed: object) -> None:
    """Give both accounts another registration."""
    usual = {"client_id": "client-1", "client_secret": "s3cret", "protocols": ("imap", "smtp")}
    connection = Registration(**{**usual, **typed}).store(None, now=clock.now())
    desk.account.connection = desk.outgoing.connection = connection


def sign_in(desk, *, account: str) -> None:
    if account == WORKSPACE:
        desk.sandbox.control("google", auto_sign_in=account)
    attempt = authorize.start(
        desk.account.connection,
        mailbox=desk.account.email_address,
        person=desk.administrator.person,
        session_key="a-session",
        return_to="/",
        now=clock.now(),
    )
    answer = desk.sandbox.sign_in(attempt.authorize_url, account=account)
    handle = authorize.store_answer(answer, now=clock.now())
    done = authorize.finish(
        handle, person=desk.administrator.person, session_key="a-session", now=clock.now()
    )
    assert done.succeeded, done.message
    desk.account.refresh_from_db()
    desk.outgoing.refresh_from_db()


def mail_is_answered(desk, mail_house: MailHouse) -> Ticket:
    """Let a mail come in and answer it; return its ticket."""
    mailbox = desk.account.email_address
    mail_house.server.save(mailbox, write_mail(to=mailbox))
    desk.work()
    ticket = Ticket.objects.get()
    add_reply(ticket, author=desk.administrator.person, text="Water is coming.", now=clock.now())
    desk.work()
    return ticket


@pytest.fixture
def google_desk(make_desk, mail_house):
    desk = make_desk()
    register(desk, provider="google", client_id=GOOGLE_CLIENT, client_secret="GOCSPX-s3cret")
    move_to_imap(desk, mail_house, WORKSPACE)
    sign_in(desk, account=WORKSPACE)
    return desk


@pytest.fixture
def microsoft_desk(make_desk, mail_house):
    desk = make_desk()
    register(desk, cloud="pretend", tenant_id="contoso.test")
    move_to_imap(desk, mail_house, SUPPORT)
    sign_in(desk, account=SUPPORT)
    return desk


@pytest.fixture
def application_desk(make_desk, mail_house):
    desk = make_desk()
    register(desk, cloud="pretend", tenant_id="contoso.test", way_in="application")
    move_to_imap(desk, mail_house, SUPPORT)
    connect_application(desk.account.connection, mailbox=SUPPORT, now=clock.now())
    return desk


@pytest.fixture
def service_account_desk(make_desk, mail_house):
    desk = make_desk()
    key = client_key("service")
    desk.sandbox.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": key.certificate_pem},
        delegated=["https://mail.google.com/"],
    )
    register(
        desk,
        provider="google",
        way_in="application",
        client_id=SERVICE,
        client_secret="",
        private_key=key.key_pem,
        key_id="key-1",
    )
    move_to_imap(desk, mail_house, WORKSPACE)
    connect_application(desk.account.connection, mailbox=WORKSPACE, now=clock.now())
    return desk


@pytest.fixture
def password_desk(make_desk, mail_house):
    desk = make_desk()
    desk.account.connection = None
    mode = AuthenticationMode.PASSWORD
    move_to_imap(
        desk, mail_house, SUPPORT, authentication_mode=mode, imap_password=PASSWORD, is_enabled=True
    )
    way_out = desk.outgoing
    way_out.smtp_authentication = SignIn.PASSWORD
    way_out.smtp_username, way_out.smtp_password = SUPPORT, PASSWORD
    way_out.save()
    return desk


@pytest.mark.parametrize(
    "which",
    [
        "google_desk",
        "service_account_desk",
        "microsoft_desk",
        "application_desk",
        "password_desk",
    ],
)
def test_mail_in_becomes_a_ticket_and_the_answer_goes_out(request, mail_house, which):
    desk = request.getfixturevalue(which)

    ticket = mail_is_answered(desk, mail_house)

    acknowledgement, reply = mail_house.letters()
    assert f"[#{ticket.number}]" in acknowledgement["Subject"]
    assert reply["In-Reply-To"] == "<first@client.example>"
    assert "Water is coming." in reply.get_payload()[0].get_payload(decode=True).decode()
    [stored] = mail_house.server.stored(desk.account.email_address)
    assert "\\Seen" in mail_house.server.flags(desk.account.email_address, stored)
    assert health_of(desk.account, now=clock.now()).kind == "ok"
    assert way_out_health(desk.outgoing).kind == "ok"


@pytest.mark.parametrize(("which", "who"), [("google_desk", WORKSPACE), ("password_desk", SUPPORT)])
def test_checks_of_set_up_say_who_signed_in(request, which, who):
    desk = request.getfixturevalue(which)

    incoming = check_incoming(desk.account)
    outgoing = check_outgoing(desk.outgoing, send_to=CLARA, now=clock.now())

    assert incoming.is_good, incoming.failure
    assert who in incoming.lines[0].why
    assert outgoing.is_good, outgoing.failure


def test_another_reading_finds_only_what_is_new(google_desk, mail_house):
    for number in range(3):
        mail_house.server.save(WORKSPACE, write_mail(message_id=f"<{number}@client.example>"))
    google_desk.work()
    mail_house.server.save(WORKSPACE, write_mail(message_id="<new@client.example>"))
    google_desk.work()

    assert SpooledMessage.objects.count() == 4


def test_renumbered_folder_makes_no_second_ticket(google_desk, mail_house):
    mail_house.server.save(WORKSPACE, write_mail())
    google_desk.work()
    mail_house.server.administer(
        "mailbox", "update", "-u", WORKSPACE, "--uid-validity", "9", "INBOX"
    )
    google_desk.work()

    assert Ticket.objects.count() == 1
    assert SpooledMessage.objects.filter(fate="duplicate").count() == 1


def test_wrong_password_is_shown_at_the_account_and_mends_itself(password_desk, mail_house):
    account = password_desk.account
    IncomingMailAccount.objects.filter(pk=account.pk).update(imap_password="wrong")
    account.refresh_from_db()
    password_desk.work()
    told = health_of(account, now=clock.now())

    assert (told.kind, told.code) == ("bad", "IMAP AUTHENTICATIONFAILED password")
    assert "user name and password" in told.cause

    account.imap_password = PASSWORD
    account.save()
    mail_is_answered(password_desk, mail_house)
    assert health_of(account, now=clock.now()).kind == "ok"


def test_sign_in_that_google_ended_stops_reading_and_says_so(google_desk):
    google_desk.work()
    google_desk.sandbox.control("google_accounts", address=WORKSPACE, revoke=True)
    google_desk.move_clock(days=1)
    google_desk.work()

    google_desk.account.refresh_from_db()
    connection = google_desk.account.connection
    assert connection.state == Connection.State.NEEDS_REAUTHORIZATION
    assert google_desk.account not in due_accounts(now=clock.now())


def test_account_by_password_is_enabled_without_a_sign_in(password_desk):
    account, person = password_desk.account, password_desk.administrator.person
    account.is_enabled = False
    account.save()

    enable(account, by=person, now=clock.now())

    assert due_accounts(now=clock.now()) == [account]


def test_what_another_type_does_not_use_is_forgotten(password_desk):
    account, person = password_desk.account, password_desk.administrator.person
    account.account_type = AccountType.MICROSOFT_365
    account.authentication_mode = AuthenticationMode.PASSWORD
    account.is_enabled = False

    save_incoming(account, by=person, now=clock.now())

    account.refresh_from_db()
    assert (account.imap_password, account.imap_host) == ("", "")
    assert account.authentication_mode == AuthenticationMode.OAUTH_PERSON


def test_password_account_without_a_server_is_refused(password_desk):
    password_desk.account.imap_host = ""

    with pytest.raises(AccountRefused, match="IMAP server"):
        save_incoming(password_desk.account, by=password_desk.administrator.person, now=clock.now())


def test_changing_to_a_password_leaves_the_way_out_its_own_sign_in(microsoft_desk):
    account, before = microsoft_desk.account, microsoft_desk.outgoing.connection
    account.authentication_mode = AuthenticationMode.PASSWORD
    account.imap_password = PASSWORD

    save_incoming(account, by=microsoft_desk.administrator.person, now=clock.now())

    microsoft_desk.outgoing.refresh_from_db()
    assert account.connection is None
    assert microsoft_desk.outgoing.connection == before


@pytest.mark.parametrize("which", ["google_desk", "microsoft_desk"])
def test_pretended_tokens_never_leave_for_the_real_provider(request, which):
    desk = request.getfixturevalue(which)
    desk.account.imap_host = desk.outgoing.smtp_host = ""

    assert "not known" in check_incoming(desk.account).failure.why
    assert "not known" in check_outgoing(desk.outgoing, send_to="", now=clock.now()).failure.why
