"""Setup > E-Mail > Outgoing Mail Accounts."""

from collections.abc import Callable

import pytest
from aiosmtpd.controller import Controller
from django.test import Client as Browser
from tests.desk_process import free_port
from tests.pages.mail_making import (
    at_public_url,
    make_authorized,
    make_connection,
    make_mailbox,
    make_way_out,
    text_of,
)

from postdesk.base import clock
from postdesk.connections.models import Connection
from postdesk.directory.models import Person, Tech
from postdesk.flow import probe
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.mail.models import OutgoingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
LIST = "/setup/outgoing-mail-accounts/"
NEW = f"{LIST}new/"


REAL_CHECK = probe.check_outgoing
GOOD = CheckReport(lines=(CheckLine(title="Server reached and signed in"),))


@pytest.fixture(autouse=True)
def _servers_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the servers of these forms answer well; the one test that asks a real one says so."""
    monkeypatch.setattr(probe, "check_outgoing", lambda *_args, **_values: GOOD)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


def smtp_form(**changes: object) -> dict[str, object]:
    return {
        "email_address": "Desk@Desk.example",
        "display_name": "Service Desk",
        "kind": "smtp",
        "smtp_host": "smtp.desk.example",
        "smtp_port": "587",
        "smtp_security": "starttls",
        "smtp_username": "desk",
        "smtp_password": "pass-word",
        **changes,
    }


def address_of(account: OutgoingMailAccount) -> str:
    return f"{LIST}{account.pk}/"


@pytest.mark.parametrize("page", [LIST, NEW])
def test_only_administrators_see_the_ways_out(
    page: str, tech: Tech, client_person: Person, stranger: Browser, signed_in: SignedIn
) -> None:
    assert signed_in(tech.person).get(page).status_code == 403
    assert signed_in(client_person).get(page).status_code == 403
    assert "/sign-in/" in stranger.get(page)["Location"]


def test_smtp_account_is_stored_and_listed(browser: Browser) -> None:
    answer = browser.post(NEW, smtp_form())
    account = OutgoingMailAccount.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == address_of(account)
    assert account.email_address == "desk@desk.example"
    assert (account.smtp_host, account.smtp_password) == ("smtp.desk.example", "pass-word")
    page = text_of(browser.get(LIST).content)
    assert "desk@desk.example" in page
    assert "Not tested yet" in page


def test_save_signs_in_first_and_keeps_what_was_typed_when_the_server_refuses(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "check_outgoing", REAL_CHECK)
    sink = Controller(object(), hostname="127.0.0.1", port=free_port())
    sink.start()
    form = smtp_form(
        smtp_host="127.0.0.1",
        smtp_port=str(sink.port),
        smtp_security="none",
        smtp_username="",
        smtp_password="",
    )
    answer = browser.post(NEW, form, follow=True)
    assert answer.redirect_chain[0][1] == 303
    assert "Saved. The server answers; send a test" in text_of(answer.content)
    sink.stop()

    account = OutgoingMailAccount.objects.get()
    answer = browser.post(address_of(account), {**form, "display_name": "Renamed"})
    assert answer.status_code == 422
    assert "cannot be reached" in text_of(answer.content)
    assert 'value="Renamed"' in answer.content.decode()
    account.refresh_from_db()
    assert account.display_name == "Service Desk"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"smtp_host": ""}, "Name the SMTP server"),
        ({"smtp_host": "https://smtp.desk.example/"}, "Only the name of the server"),
        ({"smtp_port": "70000"}, "A port is a number from 1 to 65535"),
        ({"smtp_password": ""}, "Enter the password of this user."),
        ({"smtp_security": "none"}, "The password would travel unprotected"),
        ({"email_address": "nonsense"}, "Enter a valid email address"),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(
    browser: Browser, changes: dict[str, object], complaint: str
) -> None:
    answer = browser.post(NEW, smtp_form(**changes))
    assert answer.status_code == 422
    assert complaint in text_of(answer.content)
    assert 'value="Service Desk"' in answer.content.decode()
    assert not OutgoingMailAccount.objects.exists()


def test_second_account_of_one_address_is_refused(browser: Browser) -> None:
    make_way_out("desk@desk.example")
    answer = browser.post(NEW, smtp_form())
    assert answer.status_code == 422
    assert "This is an Outgoing Mail Account already" in text_of(answer.content)


def test_stored_password_is_never_shown_and_kept_when_left_empty(browser: Browser) -> None:
    browser.post(NEW, smtp_form())
    account = OutgoingMailAccount.objects.get()
    page = browser.get(address_of(account)).content.decode()
    assert "pass-word" not in page
    assert "Saved. Type to replace it" in page
    browser.post(address_of(account), smtp_form(smtp_password="", display_name="Desk"))
    account.refresh_from_db()
    assert (account.display_name, account.smtp_password) == ("Desk", "pass-word")


def test_stored_password_goes_to_no_other_server(browser: Browser) -> None:
    browser.post(NEW, smtp_form())
    account = OutgoingMailAccount.objects.get()
    answer = browser.post(
        address_of(account), smtp_form(smtp_password="", smtp_host="smtp.evil.example")
    )
    assert answer.status_code == 422
    assert "type the password again" in text_of(answer.content)
    account.refresh_from_db()
    assert account.smtp_host == "smtp.desk.example"


def test_password_goes_away_with_its_user(browser: Browser) -> None:
    browser.post(NEW, smtp_form())
    account = OutgoingMailAccount.objects.get()
    browser.post(address_of(account), smtp_form(smtp_username="", smtp_password=""))
    account.refresh_from_db()
    assert account.smtp_password == ""


def test_choosing_the_kind_shows_its_fields(browser: Browser) -> None:
    graph = browser.get(NEW).content.decode()
    smtp = browser.post(NEW, {"update": "1", "kind": "smtp", "display_name": "D"}).content.decode()
    assert 'name="tenant_id"' in graph
    assert 'name="smtp_host"' not in graph
    assert 'name="smtp_host"' in smtp
    assert 'name="tenant_id"' not in smtp
    assert 'value="D"' in smtp
    assert not OutgoingMailAccount.objects.exists()


def test_graph_account_uses_the_connection_of_a_mailbox(browser: Browser) -> None:
    mailbox = make_mailbox(connection=make_authorized())
    answer = browser.post(
        NEW,
        {
            "email_address": mailbox.email_address,
            "kind": "microsoft365",
            "connection": str(mailbox.connection_id),
        },
    )
    account = OutgoingMailAccount.objects.get()
    assert answer.status_code == 303
    assert account.connection_id == mailbox.connection_id


def test_changing_to_smtp_forgets_the_connection(browser: Browser) -> None:
    account = make_way_out(kind="microsoft365", connection=make_connection())
    browser.post(address_of(account), smtp_form())
    account.refresh_from_db()
    assert account.kind == "smtp"
    assert account.connection is None
    assert not Connection.objects.exists()


def test_test_sends_with_what_is_typed_and_stores_only_that_it_worked(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []

    def check(account: OutgoingMailAccount, *, send_to: str, now: object) -> CheckReport:
        sent.append((account.smtp_host, send_to))
        return CheckReport(lines=(CheckLine(title=f"Test mail to {send_to} accepted"),))

    monkeypatch.setattr(probe, "check_outgoing", check)
    account = make_way_out("desk@desk.example", problem="broken", paused_until=clock.now())
    page = browser.post(
        address_of(account),
        smtp_form(smtp_host="typed.example", test="1", test_to="ada@desk.example"),
    )
    assert page.status_code == 200
    assert sent == [("typed.example", "ada@desk.example")]
    assert "Test mail to ada@desk.example accepted" in text_of(page.content)
    account.refresh_from_db()
    assert account.smtp_host == "smtp.desk.example"
    assert account.tested_at is not None
    assert account.problem == ""


def test_test_goes_to_the_administrator_unless_told_otherwise(browser: Browser) -> None:
    assert 'value="ada@desk.example"' in browser.get(NEW).content.decode()
    answer = browser.post(NEW, smtp_form(test="1", test_to=""))
    assert answer.status_code == 422
    assert "Enter the address that the test mail goes to." in text_of(answer.content)


def test_way_out_of_an_enabled_mailbox_cannot_be_deactivated(browser: Browser) -> None:
    account = make_way_out()
    make_mailbox("help@contoso.test", outgoing_account=account, is_enabled=True)
    browser.post(f"{address_of(account)}switch/", {"deactivate": "1"})
    page = text_of(browser.get(address_of(account)).content)
    account.refresh_from_db()
    assert account.is_active
    assert "sends the answers of help@contoso.test" in page


def test_unused_way_out_is_deactivated_and_activated(browser: Browser) -> None:
    account = make_way_out()
    browser.post(f"{address_of(account)}switch/", {"deactivate": "1"})
    account.refresh_from_db()
    assert not account.is_active
    assert "Deactivated" in text_of(browser.get(LIST).content)
    browser.post(f"{address_of(account)}switch/", {"activate": "1"})
    account.refresh_from_db()
    assert account.is_active


def test_problem_is_shown_with_what_to_do(browser: Browser) -> None:
    account = make_way_out(
        problem="The server refused the password.",
        remedy="Type the password again.",
        problem_code="535 5.7.8",
        problem_since=clock.now(),
        paused_until=clock.now(),
    )
    page = text_of(browser.get(address_of(account)).content)
    for words in ("refused the password", "Type the password again.", "535 5.7.8", "Needs you"):
        assert words in page
