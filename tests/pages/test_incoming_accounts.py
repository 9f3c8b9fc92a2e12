"""Setup > E-Mail > Incoming Mail Accounts."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from tests.pages.mail_making import (
    ANNA,
    HELP,
    SECRET,
    SUPPORT,
    at_public_url,
    incoming_form,
    make_authorized,
    make_connection,
    make_mailbox,
    make_request_type,
    make_way_out,
    text_of,
)

from postdesk.base import clock
from postdesk.connections.models import Connection
from postdesk.directory.models import Person, Tech, TechGroup
from postdesk.flow import probe
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.mail.accounts import disable
from postdesk.mail.history import history_of
from postdesk.mail.models import (
    IncomingMailAccount,
    OutgoingMailAccount,
    OutgoingMessage,
    StoredOctets,
)
from postdesk.mail.spool import Arrival, spool_arrivals

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
LIST = "/setup/incoming-mail-accounts/"
NEW = f"{LIST}new/"
GOOD = CheckReport(lines=(CheckLine(title="Mailbox opened", why="Inbox holds 3 messages"),))
BAD = CheckReport(
    lines=(
        CheckLine(
            title="Open the mailbox",
            why="anna may not open it.",
            state="bad",
            remedy="Give Full Access to anna.",
            code="ErrorAccessDenied",
        ),
    )
)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


def address_of(account: IncomingMailAccount) -> str:
    return f"{LIST}{account.pk}/"


def complete(**changes: object) -> dict[str, object]:
    return incoming_form(request_type=str(make_request_type("Mail").pk), **changes)


def working_mailbox(**values: Any) -> IncomingMailAccount:
    connection = make_authorized(for_shared_mailbox=True)
    return make_mailbox(
        connection=connection,
        outgoing_account=make_way_out(),
        request_type=make_request_type("General"),
        **values,
    )


def form_of(account: IncomingMailAccount, **changes: object) -> dict[str, object]:
    typed: dict[str, object] = {
        "connection": str(account.connection_id),
        "client_secret": "",
        "outgoing": str(account.outgoing_account_id),
        "request_type": str(account.request_type_id),
    }
    return incoming_form(**{**typed, **changes})


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[CheckReport], list[IncomingMailAccount]]:
    """Let the mailbox answer each test with a report; return what was tried."""

    def answer_with(report: CheckReport) -> list[IncomingMailAccount]:
        tried: list[IncomingMailAccount] = []

        def check(account: IncomingMailAccount) -> CheckReport:
            tried.append(account)
            return report

        monkeypatch.setattr(probe, "check_incoming", check)
        return tried

    return answer_with


@pytest.mark.parametrize("page", [LIST, NEW])
def test_only_administrators_see_the_accounts(
    page: str, tech: Tech, client_person: Person, stranger: Browser, signed_in: SignedIn
) -> None:
    assert signed_in(tech.person).get(page).status_code == 403
    assert signed_in(client_person).get(page).status_code == 403
    assert "/sign-in/" in stranger.get(page)["Location"]


def test_list_without_accounts_says_what_to_do(browser: Browser) -> None:
    assert "No mailbox yet" in text_of(browser.get(LIST).content)


def test_list_puts_those_first_that_need_somebody(browser: Browser) -> None:
    make_mailbox("a-well@x.test", connection=make_authorized(), is_enabled=True)
    make_mailbox(
        "b-broken@x.test",
        connection=make_connection(
            state=Connection.State.NEEDS_REAUTHORIZATION,
            error_code="AADSTS700082",
            authorized_at=clock.now(),
        ),
        is_enabled=True,
    )
    make_mailbox(
        "c-soon@x.test",
        connection=make_authorized(secret_ends_on=clock.now().date() + timedelta(days=5)),
        is_enabled=True,
    )
    make_mailbox("d-off@x.test", connection=make_authorized())
    make_mailbox("e-new@x.test", connection=make_connection())
    page = text_of(browser.get(LIST).content)
    table = page[page.index("E-Mail Address Health") :]
    names = ["b-broken@", "c-soon@", "e-new@", "a-well@", "d-off@"]
    assert sorted(names, key=table.index) == names
    assert "Needs re-authorization" in table
    assert "5 days left" in table
    assert "Not authorized yet" in table


def test_list_counts_waiting_and_held_messages(browser: Browser) -> None:
    mailbox = working_mailbox(is_enabled=True)
    arrival = Arrival(remote_id="1", octets=b"Subject: x\r\n\r\n", received_at=None)
    spool_arrivals(mailbox, [arrival], now=clock.now(), is_settled=True)
    page = browser.get(LIST).content.decode()
    assert '<td class="mail-list__middle num end">' in page
    assert "<span>1</span>" in page.replace('<span class="">', "<span>")


def test_list_and_page_say_when_mail_came_and_left_and_the_sign_in_was_renewed(
    browser: Browser,
) -> None:
    came, left, renewed = (clock.now() - timedelta(days=days) for days in (2, 3, 4))
    mailbox = working_mailbox(is_enabled=True, last_mail_at=came)
    Connection.objects.update(refreshed_at=renewed)
    OutgoingMessage.objects.create(
        account=mailbox.outgoing_account,
        cause="event:1",
        kind="reply",
        ticket_number=1,
        octets=StoredOctets.objects.create(sha256="0" * 64, size_bytes=0),
        state="sent",
        queued_at=left,
        send_after=left,
        sent_at=left,
    )

    for address in (LIST, f"{LIST}{mailbox.pk}/"):
        page = text_of(browser.get(address).content)
        for moment in (came, left):
            assert f"{moment:%-d %b}" in page
        assert "renewed:" in page
    assert 'hx-trigger="every 30s"' in browser.get(LIST).content.decode()


def test_new_account_shows_what_to_register(browser: Browser) -> None:
    page = text_of(browser.get(NEW).content)
    for words in (
        "http://localhost:8080/oauth/callback", "single tenant", "platform Web", "Mail.ReadWrite",
        "Mail.Send", "User.Read", "offline_access", "AADSTS50011",
        "AADSTS700016", "AADSTS90002", "Done only after the message is stored here in full.",
        "Allow Auto-submitted E-Mail", "Enable E-Mail Tickets",
    ):  # fmt: skip
        assert words in page, words


def test_page_warns_when_the_browser_is_not_at_the_public_url(browser: Browser) -> None:
    assert "Your browser is at" not in text_of(browser.get(NEW).content)
    browser.defaults["HTTP_HOST"] = "127.0.0.1:8080"
    assert "Your browser is at http://127.0.0.1:8080" in text_of(browser.get(NEW).content)


def test_save_before_anybody_signed_in_stores_with_tickets_off(browser: Browser) -> None:
    answer = browser.post(NEW, complete(is_enabled="on"))
    account = IncomingMailAccount.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == address_of(account)
    assert not account.is_enabled
    assert "E-Mail Tickets off" in text_of(browser.get(address_of(account)).content)
    connection = account.connection
    assert connection is not None
    assert (connection.tenant_id, connection.client_secret) == ("contoso.test", SECRET)
    assert connection.for_shared_mailbox


def test_own_way_out_is_made_with_the_mailbox(browser: Browser) -> None:
    browser.post(NEW, complete(outgoing="own"))
    account = IncomingMailAccount.objects.get()
    way_out = OutgoingMailAccount.objects.get()
    assert account.outgoing_account == way_out
    assert way_out.email_address == HELP
    assert way_out.connection == account.connection


def test_unsupported_request_type_is_refused_by_name(browser: Browser) -> None:
    desk, building = (TechGroup.objects.create(name=name) for name in ("Desk", "Building"))
    heating = make_request_type("Heating", building)
    answer = browser.post(NEW, incoming_form(tech_group=str(desk.pk), request_type=str(heating.pk)))
    page = text_of(answer.content)
    assert answer.status_code == 422
    assert "Tech Group “Desk” does not support Request Type “Heating”" in page
    assert not IncomingMailAccount.objects.exists()
    assert not Connection.objects.exists()


def test_refused_form_keeps_everything_typed(browser: Browser) -> None:
    answer = browser.post(NEW, incoming_form(client_secret="typed-just-now", folder="Done"))
    page = answer.content.decode()
    assert answer.status_code == 422
    for typed in ('value="typed-just-now"', f'value="{HELP}"', 'value="2031-05-01"'):
        assert typed in page
    assert "Choose the Request Type of new tickets." in text_of(answer.content)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"outgoing": ""}, "Choose the Outgoing Mail Account"),
        ({"email_address": "no address"}, "Enter a valid email address"),
        ({"tenant_id": ""}, "Enter the Tenant ID."),
        ({"tenant_id": "common"}, "stands for many tenants"),
        ({"client_id": "two words"}, "no spaces inside"),
        ({"client_secret": ""}, "Enter the Client Secret."),
        ({"client_secret": "0a1b2c3d-1111-2222-3333-444455556666"}, "This is the Secret ID"),
        ({"secret_ends_on": ""}, "Enter the day, or tick"),
        ({"secret_ends_on": "2020-01-01"}, "This day is past"),
        ({"after_processing": "move"}, "Name the folder"),
    ],
)
def test_form_says_what_is_wrong(
    browser: Browser, changes: dict[str, object], complaint: str
) -> None:
    answer = browser.post(NEW, complete(**changes))
    assert answer.status_code == 422
    assert complaint in text_of(answer.content)
    assert not IncomingMailAccount.objects.exists()


def test_second_account_of_one_address_is_refused(browser: Browser) -> None:
    make_mailbox(HELP)
    answer = browser.post(NEW, complete(email_address="HELP@contoso.test"))
    assert answer.status_code == 422
    assert "is an Incoming Mail Account already" in text_of(answer.content)


def test_alias_of_a_mailbox_that_is_read_is_refused(browser: Browser) -> None:
    make_mailbox(SUPPORT, own_addresses=[SUPPORT, HELP])
    answer = browser.post(NEW, complete())
    assert answer.status_code == 422
    assert f"{HELP} is another address of {SUPPORT}" in text_of(answer.content)
    assert not Connection.objects.exists()


def test_unknown_end_of_the_secret_stays_a_warning(browser: Browser) -> None:
    browser.post(NEW, complete(secret_ends_on="", secret_end_unknown="on"))
    account = IncomingMailAccount.objects.get()
    page = text_of(browser.get(address_of(account)).content)
    assert "Nobody knows when the client secret ends" in page
    assert "end not known" in text_of(browser.get(LIST).content)


def test_stored_secret_is_never_shown_and_kept_when_left_empty(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    answers(GOOD)
    account = working_mailbox()
    page = browser.get(address_of(account)).content.decode()
    assert SECRET not in page
    assert "a-refresh-token" not in page
    assert "Saved. Type to replace it" in page
    assert browser.post(address_of(account), form_of(account)).status_code == 303
    connection = Connection.objects.get()
    assert connection.client_secret == SECRET


def test_choosing_a_group_shows_its_request_types_and_keeps_what_was_typed(
    browser: Browser,
) -> None:
    desk, building = (TechGroup.objects.create(name=name) for name in ("Desk", "Building"))
    make_request_type("Heating", building)
    make_request_type("Printers", desk)
    make_request_type("Anything")
    answer = browser.post(
        NEW,
        incoming_form(
            update="1", tech_group=str(desk.pk), email_address="half@", client_secret="typed"
        ),
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Printers" in page
    assert "Anything" in page
    assert "Heating" not in page
    assert 'value="half@"' in page
    assert 'value="typed"' in page
    assert "field__error" not in page
    assert not IncomingMailAccount.objects.exists()


def test_folder_is_asked_for_only_when_messages_move(browser: Browser) -> None:
    still = browser.post(NEW, incoming_form(update="1")).content.decode()
    moving = browser.post(NEW, incoming_form(update="1", after_processing="move")).content.decode()
    assert '<input type="hidden" name="folder"' in still
    assert '<input type="hidden" name="folder"' not in moving


def test_save_tests_an_authorized_mailbox_before_it_stores(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    tried = answers(BAD)
    account = working_mailbox(is_enabled=True)
    answer = browser.post(address_of(account), form_of(account, email_address="other@contoso.test"))
    page = text_of(answer.content)
    assert answer.status_code == 422
    assert [one.email_address for one in tried] == ["other@contoso.test"]
    assert "anna may not open it." in page
    assert "Give Full Access to anna." in page
    assert "Nothing was stored." in page
    account.refresh_from_db()
    assert account.email_address == HELP


def test_save_that_works_enables_and_shows_the_test(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    answers(GOOD)
    account = working_mailbox()
    browser.post(address_of(account), form_of(account, is_enabled="on", after_processing="keep"))
    page = text_of(browser.get(address_of(account)).content)
    account.refresh_from_db()
    assert account.is_enabled
    assert account.after_processing == "keep"
    assert "Last test" in page
    assert "Inbox holds 3 messages" in page
    texts = list(history_of(account).values_list("text", flat=True))
    assert texts[0] == "E-Mail Tickets enabled by Ada Admin"
    assert "by Ada Admin: " in texts[1]
    assert "After processing from “Mark as read” to “Leave as it is”" in texts[1]


def test_test_button_shows_the_checks_and_stores_nothing(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    answers(GOOD)
    account = working_mailbox()
    answer = browser.post(
        address_of(account), form_of(account, test="1", email_address="typed@contoso.test")
    )
    assert answer.status_code == 200
    assert "Inbox holds 3 messages" in text_of(answer.content)
    assert "The test passed. A test stores nothing" in text_of(answer.content)
    assert 'value="typed@contoso.test"' in answer.content.decode()
    account.refresh_from_db()
    assert account.email_address == HELP


def test_another_mailbox_starts_from_its_beginning(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    answers(GOOD)
    account = working_mailbox(cursor="old", own_addresses=[HELP], reading_by="a worker")
    browser.post(address_of(account), form_of(account, email_address="other@contoso.test"))
    account.refresh_from_db()
    assert (account.cursor, account.own_addresses, account.reading_by) == ("", [], "")


def test_connection_of_another_mailbox_can_be_used(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    answers(GOOD)
    first = working_mailbox()
    page = text_of(browser.get(NEW).content)
    assert f"also used by {HELP}" in page
    answer = browser.post(
        NEW,
        complete(
            email_address=SUPPORT,
            connection=str(first.connection_id),
            cloud=None,
            tenant_id=None,
            client_id=None,
            client_secret=None,
            is_enabled="on",
        ),
    )
    second = IncomingMailAccount.objects.get(email_address=SUPPORT)
    assert answer.status_code == 303
    assert second.connection_id == first.connection_id
    assert second.is_enabled
    assert Connection.objects.get().client_secret == SECRET


def test_connection_that_nobody_uses_any_more_goes_away(
    browser: Browser, answers: Callable[[CheckReport], list[IncomingMailAccount]]
) -> None:
    answers(GOOD)
    first = working_mailbox()
    other = make_mailbox(SUPPORT, connection=make_authorized())
    browser.post(address_of(first), form_of(first, connection=str(other.connection_id)))
    assert list(Connection.objects.values_list("pk", flat=True)) == [other.connection_id]


def test_changed_client_turns_tickets_off_until_somebody_signs_in(browser: Browser) -> None:
    account = working_mailbox(is_enabled=True)
    answer = browser.post(
        address_of(account), form_of(account, client_id="client-2", is_enabled="on")
    )
    account.refresh_from_db()
    assert answer.status_code == 303
    assert not account.is_enabled
    assert account.connection is not None
    assert account.connection.state == Connection.State.NOT_AUTHORIZED


def test_problem_says_what_happened_what_to_do_and_what_microsoft_said(browser: Browser) -> None:
    connection = make_connection(
        state=Connection.State.NEEDS_REAUTHORIZATION,
        error_code="AADSTS700082",
        error_raw="AADSTS700082: The refresh token has expired due to inactivity.",
        authorized_at=clock.now(),
        state_since=clock.now(),
    )
    account = make_mailbox(connection=connection, is_enabled=True)
    page = text_of(browser.get(address_of(account)).content)
    for words in ("What to do:", "Re-Authorize", "What Microsoft said", "due to inactivity"):
        assert words in page


def test_mailbox_under_repair_stays_enabled_when_its_settings_change(browser: Browser) -> None:
    account = working_mailbox(is_enabled=True)
    Connection.objects.update(
        state=Connection.State.NEEDS_REAUTHORIZATION, error_code="AADSTS700082"
    )
    answer = browser.post(
        address_of(account), form_of(account, is_enabled="on", after_processing="keep")
    )
    account.refresh_from_db()
    assert answer.status_code == 303
    assert account.is_enabled
    assert account.after_processing == "keep"


def test_disabling_keeps_everything_and_enabling_reads_at_once(
    browser: Browser, administrator: Tech
) -> None:
    account = working_mailbox(is_enabled=True, cursor="here", state="needs_person", problem="x")
    browser.post(f"{address_of(account)}switch/", {"disable": "1"})
    account.refresh_from_db()
    assert not account.is_enabled
    assert account.cursor == "here"
    assert account.request_type is not None
    browser.post(f"{address_of(account)}switch/", {"enable": "1"})
    enabled = IncomingMailAccount.objects.get()
    assert enabled.is_enabled
    assert enabled.problem == ""
    texts = set(history_of(account).values_list("text", flat=True))
    assert texts == {
        "E-Mail Tickets disabled by Ada Admin",
        "E-Mail Tickets enabled by Ada Admin",
    }


def test_enabling_before_anybody_signed_in_is_refused(browser: Browser) -> None:
    account = working_mailbox()
    Connection.objects.update(state=Connection.State.NOT_AUTHORIZED)
    browser.post(f"{address_of(account)}switch/", {"enable": "1"})
    page = text_of(browser.get(address_of(account)).content)
    account.refresh_from_db()
    assert not account.is_enabled
    assert "cannot be enabled before the mailbox is authorized" in page


def test_account_that_received_nothing_can_be_deleted(browser: Browser) -> None:
    account = working_mailbox()
    assert "Delete account" in text_of(browser.get(address_of(account)).content)
    assert "Delete account" in text_of(browser.get(f"{address_of(account)}delete/").content)
    browser.post(f"{address_of(account)}delete/")
    assert not IncomingMailAccount.objects.exists()
    assert not Connection.objects.exists()


def test_account_that_received_mail_is_never_deleted(browser: Browser) -> None:
    account = working_mailbox()
    arrival = Arrival(remote_id="1", octets=b"Subject: x\r\n\r\n", received_at=None)
    spool_arrivals(account, [arrival], now=clock.now(), is_settled=True)
    assert "Delete account" not in text_of(browser.get(address_of(account)).content)
    browser.post(f"{address_of(account)}delete/")
    assert "Disable E-Mail Tickets instead" in text_of(browser.get(address_of(account)).content)
    assert IncomingMailAccount.objects.exists()


def test_saving_does_not_touch_what_the_worker_writes(
    browser: Browser,
    administrator: Tech,
    answers: Callable[[CheckReport], list[IncomingMailAccount]],
) -> None:
    answers(GOOD)
    account = working_mailbox(is_enabled=True)
    stale = IncomingMailAccount.objects.get()
    IncomingMailAccount.objects.update(cursor="moved on")
    disable(stale, by=administrator.person, now=clock.now())
    browser.post(address_of(account), form_of(account, is_enabled="on"))
    account.refresh_from_db()
    assert account.cursor == "moved on"


def test_days_left_of_the_secret_are_shown(browser: Browser) -> None:
    soon = clock.now().date() + timedelta(days=20)
    account = make_mailbox(connection=make_authorized(secret_ends_on=soon), is_enabled=True)
    page = text_of(browser.get(address_of(account)).content)
    assert "20 days left" in page
    assert date(2031, 5, 1) > soon
    assert ANNA in page
