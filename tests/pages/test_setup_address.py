"""The one-time set-up address makes the first Administrator, once."""

import pytest
from django.test import Client as Browser

from postdesk.directory.models import Tech
from postdesk.site.options import issue_setup_token, public_url, read_options

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough passphrase"
HERE = {"host": "localhost:8080"}


def filled(**changes: str) -> dict[str, str]:
    return {
        "name": "Ada Admin",
        "email": "Ada@Desk.example",
        "password": PASSWORD,
        "password_again": PASSWORD,
        **changes,
    }


@pytest.fixture
def address() -> str:
    return f"/set-up/{issue_setup_token()}/"


def test_set_up_makes_an_administrator_signs_in_and_leads_to_setup(
    client: Browser, address: str
) -> None:
    assert client.get(address).status_code == 200
    answer = client.post(address, filled(), headers=HERE)
    tech = Tech.objects.select_related("person").get()
    assert (answer.status_code, answer["Location"]) == (302, "/setup/")
    assert tech.is_administrator
    assert tech.person.email == "ada@desk.example"
    assert [row.address for row in tech.person.addresses.all()] == ["ada@desk.example"]
    assert client.get("/setup/").status_code == 200


def test_address_works_once(client: Browser, address: str) -> None:
    client.post(address, filled(), headers=HERE)
    answer = Browser().post(address, filled(email="eve@evil.example"))
    assert answer.status_code == 410
    assert "postdesk doctor --setup-address" in answer.content.decode()
    assert Tech.objects.count() == 1
    assert read_options().setup_token_hash == ""


def test_wrong_token_says_how_to_get_a_new_one(client: Browser, address: str) -> None:
    answer = client.get("/set-up/guessed/")
    assert answer.status_code == 410
    assert "postdesk doctor --setup-address" in answer.content.decode()


def test_new_token_closes_the_earlier_one(client: Browser, address: str) -> None:
    later = f"/set-up/{issue_setup_token()}/"
    assert client.get(address).status_code == 410
    assert client.get(later).status_code == 200


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"password_again": "something else entirely"}, "The two passwords differ"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password": "password1234", "password_again": "password1234"}, "too common"),
        ({"email": "no address"}, "valid email"),
        ({"name": ""}, "required"),
    ],
)
def test_mistake_keeps_what_was_typed_and_makes_nobody(
    client: Browser, address: str, changes: dict[str, str], complaint: str
) -> None:
    answer = client.post(address, filled(**changes), headers=HERE)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert filled(**changes)["password"] in page
    assert not Tech.objects.exists()
    assert client.get(address).status_code == 200


def test_public_url_becomes_where_the_browser_is(client: Browser, address: str) -> None:
    answer = client.post(address, filled(), headers={"host": "desk.example.com:8443"}, secure=True)
    assert answer.status_code == 302
    assert str(public_url()) == "https://desk.example.com:8443"
    again = client.get("/setup/", headers={"host": "desk.example.com:8443"}, secure=True)
    assert again.status_code == 200


def test_plain_http_from_elsewhere_cannot_become_the_public_url(
    client: Browser, address: str
) -> None:
    answer = client.post(address, filled(), headers={"host": "desk.example.com"})
    assert answer.status_code == 422
    assert "Plain http is refused" in answer.content.decode()
    assert not Tech.objects.exists()


def test_sign_in_page_says_that_the_desk_is_not_set_up(client: Browser, address: str) -> None:
    assert "This desk is not set up yet" in client.get("/sign-in/").content.decode()
    client.post(address, filled(), headers=HERE)
    assert "not set up yet" not in Browser().get("/sign-in/").content.decode()


def test_before_set_up_any_host_reaches_the_set_up_address_and_nothing_else(
    client: Browser, address: str
) -> None:
    elsewhere = {"host": "10.0.0.5"}
    assert client.get(address, headers=elsewhere).status_code == 200
    answer = client.get("/sign-in/", headers=elsewhere)
    assert answer.status_code == 421
    assert "not set up yet" in answer.content.decode()
