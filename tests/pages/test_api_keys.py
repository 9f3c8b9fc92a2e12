"""Setup > General > API Keys."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser

from postdesk.base import clock
from postdesk.directory.models import Person, Tech
from postdesk.site.api_keys import find_key
from postdesk.site.models import ApiKey, AuditEntry

pytestmark = pytest.mark.django_db
LIST, NEW = "/setup/api-keys/", "/setup/api-keys/new/"


@pytest.fixture
def browser(administrator: Tech, signed_in: Callable[[Person], Browser]) -> Browser:
    return signed_in(administrator.person)


def filled(**changes: object) -> dict[str, object]:
    tomorrow = clock.now().date() + timedelta(days=1)
    given = {"name": "Monitoring", "scopes": ["health:read"], "ends_on": tomorrow, **changes}
    return {name: value for name, value in given.items() if value is not None}


def make(browser: Browser) -> str:
    answer = browser.post(NEW, filled())
    found = re.search(r'id="api-key">(pdk_[^<]+)<', answer.content.decode())
    assert found
    assert answer["Cache-Control"] == "private, no-store"
    return found[1]


def test_key_is_shown_once_with_a_copy_button_and_works(browser: Browser) -> None:
    text = make(browser)
    assert find_key(text, now=clock.now()).name == "Monitoring"
    page = browser.get(LIST).content.decode()
    assert text[:12] in page
    assert text not in page
    assert text[13:] not in page


def test_key_works_to_the_end_of_its_last_day(browser: Browser) -> None:
    make(browser)
    left = ApiKey.objects.get().expires_at - clock.now()
    assert timedelta(days=1) < left <= timedelta(days=2)


def test_a_year_is_proposed(browser: Browser) -> None:
    in_a_year = (clock.now() + timedelta(days=365)).date()
    assert f'value="{in_a_year:%Y-%m-%d}"' in browser.get(NEW).content.decode()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "This field is required."),
        ({"scopes": None}, "Choose what the key may do."),
        ({"scopes": ["everything"]}, "Select a valid choice."),
        ({"ends_on": ""}, "This field is required."),
        ({"ends_on": "2001-01-01"}, "Choose an end in the future."),
        ({"ends_on": "2999-01-01"}, "A key lives three years at most."),
    ],
)
def test_mistake_is_named_and_makes_no_key(
    browser: Browser, changes: dict[str, object], complaint: str
) -> None:
    answer = browser.post(NEW, filled(**changes))
    assert answer.status_code == 422
    assert complaint in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_revoking_asks_first_and_ends_the_key(browser: Browser) -> None:
    make(browser)
    address = f"{LIST}{ApiKey.objects.get().pk}/revoke/"
    assert "Revoke the key" in browser.get(address).content.decode()
    assert ApiKey.objects.get().revoked_at is None
    answer = browser.post(address, follow=True)
    assert "is revoked and opens nothing any more" in answer.content.decode()
    assert ApiKey.objects.get().revoked_at is not None
    assert "was revoked already" in browser.post(address, follow=True).content.decode()
    assert AuditEntry.objects.filter(action="api_key_revoked").count() == 1


def test_list_says_which_keys_ended(browser: Browser) -> None:
    make(browser)
    assert "Works" in browser.get(LIST).content.decode()
    clock.shift_to(clock.now() + timedelta(days=3))
    assert "Ended" in browser.get(LIST).content.decode()
