"""Who is let in at the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client as Caller

from postdesk.api.keys import FAILURES_BEFORE_WAITING
from postdesk.base import clock
from postdesk.directory.models import Person, Tech
from postdesk.site.api_keys import NewKey, revoke_key
from postdesk.site.models import ApiKey
from postdesk.site.options import change_options

pytestmark = pytest.mark.django_db
NewKeys = Callable[..., NewKey]
ADDRESSES = [
    ("get", "/api/v1/health", "health:read"),
    ("get", "/api/v1/connections", "connections:read"),
    ("get", "/api/v1/connections/1", "connections:read"),
    ("get", "/api/v1/incoming-mail-accounts", "connections:read"),
    ("get", "/api/v1/outgoing-mail-accounts", "connections:read"),
    ("post", "/api/v1/incoming-mail-accounts/1/check", "connections:check"),
]


@pytest.fixture(autouse=True)
def _no_failures_yet(db: None) -> None:
    cache.clear()


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize(("method", "address", "scope"), ADDRESSES)
def test_without_a_key_nothing_is_told(
    method: str, address: str, scope: str, keyless: Caller
) -> None:
    answer = getattr(keyless, method)(address)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="Postdesk"'
    assert answer.json()["title"] == "Unauthorized"
    assert "API Keys" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "address", "scope"), ADDRESSES)
def test_key_without_the_scope_is_told_which_one(
    method: str, address: str, scope: str, keyless: Caller, new_key: NewKeys
) -> None:
    others = {"health:read", "connections:read", "connections:check"} - {scope}
    answer = getattr(keyless, method)(address, headers=bearer(new_key(*others).text))
    assert answer.status_code == 403
    assert scope in answer.json()["detail"]
    assert answer["WWW-Authenticate"].endswith('error="insufficient_scope"')


@pytest.mark.parametrize(("method", "address", "scope"), ADDRESSES)
def test_scope_of_the_address_suffices(
    method: str, address: str, scope: str, keyless: Caller, new_key: NewKeys
) -> None:
    answer = getattr(keyless, method)(address, headers=bearer(new_key(scope).text))
    assert answer.status_code not in {401, 403}


def test_session_of_an_administrator_is_no_key(
    administrator: Tech, signed_in: Callable[[Person], Caller]
) -> None:
    assert signed_in(administrator.person).get("/api/v1/connections").status_code == 401


def test_ended_key_is_told_that_it_ended(keyless: Caller, new_key: NewKeys) -> None:
    key = new_key(days=1)
    clock.shift_to(clock.now() + timedelta(days=1, seconds=1))
    answer = keyless.get("/api/v1/health", headers=bearer(key.text))
    assert answer.status_code == 401
    assert "ended on" in answer.json()["detail"]


def test_revoked_key_is_told_that_it_was_revoked(
    keyless: Caller, new_key: NewKeys, administrator: Tech
) -> None:
    key = new_key()
    revoke_key(key.row, by=administrator.person, now=clock.now())
    answer = keyless.get("/api/v1/health", headers=bearer(key.text))
    assert answer.status_code == 401
    assert "was revoked" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    ["Basic YTpi", "Bearer", "Bearer nonsense", "pdk_ab12cd34_x", "Bearer pdk_" + "é" * 52],
)
def test_what_is_no_key_is_refused(header: str, keyless: Caller) -> None:
    answer = keyless.get("/api/v1/health", headers={"Authorization": header})
    assert answer.status_code == 401


def test_failing_keys_are_made_to_wait_and_a_working_one_is_not(
    keyless: Caller, new_key: NewKeys
) -> None:
    wrong = bearer("pdk_zzzzzzzz_" + "A" * 43)
    statuses = [
        keyless.get("/api/v1/health", headers=wrong).status_code
        for _ in range(FAILURES_BEFORE_WAITING + 1)
    ]
    assert statuses == [401] * FAILURES_BEFORE_WAITING + [429]
    waiting = keyless.get("/api/v1/health", headers=wrong)
    assert waiting["Retry-After"] == "300"
    works = keyless.get("/api/v1/connections", headers=bearer(new_key().text))
    assert works.status_code == 200


def test_use_of_a_key_is_noted(caller: Caller) -> None:
    assert ApiKey.objects.get().last_used_at is None
    caller.get("/api/v1/connections")
    assert ApiKey.objects.get().last_used_at is not None


def test_other_host_is_refused_as_for_pages(caller: Caller) -> None:
    change_options(public_scheme="https", public_host="desk.example", public_port=443)
    right = caller.get("/api/v1/connections", secure=True, HTTP_HOST="desk.example")
    wrong = caller.get("/api/v1/connections", secure=True, HTTP_HOST="other.example")
    assert (right.status_code, wrong.status_code) == (200, 421)
