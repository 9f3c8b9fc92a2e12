"""The page that an administrator at Microsoft opens by a one-time link, and the letter to them."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from tests.conftest import MOMENT
from tests.pages.mail_making import (
    SECRET,
    SUPPORT,
    at_public_url,
    make_authorized,
    make_connection,
    make_mailbox,
    text_of,
)

from postdesk.base import clock
from postdesk.connections.models import AdministratorRequest, Connection
from postdesk.directory.models import Person, Tech
from postdesk.flow.self_test import expected_answer, open_self_test
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount
from postdesk.site.models import AuditEntry

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
TENANT, CLIENT = "contoso.test", "client-1"
NEW_SECRET = "th3-new-value"


@pytest.fixture(autouse=True)
def _at_the_moment() -> Iterator[None]:
    """A known day, and nobody knocked before."""
    cache.clear()
    clock.shift_to(MOMENT)
    yield
    cache.clear()


@pytest.fixture
def account(db: None) -> IncomingMailAccount:
    """A mailbox whose registration is still to be made."""
    empty = make_connection(
        tenant_id="", client_id="", client_secret="", secret_ends_on=None, protocols=["graph"]
    )
    return make_mailbox(SUPPORT, connection=empty, is_enabled=False)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


@pytest.fixture
def link(browser: Browser, account: IncomingMailAccount) -> str:
    return make_link(browser, account)


@pytest.fixture
def visitor(stranger: Browser) -> Browser:
    """Somebody without an account here."""
    return at_public_url(stranger)


def ask_page(account: IncomingMailAccount) -> str:
    return f"/setup/incoming-mail-accounts/{account.pk}/administrator/"


def make_link(browser: Browser, account: IncomingMailAccount) -> str:
    """Press the button; return the path of the page behind the link."""
    page = browser.post(ask_page(account)).content.decode()
    found = re.search(r"http://localhost:8080(/administrator/[\w-]+/)", page)
    assert found, text_of(page.encode())
    return found[1]


def handed(**changes: str) -> dict[str, str]:
    return {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": NEW_SECRET,
        "secret_ends_on": "2031-05-01",
        "note": "Ask me for the next one.",
        **changes,
    }


def test_letter_names_mailbox_link_rights_and_end(
    browser: Browser, account: IncomingMailAccount
) -> None:
    page = browser.post(ask_page(account))
    words = text_of(page.content)
    assert page.status_code == 200
    assert "Mail.ReadWrite" in words
    assert "Redirect URI (platform Web, single tenant): http://localhost:8080/oauth/callback" in (
        words
    )
    assert "24 November 2026, 14:00" in words
    mailto = re.search(r'href="(mailto:[^"]+)"', page.content.decode())
    assert mailto
    assert len(mailto[1]) < 4000
    assert SUPPORT in words


def test_link_is_stored_as_a_hash_only(link: str) -> None:
    token = link.split("/")[2]
    row = AdministratorRequest.objects.values().get()
    assert token not in str(row)


def test_page_says_what_is_asked_and_keeps_out_of_caches_and_search_engines(
    link: str, visitor: Browser
) -> None:
    answer = visitor.get(link)
    words = text_of(answer.content)
    assert answer.status_code == 200
    assert "Mail.Send" in words
    assert "single tenant" in words
    assert "New-MgApplication" in words
    assert "http://localhost:8080/oauth/callback" in words
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "postdesk_session" not in answer.cookies


def test_opening_is_seen_on_the_account_and_in_its_history(
    link: str, visitor: Browser, browser: Browser, account: IncomingMailAccount
) -> None:
    assert "Not opened yet" in text_of(browser.get(ask_page(account)).content)
    visitor.get(link)
    assert "Page opened" in text_of(browser.get(ask_page(account)).content)
    line = history_of(account).first()
    assert line is not None
    assert line.text == f"The administrator's page for {SUPPORT} was opened."


def test_what_is_handed_over_is_stored_and_the_link_is_closed(
    link: str, visitor: Browser, browser: Browser, account: IncomingMailAccount
) -> None:
    answer = visitor.post(link, handed())
    stored = Connection.objects.get()
    assert answer.status_code == 200
    assert "Thank you" in text_of(answer.content)
    assert (stored.tenant_id, stored.client_id, stored.client_secret) == (
        TENANT,
        CLIENT,
        NEW_SECRET,
    )
    assert stored.secret_ends_on == date(2031, 5, 1)
    words = text_of(browser.get(ask_page(account)).content)
    assert "Handed over" in words
    assert "Ask me for the next one." in words
    assert NEW_SECRET not in words
    assert AuditEntry.objects.filter(action="setup_link_used", target=SUPPORT).exists()
    assert not AuditEntry.objects.filter(detail__contains=NEW_SECRET).exists()


def test_used_link_only_says_thanks(link: str, visitor: Browser) -> None:
    visitor.post(link, handed())
    again = visitor.get(link)
    assert text_of(again.content).count("Thank you")
    assert SUPPORT not in again.content.decode()
    assert CLIENT not in again.content.decode()
    visitor.post(link, handed(client_id="another"))
    assert Connection.objects.get().client_id == CLIENT


def test_answer_to_the_form_offers_consent_once(link: str, visitor: Browser) -> None:
    page = visitor.post(link, handed()).content.decode()
    assert "/contoso.test/adminconsent?client_id=client-1&amp;redirect_uri=" in page
    assert "adminconsent" not in visitor.get(link).content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"client_secret": "11111111-2222-3333-4444-555555555555"}, "This is the Secret ID"),
        ({"client_secret": ""}, "Enter the Client Secret."),
        ({"tenant_id": "common"}, "stands for many tenants"),
        ({"tenant_id": ""}, "This field is required"),
        ({"secret_ends_on": ""}, "Enter the day on which the secret ends."),
        ({"secret_ends_on": "2020-01-01"}, "This day is past"),
    ],
)
def test_mistakes_are_told_and_nothing_is_stored(
    link: str, visitor: Browser, change: dict[str, str], said: str
) -> None:
    answer = visitor.post(link, handed(**change))
    assert answer.status_code == 422
    assert said in text_of(answer.content)
    assert NEW_SECRET not in answer.content.decode()
    assert Connection.objects.get().client_id == ""


def test_link_ends_after_a_day(link: str, visitor: Browser) -> None:
    clock.shift_to(MOMENT + timedelta(hours=25))
    for answer in (visitor.get(link), visitor.post(link, handed())):
        assert answer.status_code == 410
        assert "This link is closed" in text_of(answer.content)
    assert Connection.objects.get().client_id == ""


def test_new_link_ends_the_one_before(
    link: str, visitor: Browser, browser: Browser, account: IncomingMailAccount
) -> None:
    newer = make_link(browser, account)
    assert visitor.get(link).status_code == 410
    assert visitor.get(newer).status_code == 200


def test_wrong_token_gets_the_plain_page_and_names_nothing(link: str, visitor: Browser) -> None:
    answer = visitor.get("/administrator/guessed/")
    assert answer.status_code == 410
    assert SUPPORT not in answer.content.decode()


def test_stranger_with_the_link_can_do_nothing_but_that(
    link: str, visitor: Browser, account: IncomingMailAccount
) -> None:
    visitor.get(link)
    for place in ("/setup/", ask_page(account), "/tickets/", "/setup/incoming-mail-accounts/"):
        assert visitor.get(place).status_code == 302
        assert visitor.post(place).status_code == 302


def test_tech_may_not_make_a_link(
    tech: Tech, signed_in: SignedIn, account: IncomingMailAccount
) -> None:
    answer = at_public_url(signed_in(tech.person)).post(ask_page(account))
    assert answer.status_code == 403
    assert not AdministratorRequest.objects.exists()


def test_stored_secret_is_shown_nowhere(browser: Browser, visitor: Browser) -> None:
    account = make_mailbox(SUPPORT, connection=make_connection(protocols=["graph"]))
    link = make_link(browser, account)
    page = visitor.get(link).content.decode()
    assert f'value="{CLIENT}"' in page
    assert SECRET not in page


def test_working_application_is_not_replaced_by_a_stranger(
    browser: Browser, visitor: Browser
) -> None:
    account = make_mailbox(SUPPORT, connection=make_authorized(protocols=["graph"]))
    link = make_link(browser, account)
    refused = visitor.post(link, handed(client_id="another"))
    assert refused.status_code == 422
    assert "works with another application already" in text_of(refused.content)
    assert Connection.objects.get().refresh_token == "a-refresh-token"
    assert visitor.post(link, handed()).status_code == 200
    renewed = Connection.objects.get()
    assert (renewed.client_secret, renewed.refresh_token) == (NEW_SECRET, "a-refresh-token")


def test_public_certificate_is_there_to_take_along(browser: Browser, visitor: Browser) -> None:
    connection = make_connection(
        client_id="",
        tenant_id="",
        client_secret="",
        proof="certificate",
        certificate_pem="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        private_key="a-private-key",
        protocols=["graph"],
    )
    link = make_link(browser, make_mailbox(SUPPORT, connection=connection))
    page = visitor.get(link).content.decode()
    given = visitor.get(f"{link}certificate/")
    assert f'href="{link}certificate/"' in page
    assert "BEGIN CERTIFICATE" in given.content.decode()
    assert "a-private-key" not in page + given.content.decode()
    form = handed(client_secret="", secret_ends_on="", uses_certificate="on")
    assert visitor.post(link, form).status_code == 200
    stored = Connection.objects.get()
    assert (stored.proof, stored.client_id) == ("certificate", CLIENT)
    assert visitor.get(f"{link}certificate/").status_code == 410


def test_script_of_a_stranger_is_shown_as_text(
    link: str, visitor: Browser, browser: Browser, account: IncomingMailAccount
) -> None:
    visitor.post(link, handed(note="<script>alert(1)</script>"))
    page = browser.get(ask_page(account)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_page_is_limited_in_rate(visitor: Browser, link: str) -> None:
    answers = [visitor.post("/administrator/guessed/").status_code for _ in range(11)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {410}


def consent_state(visitor: Browser, link: str) -> str:
    page = visitor.post(link, handed()).content.decode()
    found = re.search(r"https://[^\"]+adminconsent\?[^\"]+", page)
    assert found
    return dict(parse_qsl(urlsplit(found[0].replace("&amp;", "&")).query))["state"]


@pytest.mark.parametrize(
    ("answer", "said", "stored"),
    [
        ({"admin_consent": "True", "tenant": TENANT}, "consent was granted", "granted"),
        ({"error": "permission_denied"}, "Consent was not granted", "declined"),
    ],
)
def test_consent_comes_back_to_the_callback(
    link: str,
    visitor: Browser,
    account: IncomingMailAccount,
    answer: dict[str, str],
    said: str,
    stored: str,
) -> None:
    state = consent_state(visitor, link)
    back = visitor.get("/oauth/callback", {**answer, "state": state})
    assert back.status_code == 303
    assert said in text_of(visitor.get(back["Location"]).content)
    assert AdministratorRequest.objects.get().consent == stored
    line = history_of(account).first()
    assert line is not None
    assert "consent" in line.text


def test_consent_with_a_foreign_state_changes_nothing(link: str, visitor: Browser) -> None:
    back = visitor.get("/oauth/callback", {"admin_consent": "True", "state": "x", "tenant": TENANT})
    assert "This link is closed" in text_of(visitor.get(back["Location"]).content)
    assert AdministratorRequest.objects.get().consent == ""


def test_mailbox_of_which_nothing_is_known_can_be_asked_for(
    browser: Browser, visitor: Browser
) -> None:
    form = {"email_address": "Help@contoso.test", "way_in": "application", "cloud": "gcc-high"}
    answer = browser.post("/setup/incoming-mail-accounts/ask/", form)
    account = IncomingMailAccount.objects.get()
    assert answer["Location"] == ask_page(account)
    assert (account.email_address, account.is_enabled) == ("help@contoso.test", False)
    assert account.connection is not None
    assert account.connection.cloud == "gcc-high"
    page = text_of(visitor.get(make_link(browser, account)).content)
    assert "Application Mail.ReadWrite" in page
    assert "for this mailbox alone" in page


def test_redirect_uri_answers_our_own_question_once(visitor: Browser) -> None:
    nonce = open_self_test()
    first = visitor.get("/oauth/callback", {"self_test": nonce})
    again = visitor.get("/oauth/callback", {"self_test": nonce})
    assert (first.status_code, first.content.decode()) == (200, expected_answer(nonce))
    assert again.status_code == 404
    assert expected_answer(nonce) not in again.content.decode()


def test_account_form_shows_how_far_it_is_and_where_to_ask(
    browser: Browser, account: IncomingMailAccount, visitor: Browser
) -> None:
    form_page = f"/setup/incoming-mail-accounts/{account.pk}/"
    before = browser.get(form_page).content.decode()
    assert f'href="{ask_page(account)}"' in before
    link = make_link(browser, account)
    assert "Link made" in text_of(browser.get(form_page).content)
    visitor.post(link, handed())
    assert "Handed over" in text_of(browser.get(form_page).content)
    assert 'href="/setup/incoming-mail-accounts/ask/"' in (
        browser.get("/setup/incoming-mail-accounts/new/").content.decode()
    )
