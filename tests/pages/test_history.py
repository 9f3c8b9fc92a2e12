"""The tab History of an Incoming Mail Account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser
from tests.conftest import MOMENT
from tests.pages.mail_making import at_public_url, make_mailbox, text_of

from postdesk.directory.models import Person, Tech
from postdesk.mail.history import record
from postdesk.mail.models import IncomingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
WHD_LINE = (
    "OAuth token request failed (statusCode: 400): invalid_grant [700082] AADSTS700082: The "
    "refresh token has expired due to inactivity."
)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


def history_page(browser: Browser, account: IncomingMailAccount, query: str = "") -> str:
    answer = browser.get(f"/setup/incoming-mail-accounts/{account.pk}/history/{query}")
    assert answer.status_code == 200
    return text_of(answer.content)


def test_provider_line_stands_with_its_explanation_and_remedy(browser: Browser) -> None:
    account = make_mailbox()
    record(
        account,
        kind="bad",
        text=WHD_LINE,
        explanation="The sign-in lay unused for 90 days.",
        remedy="Press Re-Authorize.",
        code="AADSTS700082",
        now=MOMENT,
    )
    page = history_page(browser, account)
    assert WHD_LINE in page
    assert "The sign-in lay unused for 90 days." in page
    assert "What to do: Press Re-Authorize." in page
    assert "Needs you:" in page


def test_equal_lines_are_counted(browser: Browser) -> None:
    account = make_mailbox()
    for minute in range(3):
        record(account, kind="warn", text="503", now=MOMENT + timedelta(minutes=minute))
    page = history_page(browser, account)
    assert "3 times since 23 Nov 14:00" in page


def test_newest_line_comes_first(browser: Browser) -> None:
    account = make_mailbox()
    record(account, kind="info", text="The older one", now=MOMENT)
    record(account, kind="ok", text="The newer one", now=MOMENT + timedelta(minutes=1))
    page = history_page(browser, account)
    assert page.index("The newer one") < page.index("The older one")


def test_long_history_has_pages(browser: Browser) -> None:
    account = make_mailbox()
    for number in range(60):
        record(account, kind="info", text=f"Line {number:02}", now=MOMENT + timedelta(hours=number))
    first, second = history_page(browser, account), history_page(browser, account, "?page=2")
    assert "1\N{EN DASH}50 of 60" in first
    assert "Line 59" in first
    assert "Line 09" not in first
    assert "Line 09" in second


def test_empty_history_says_so(browser: Browser) -> None:
    assert "Nothing happened yet" in history_page(browser, make_mailbox())


def test_words_of_a_server_cannot_become_markup(browser: Browser) -> None:
    account = make_mailbox()
    record(account, kind="warn", text="<script>alert(1)</script>", now=MOMENT)
    raw = browser.get(f"/setup/incoming-mail-accounts/{account.pk}/history/").content.decode()
    assert "<script>alert(1)" not in raw
    assert "&lt;script&gt;alert(1)" in raw


def test_history_is_for_administrators(tech: Tech, signed_in: SignedIn) -> None:
    page = f"/setup/incoming-mail-accounts/{make_mailbox().pk}/history/"
    assert signed_in(tech.person).get(page).status_code == 403
