"""Setup > E-Mail > Held mail."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from tests.conftest import MOMENT
from tests.pages.mail_making import at_public_url, make_mailbox, text_of

from postdesk.directory.models import Person, Tech
from postdesk.mail.models import SpooledMessage
from postdesk.mail.spool import Arrival, Decision, decide, spool_arrivals

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
LIST = "/setup/held-mail/"
OCTETS = (
    b"From: Clara <clara@client.example>\r\n"
    b"To: help@contoso.test\r\n"
    b"Subject: <b>Broken</b>\r\n"
    b"Message-ID: <held@client.example>\r\n"
    b"\r\n"
    b"Body \xff\r\n"
)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


@pytest.fixture
def held(db: None) -> SpooledMessage:
    account = make_mailbox()
    arrival = Arrival(remote_id="1", octets=OCTETS, received_at=MOMENT)
    spool_arrivals(account, [arrival], now=MOMENT, is_settled=True)
    message = SpooledMessage.objects.get()
    decision = Decision(
        fate="held",
        reason="The program stumbled over this message.",
        sender="clara@client.example",
        subject="<b>Broken</b>",
        traceback="Traceback (most recent call last):\nKeyError: 'x'",
    )
    decide(message, decision, now=MOMENT)
    return message


def test_list_shows_reason_sender_and_account(browser: Browser, held: SpooledMessage) -> None:
    answer = browser.get(LIST)
    page = answer.content.decode()
    assert "&lt;b&gt;Broken&lt;/b&gt;" in page
    for words in ("The program stumbled", "clara@client.example", "help@contoso.test"):
        assert words in page


def test_empty_list_says_so(browser: Browser) -> None:
    assert "Nothing is held" in text_of(browser.get(LIST).content)


def test_page_shows_headers_reason_and_traceback(browser: Browser, held: SpooledMessage) -> None:
    page = browser.get(f"{LIST}{held.pk}/").content.decode()
    for words in ("&lt;held@client.example&gt;", "The program stumbled", "KeyError", "Message-ID"):
        assert words in page


def test_download_is_octet_for_octet(browser: Browser, held: SpooledMessage) -> None:
    answer = browser.get(f"{LIST}{held.pk}/original/")
    assert answer.content == OCTETS
    assert answer["Content-Type"] == "message/rfc822"
    assert answer["Content-Disposition"] == f'attachment; filename="message-{held.pk}.eml"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_process_again_puts_it_back_into_the_queue_once(
    browser: Browser, held: SpooledMessage
) -> None:
    answer = browser.post(f"{LIST}{held.pk}/process-again/")
    held.refresh_from_db()
    assert answer["Location"] == LIST
    assert held.state == SpooledMessage.State.WAITING
    browser.post(f"{LIST}{held.pk}/process-again/")
    assert "put this message back into the queue already" in text_of(browser.get(LIST).content)


def test_message_that_is_not_held_is_not_found(browser: Browser, held: SpooledMessage) -> None:
    SpooledMessage.objects.update(state=SpooledMessage.State.DONE)
    for page in (f"{LIST}{held.pk}/", f"{LIST}{held.pk}/original/"):
        assert browser.get(page).status_code == 404


@pytest.mark.parametrize("page", ["", "{number}/", "{number}/original/"])
def test_held_mail_is_for_administrators(
    page: str, held: SpooledMessage, tech: Tech, stranger: Browser, signed_in: SignedIn
) -> None:
    address = LIST + page.format(number=held.pk)
    assert signed_in(tech.person).get(address).status_code == 403
    assert "/sign-in/" in stranger.get(address)["Location"]
