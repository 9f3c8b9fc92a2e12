"""Who may open which page of Setup."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser
from tests.conftest import MOMENT

from postdesk.directory.groups import add_group
from postdesk.directory.models import Person, Tech
from postdesk.directory.request_types import add_request_type
from postdesk.site.api_keys import make_key

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db

PAGES = [
    "/setup/",
    "/setup/options/",
    "/setup/api-keys/",
    "/setup/api-keys/new/",
    "/setup/api-keys/{api_key}/revoke/",
    "/setup/audit/",
    "/setup/alarms/",
    "/setup/techs/",
    "/setup/techs/new/",
    "/setup/techs/{tech}/",
    "/setup/tech-groups/",
    "/setup/tech-groups/new/",
    "/setup/tech-groups/{group}/",
    "/setup/request-types/",
    "/setup/request-types/new/",
    "/setup/request-types/{request_type}/",
]


def _make_key(administrator: Tech) -> int:
    end = MOMENT + timedelta(days=1)
    made = make_key(
        name="x", scopes=["health:read"], expires_at=end, by=administrator.person, now=MOMENT
    )
    return made.row.pk


@pytest.fixture
def address(request: pytest.FixtureRequest, administrator: Tech) -> str:
    return str(request.param).format(
        api_key=_make_key(administrator),
        tech=administrator.pk,
        group=add_group(name="Desk").pk,
        request_type=add_request_type(name="General").pk,
    )


@pytest.mark.parametrize("address", PAGES, indirect=True)
def test_administrator_sees_the_page(
    address: str, administrator: Tech, signed_in: SignedIn
) -> None:
    answer = signed_in(administrator.person).get(address)
    assert answer.status_code == 200
    assert 'aria-label="Setup"' in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", PAGES, indirect=True)
def test_tech_is_told_no(address: str, method: str, tech: Tech, signed_in: SignedIn) -> None:
    answer = getattr(signed_in(tech.person), method)(address)
    assert answer.status_code == 403
    assert "This page is for Administrators." in answer.content.decode()


@pytest.mark.parametrize("address", PAGES, indirect=True)
def test_client_is_told_no(address: str, client_person: Person, signed_in: SignedIn) -> None:
    assert signed_in(client_person).get(address).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", PAGES, indirect=True)
def test_stranger_goes_to_sign_in_and_comes_back(
    address: str, method: str, stranger: Browser
) -> None:
    answer = getattr(stranger, method)(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={address}"


@pytest.mark.parametrize("address", ["/setup/", "/tickets/", "/tickets/arrivals/"])
def test_script_of_a_page_whose_session_ended_gets_no_sign_in_page(
    address: str, stranger: Browser
) -> None:
    answer = stranger.get(address, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "<" not in answer.content.decode()


def test_no_cache_keeps_a_page_for_somebody_else(administrator: Tech, signed_in: SignedIn) -> None:
    browser = signed_in(administrator.person)
    page = browser.get("/setup/techs/new/")
    assert page["Cache-Control"] == "private, no-cache"
    refused = browser.post("/setup/techs/new/", {"name": "Kim", "password": "typed-secret-words"})
    assert "typed-secret-words" in refused.content.decode()
    assert refused["Cache-Control"] == "private, no-store"


def test_inactive_administrator_is_told_no(administrator: Tech, signed_in: SignedIn) -> None:
    browser = signed_in(administrator.person)
    Tech.objects.update(is_active=False)
    assert browser.get("/setup/").status_code == 403


def test_tech_sees_no_way_to_setup(tech: Tech, signed_in: SignedIn) -> None:
    page = signed_in(tech.person).get("/tickets/").content.decode()
    assert "My tickets" in page
    assert 'href="/setup/' not in page


def test_setup_home_lists_the_steps_with_the_next_one_marked(
    administrator: Tech, signed_in: SignedIn
) -> None:
    page = signed_in(administrator.person).get("/setup/").content.decode()
    assert "1 of 5 done" in page
    next_step = page.split("checklist__item--next")[1].split("</li>")[0]
    assert "Request Types and Tech Groups" in next_step


@pytest.mark.parametrize("number", ["999999", "9" * 40])
def test_missing_page_leads_back(administrator: Tech, signed_in: SignedIn, number: str) -> None:
    answer = signed_in(administrator.person).get(f"/setup/techs/{number}/")
    assert answer.status_code == 404
    assert "Back to the tickets" in answer.content.decode()
