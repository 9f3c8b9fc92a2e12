"""The tab Check of an Incoming Mail Account."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client as Browser
from pytest_django import Settings
from tests.pages.mail_making import (
    SUPPORT,
    PretendDesk,
    at_public_url,
    make_authorized,
    make_connection,
    make_mailbox,
    open_pretend_desk,
    text_of,
)

from postdesk.connections.models import SetupCheck
from postdesk.directory.models import Person, Tech
from postdesk.flow.setup_checks import STEPS
from postdesk.mail.models import IncomingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(settings: Settings, db: None) -> Iterator[PretendDesk]:
    yield from open_pretend_desk(settings)


@pytest.fixture
def account(tenant: PretendDesk) -> IncomingMailAccount:
    connection = make_connection(cloud="pretend", protocols=["graph"])
    return make_mailbox(SUPPORT, connection=connection, is_enabled=False)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


def page_of(account: IncomingMailAccount) -> str:
    return f"/setup/incoming-mail-accounts/{account.pk}/check/"


def test_tab_says_what_is_checked_before_anything_is(
    browser: Browser, account: IncomingMailAccount
) -> None:
    words = text_of(browser.get(page_of(account)).content)
    assert "Not checked yet" in words
    assert "Check everything" in words
    assert not SetupCheck.objects.exists()


def test_lines_appear_as_the_page_is_reloaded_and_the_result_stays(
    browser: Browser, account: IncomingMailAccount
) -> None:
    answer = browser.post(page_of(account))
    assert (answer.status_code, answer["Location"]) == (303, page_of(account))
    for _reload in range(len(STEPS)):
        page = browser.get(page_of(account)).content.decode()
        if 'hx-trigger="every 2s"' not in page:
            break
    words = text_of(page.encode())
    assert "Something is wrong" in words
    assert "contoso.test exists." in words
    assert "Who: The person whose account is connected" in words
    assert f'href="/setup/incoming-mail-accounts/{account.pk}/#sign-in"' in page
    assert text_of(browser.get(page_of(account)).content) == words
    assert SetupCheck.objects.count() == 1


def test_script_gets_the_lines_alone(browser: Browser, account: IncomingMailAccount) -> None:
    browser.post(page_of(account))
    part = browser.get(page_of(account), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div class="stack" id="check-lines"')
    assert "<html" not in part


def test_account_without_a_connection_has_nothing_to_check(
    browser: Browser, tenant: PretendDesk
) -> None:
    account = make_mailbox(SUPPORT, connection=None, is_enabled=False)
    answer = browser.post(page_of(account), follow=True)
    assert "Nothing can be checked yet" in text_of(answer.content)


def test_tech_may_not_check(tech: Tech, signed_in: SignedIn, account: IncomingMailAccount) -> None:
    browser = at_public_url(signed_in(tech.person))
    assert browser.get(page_of(account)).status_code == 403
    assert browser.post(page_of(account)).status_code == 403


def test_account_page_offers_the_check_right_after_authorize(
    browser: Browser, tenant: PretendDesk
) -> None:
    connection = make_authorized(cloud="pretend", protocols=["graph"])
    account = make_mailbox(SUPPORT, connection=connection)
    page = browser.get(f"/setup/incoming-mail-accounts/{account.pk}/?authorized=1").content.decode()
    assert f'action="{page_of(account)}"' in page
    assert "Check everything" in page
