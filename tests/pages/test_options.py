"""Setup > General > Options."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from postdesk.directory.models import Person, Tech
from postdesk.site.options import public_url, read_options
from postdesk.web.session.time_zone import TimeZoneMiddleware

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
LOOPBACK = {"host": "localhost:8080"}


def filled(**changes: object) -> dict[str, object]:
    return {
        "public_scheme": "https",
        "public_host": "desk.example.com",
        "public_port": 443,
        "poll_seconds": 60,
        "time_zone": "Europe/Berlin",
        "proxy_url": "",
        **changes,
    }


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return signed_in(administrator.person)


def test_options_are_stored(browser: Browser) -> None:
    answer = browser.post(
        "/setup/options/", filled(proxy_url="http://proxy.example.com:3128"), headers=LOOPBACK
    )
    assert answer.status_code == 302
    options = read_options()
    assert str(public_url()) == "https://desk.example.com"
    assert (options.poll_seconds, options.time_zone) == (60, "Europe/Berlin")
    assert options.proxy_url == "http://proxy.example.com:3128"


def test_page_shows_the_redirect_uri_in_full(browser: Browser) -> None:
    page = browser.get("/setup/options/", headers=LOOPBACK).content.decode()
    assert "http://localhost:8080/oauth/callback" in page


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"public_scheme": "http"}, "Plain http is refused"),
        ({"public_host": "https://desk.example.com/"}, "Enter the DNS name alone"),
        ({"public_host": "desk example"}, "Enter the DNS name alone"),
        ({"public_port": 70000}, "65535"),
        ({"poll_seconds": 9}, "10"),
        ({"poll_seconds": 3601}, "3600"),
        ({"time_zone": "Mars/Olympus"}, "not one of the available choices"),
        ({"proxy_url": "proxy:3128"}, "http://proxy.example.com:3128"),
        ({"proxy_url": "http://proxy.example.com:banana"}, "http://proxy.example.com:3128"),
    ],
)
def test_mistake_is_named_and_stores_nothing(
    browser: Browser, changes: dict[str, object], complaint: str
) -> None:
    answer = browser.post("/setup/options/", filled(**changes), headers=LOOPBACK)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert all(str(value) in page for value in changes.values() if "<" not in str(value))
    assert read_options().poll_seconds == 30
    assert str(public_url()) == "http://localhost:8080"


def test_browser_at_another_address_is_warned(browser: Browser) -> None:
    browser.post("/setup/options/", filled(), headers=LOOPBACK)
    page = browser.get("/setup/options/", headers=LOOPBACK).content.decode()
    assert "Your browser is at http://localhost:8080" in page
    assert "the public URL is https://desk.example.com" in page


def test_shutting_out_the_own_address_asks_once_more(browser: Browser) -> None:
    answer = browser.post("/setup/options/", filled())
    assert answer.status_code == 422
    assert "no longer at this address" in answer.content.decode()
    assert str(public_url()) == "http://localhost:8080"


def test_confirmed_move_says_where_the_desk_is_now(browser: Browser) -> None:
    answer = browser.post("/setup/options/", filled(is_checked="on"))
    assert answer.status_code == 200
    assert "The desk now answers at <b>https://desk.example.com</b>" in answer.content.decode()
    assert str(public_url()) == "https://desk.example.com"


def test_pinned_public_url_is_shown_and_cannot_be_changed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = replace(settings.ENVIRONMENT, public_url="https://fixed.example.com")
    monkeypatch.setattr(settings, "ENVIRONMENT", pinned)
    page = browser.get("/setup/options/", headers=LOOPBACK).content.decode()
    assert "https://fixed.example.com/oauth/callback" in page
    assert 'name="public_host"' not in page
    answer = browser.post("/setup/options/", filled(), headers=LOOPBACK)
    assert answer.status_code == 302
    assert read_options().public_host == "localhost"
    assert read_options().poll_seconds == 60


def test_moments_are_shown_in_the_stored_time_zone(browser: Browser, administrator: Tech) -> None:
    browser.post("/setup/options/", filled(), headers=LOOPBACK)
    seen: list[str] = []

    def look(_request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = browser.get("/setup/options/", headers=LOOPBACK).wsgi_request
    TimeZoneMiddleware(look)(request)
    assert seen == ["Europe/Berlin"]
