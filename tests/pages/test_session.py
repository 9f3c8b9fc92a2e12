"""Signing in and out, from which address, and what stands around the pages."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from tests.conftest import PASSWORD

from postdesk.base import clock
from postdesk.directory.models import Person, Tech
from postdesk.flow.readiness import find_problems
from postdesk.site.options import change_options, finish_setup, note_worker_seen, read_options

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_earlier_attempts(db: None) -> None:
    cache.clear()


def sign_in(browser: Browser, email: str, password: str, **extra: str) -> int:
    answer = browser.post("/sign-in/", {"login": email, "password": password, **extra})
    return int(answer.status_code)


def test_active_tech_signs_in_and_lands_on_the_tickets(stranger: Browser, tech: Tech) -> None:
    answer = stranger.post("/sign-in/", {"login": tech.person.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == "/tickets/"
    assert "data-toast>" not in stranger.get("/tickets/").content.decode()


def test_sign_in_page_is_ours_with_all_it_needs(stranger: Browser) -> None:
    page = stranger.get("/sign-in/?next=/setup/").content.decode()
    assert "Stay signed in on this device for 14 days" in page
    assert 'name="next" value="/setup/"' in page
    assert "sign up" not in page


def test_sign_in_ends_with_the_browser_unless_the_box_is_ticked(
    stranger: Browser, tech: Tech
) -> None:
    sign_in(stranger, tech.person.email, PASSWORD)
    assert stranger.session.get_expire_at_browser_close()


def test_ticked_box_keeps_signed_in_for_14_days(stranger: Browser, tech: Tech) -> None:
    sign_in(stranger, tech.person.email, PASSWORD, remember="on")
    assert stranger.session.get_expiry_age() == 14 * 24 * 3600


def test_wrong_person_and_wrong_password_are_told_the_same(stranger: Browser, tech: Tech) -> None:
    sentence = "The e-mail address or the password is wrong."
    for email in (tech.person.email, "nobody@desk.example"):
        answer = stranger.post("/sign-in/", {"login": email, "password": "not the password"})
        assert sentence in answer.content.decode()
        assert "_auth_user_id" not in stranger.session


def test_inactive_tech_cannot_sign_in_and_is_told_the_same(stranger: Browser, tech: Tech) -> None:
    Tech.objects.update(is_active=False)
    answer = stranger.post("/sign-in/", {"login": tech.person.email, "password": PASSWORD})
    assert "The e-mail address or the password is wrong." in answer.content.decode()
    assert "_auth_user_id" not in stranger.session


def test_client_cannot_sign_in_to_the_desk(stranger: Browser, client_person: Person) -> None:
    sign_in(stranger, client_person.email, PASSWORD)
    assert "_auth_user_id" not in stranger.session


def test_sixth_wrong_password_locks_the_address_out_even_for_the_right_one(
    stranger: Browser, tech: Tech
) -> None:
    for _ in range(5):
        sign_in(stranger, tech.person.email, "not the password")
    answer = stranger.post("/sign-in/", {"login": tech.person.email, "password": PASSWORD})
    assert "Too many failed attempts" in answer.content.decode()
    assert "_auth_user_id" not in stranger.session


def test_too_many_requests_from_one_network_address_get_a_page_of_ours(stranger: Browser) -> None:
    codes = [sign_in(stranger, f"n{number}@desk.example", "x") for number in range(31)]
    assert codes[-1] == 429
    assert "Please wait" in stranger.post("/sign-in/", {}).content.decode()


def test_next_page_never_leads_to_another_host(stranger: Browser, tech: Tech) -> None:
    answer = stranger.post(
        "/sign-in/",
        {"login": tech.person.email, "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert answer["Location"] == "/tickets/"


def test_nobody_can_sign_up(stranger: Browser) -> None:
    assert stranger.get("/signup/").status_code == 404
    assert stranger.get("/sign-in/signup/").status_code == 404


def test_sign_out_needs_a_post(tech: Tech, signed_in: SignedIn) -> None:
    browser = signed_in(tech.person)
    assert browser.get("/sign-out/").status_code == 200
    assert "_auth_user_id" in browser.session
    browser.post("/sign-out/")
    assert "_auth_user_id" not in browser.session


def test_deactivated_tech_loses_the_open_session(tech: Tech, signed_in: SignedIn) -> None:
    browser = signed_in(tech.person)
    Tech.objects.update(is_active=False)
    assert browser.get("/tickets/").status_code == 403


def test_form_without_protection_is_refused_and_says_what_to_do(tech: Tech) -> None:
    finish_setup(now=tech.person.added_at)
    answer = Browser(enforce_csrf_checks=True).post("/sign-in/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert "go back with your browser" in answer.content.decode()


def test_pages_carry_the_strict_policy_and_nothing_inline(
    administrator: Tech, signed_in: SignedIn
) -> None:
    answer = signed_in(administrator.person).get("/setup/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style", page)


class TestAddress:
    """From which address the desk may be used."""

    @pytest.fixture(autouse=True)
    def _public_url(self, now: datetime) -> None:
        change_options(public_scheme="https", public_host="desk.example.com", public_port=443)
        finish_setup(now=now)

    def test_public_url_answers(self, client: Browser) -> None:
        answer = client.get("/sign-in/", headers={"host": "desk.example.com"}, secure=True)
        assert answer.status_code == 200

    def test_port_of_the_scheme_may_be_written_out(self, client: Browser) -> None:
        answer = client.get("/sign-in/", headers={"host": "Desk.Example.com:443"}, secure=True)
        assert answer.status_code == 200

    @pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
    def test_loopback_always_answers(self, client: Browser, host: str) -> None:
        assert client.get("/sign-in/", headers={"host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "desk.example.com:8443", "10.0.0.5"])
    def test_other_address_is_told_the_right_one(self, client: Browser, host: str) -> None:
        answer = client.get("/sign-in/", headers={"host": host}, secure=True)
        assert answer.status_code == 421
        assert "https://desk.example.com" in answer.content.decode()
        assert "default-src 'none'" in answer["Content-Security-Policy"]

    def test_right_host_by_the_wrong_scheme_hints_at_the_proxy(self, client: Browser) -> None:
        answer = client.get("/sign-in/", headers={"host": "desk.example.com:443"})
        assert answer.status_code == 421
        assert "POSTDESK_TRUSTED_PROXIES" in answer.content.decode()

    def test_garbage_host_is_a_bad_request(self, client: Browser) -> None:
        assert client.get("/sign-in/", headers={"host": "a b/<script>"}).status_code == 400

    def test_health_answers_under_any_name(self, client: Browser) -> None:
        assert client.get("/healthz", headers={"host": "10.0.0.5:8080"}).status_code == 200

    def test_change_of_public_url_holds_at_once(self, client: Browser) -> None:
        change_options(public_host="help.example.com")
        before = client.get("/sign-in/", headers={"host": "desk.example.com"}, secure=True)
        after = client.get("/sign-in/", headers={"host": "help.example.com"}, secure=True)
        assert (before.status_code, after.status_code) == (421, 200)

    def test_proxy_headers_of_a_stranger_are_not_believed(self, client: Browser) -> None:
        answer = client.get(
            "/sign-in/",
            headers={
                "host": "evil.example",
                "x-forwarded-host": "desk.example.com",
                "x-forwarded-proto": "https",
            },
        )
        assert answer.status_code == 421

    def test_cookies_are_secure_over_https_only(self, client: Browser) -> None:
        client.get("/sign-in/", headers={"host": "desk.example.com"}, secure=True)
        assert client.cookies["postdesk_csrf"]["secure"]
        plain = Browser()
        plain.get("/sign-in/", headers={"host": "localhost:8080"})
        assert not plain.cookies["postdesk_csrf"]["secure"]


class TestHealth:
    """Signs of life."""

    def test_silent_worker_makes_the_desk_not_ready(self, client: Browser) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "Mailer Daemon" in answer.json()["problems"][0]

    def test_worker_seen_just_now_makes_it_ready(self, client: Browser) -> None:
        read_options()
        note_worker_seen(now=clock.now())
        assert client.get("/readyz").json() == {"status": "ok", "problems": [], "notes": []}

    def test_worker_may_be_silent_for_two_minutes_and_no_longer(self, now: datetime) -> None:
        read_options()
        note_worker_seen(now=now)
        assert find_problems(now=now + timedelta(minutes=2)) == []
        assert find_problems(now=now + timedelta(minutes=2, seconds=1)) != []
