"""Setup of mailboxes behind IMAP, and of ways out that sign in to SMTP by OAuth."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from tests.pages.mail_making import (
    HELP,
    at_public_url,
    incoming_form,
    make_authorized,
    make_connection,
    make_request_type,
    make_way_out,
    text_of,
)

from postdesk.connections.models import Connection
from postdesk.directory.models import Person, Tech
from postdesk.flow import probe
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.mail.models import HistoryLine, IncomingMailAccount, OutgoingMailAccount

SignedIn = Callable[[Person], Browser]
pytestmark = pytest.mark.django_db
INCOMING, OUTGOING = "/setup/incoming-mail-accounts/", "/setup/outgoing-mail-accounts/"
GOOD = CheckReport(lines=(CheckLine(title="Signed in"),))
BAD = CheckReport(
    lines=(CheckLine(title="Open the mailbox", why="no such user", state="bad", remedy="Look."),)
)
PASSWORD = "imap-pass-word"


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let the servers answer well; returns the accounts that were tried."""
    tried: list[object] = []

    def answer(account: object, **_values: object) -> CheckReport:
        tried.append(account)
        return GOOD

    monkeypatch.setattr(probe, "check_incoming", answer)
    monkeypatch.setattr(probe, "check_outgoing", answer)
    return tried


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn, probed: list[object]) -> Browser:
    return at_public_url(signed_in(administrator.person))


def password_form(**changes: object) -> dict[str, object]:
    """Return what the form of a mailbox by password posts."""
    way_out = OutgoingMailAccount.objects.first() or make_way_out("desk@desk.example")
    typed = {
        "account_type": "imap",
        "authentication_mode": "password",
        "imap_host": "imap.desk.example",
        "imap_port": "993",
        "imap_security": "tls",
        "imap_username": "help",
        "imap_password": PASSWORD,
        "outgoing": str(way_out.pk),
        "request_type": str(make_request_type(f"Type {changes!s:.60}").pk),
        "is_enabled": "on",
    }
    return incoming_form(
        **{**typed, "tenant_id": "", "client_id": "", "client_secret": "", **changes}
    )


def oauth_form(**changes: object) -> dict[str, object]:
    return password_form(
        authentication_mode="oauth_person",
        imap_password="",
        **{
            "tenant_id": "contoso.test",
            "client_id": "client-1",
            "client_secret": "s3cret",
            "is_enabled": None,
            **changes,
        },
    )


def test_mailbox_by_password_is_tried_stored_and_enabled_without_a_sign_in(
    browser: Browser, probed: list[object]
) -> None:
    answer = browser.post(f"{INCOMING}new/", password_form())

    account = IncomingMailAccount.objects.get()
    assert answer.status_code == 303
    assert probed
    assert account.is_enabled
    assert account.connection is None
    assert not Connection.objects.exists()
    assert (account.imap_host, account.imap_username) == ("imap.desk.example", "help")
    assert account.imap_password == PASSWORD


def test_refused_sign_in_stores_nothing(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "check_incoming", lambda _account: BAD)

    answer = browser.post(f"{INCOMING}new/", password_form())

    assert answer.status_code == 422
    assert "no such user" in text_of(answer.content)
    assert not IncomingMailAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"imap_host": ""}, "Name the IMAP server"),
        ({"imap_host": "imaps://imap.desk.example"}, "Only the name of the server"),
        ({"imap_port": "70000"}, "A port is a number from 1 to 65535"),
        ({"imap_password": ""}, "Enter the password of this user."),
        ({"imap_security": "none"}, "The sign-in would travel unprotected"),
        ({"outgoing": "own"}, "Nobody knows its SMTP server"),
    ],
)
def test_form_says_what_is_wrong(
    browser: Browser, changes: dict[str, object], complaint: str
) -> None:
    answer = browser.post(f"{INCOMING}new/", password_form(**changes))

    assert answer.status_code == 422
    assert complaint in text_of(answer.content)
    assert not IncomingMailAccount.objects.exists()


def test_stored_password_is_never_shown_and_goes_to_no_other_server(browser: Browser) -> None:
    browser.post(f"{INCOMING}new/", password_form())
    account = IncomingMailAccount.objects.get()
    page = f"{INCOMING}{account.pk}/"

    assert PASSWORD not in browser.get(page).content.decode()
    form = password_form(imap_password="", outgoing=str(account.outgoing_account_id))
    assert browser.post(page, form).status_code == 303
    assert IncomingMailAccount.objects.get().imap_password == PASSWORD
    answer = browser.post(page, {**form, "imap_host": "imap.elsewhere.example"})
    assert answer.status_code == 422
    assert "type the password again" in text_of(answer.content)


def test_history_tells_of_the_server_and_not_of_the_password(browser: Browser) -> None:
    browser.post(f"{INCOMING}new/", password_form())
    account = IncomingMailAccount.objects.get()
    form = password_form(imap_host="imap2.desk.example", imap_password="another-one")
    browser.post(f"{INCOMING}{account.pk}/", form)

    told = " ".join(HistoryLine.objects.values_list("text", flat=True))
    assert "IMAP Server from “imap.desk.example” to “imap2.desk.example”" in told
    assert "another-one" not in told
    assert PASSWORD not in told


def test_page_asks_for_what_type_and_sign_in_need(browser: Browser) -> None:
    graph = browser.get(f"{INCOMING}new/").content.decode()
    by_password = browser.post(f"{INCOMING}new/", {**password_form(), "update": "1"})
    by_oauth = browser.post(f"{INCOMING}new/", {**oauth_form(), "update": "1"})

    assert 'id="mail-server"' not in graph
    assert 'id="registration"' in graph
    assert 'id="mail-server"' in by_password.content.decode()
    assert 'id="registration"' not in by_password.content.decode()
    assert 'id="mail-server"' in by_oauth.content.decode()
    assert 'id="registration"' in by_oauth.content.decode()


def test_mailbox_by_oauth_registers_for_imap_and_its_own_way_out(browser: Browser) -> None:
    form = oauth_form(outgoing="own", imap_host="", imap_username="")
    answer = browser.post(f"{INCOMING}new/", form)

    account = IncomingMailAccount.objects.get()
    way_out = OutgoingMailAccount.objects.get(email_address=HELP)
    assert answer.status_code == 303
    assert account.connection.protocols == ["imap", "smtp"]
    assert way_out.connection == account.connection
    assert (way_out.kind, way_out.smtp_authentication) == ("smtp", "oauth")


def test_changing_to_a_password_drops_the_connection(browser: Browser) -> None:
    browser.post(f"{INCOMING}new/", oauth_form())
    account = IncomingMailAccount.objects.get()
    browser.post(f"{INCOMING}{account.pk}/", password_form())

    account.refresh_from_db()
    assert account.connection is None
    assert not Connection.objects.exists()


def test_list_and_page_of_a_mailbox_by_password_ask_for_no_sign_in(browser: Browser) -> None:
    browser.post(f"{INCOMING}new/", password_form())
    account = IncomingMailAccount.objects.get()

    listed = text_of(browser.get(INCOMING).content)
    assert "Authorize" not in listed
    assert "Ready" in listed
    assert browser.get(f"{INCOMING}{account.pk}/").status_code == 200


def test_first_steps_count_a_mailbox_by_password_as_connected(browser: Browser) -> None:
    browser.post(f"{INCOMING}new/", password_form())

    assert f"{HELP} is ready" in text_of(browser.get("/setup/").content)


def smtp_by_oauth(connection: Connection, **changes: object) -> dict[str, object]:
    return {
        "email_address": "desk@desk.example",
        "kind": "smtp",
        "smtp_host": "",
        "smtp_port": "587",
        "smtp_security": "starttls",
        "smtp_authentication": "oauth",
        "smtp_username": "",
        "smtp_password": "",
        "connection": str(connection.pk),
        **changes,
    }


def test_way_out_by_smtp_uses_the_connection_of_a_mailbox(
    browser: Browser, probed: list[object]
) -> None:
    connection = make_authorized()

    answer = browser.post(f"{OUTGOING}new/", smtp_by_oauth(connection))

    account = OutgoingMailAccount.objects.get()
    assert answer.status_code == 303, text_of(answer.content)
    assert probed
    assert account.connection == connection
    assert account.connection.protocols == ["graph", "smtp"]
    assert account.smtp_password == ""


def test_way_out_by_oauth_shows_its_registration_and_no_password(browser: Browser) -> None:
    connection = make_connection()
    page = browser.post(f"{OUTGOING}new/", {**smtp_by_oauth(connection), "update": "1"})

    assert 'id="registration"' in page.content.decode()
    assert "Kept encrypted" not in text_of(page.content).partition("Connection")[0]


def test_open_line_is_refused_for_oauth_too(browser: Browser) -> None:
    connection = make_authorized()
    form = smtp_by_oauth(connection, smtp_host="smtp.desk.example", smtp_security="none")

    answer = browser.post(f"{OUTGOING}new/", form)

    assert answer.status_code == 422
    assert "The sign-in would travel unprotected" in text_of(answer.content)
