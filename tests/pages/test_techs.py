"""Setup > People > Techs."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from postdesk.directory.models import Client, Person, Tech
from postdesk.mail.models import OutgoingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase"


def filled(**changes: str) -> dict[str, str]:
    return {
        "name": "Nina New",
        "email": "nina@desk.example",
        "addresses": "",
        "password": PASSWORD,
        "is_active": "on",
        **changes,
    }


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return signed_in(administrator.person)


def as_posted(tech: Tech, **changes: str) -> dict[str, str]:
    """Return what the unchanged form of ``tech`` would send, with ``changes``."""
    data = {"name": tech.person.name, "email": tech.person.email, "addresses": "", "password": ""}
    flags = {"is_administrator": tech.is_administrator, "is_active": tech.is_active}
    data |= {name: "on" for name, value in flags.items() if value} | changes
    return {name: value for name, value in data.items() if value != "OFF"}


def test_new_tech_can_sign_in(browser: Browser) -> None:
    answer = browser.post(
        "/setup/techs/new/", filled(addresses="Nina@Home.example\nn@x.example, m@x.example")
    )
    assert answer.status_code == 302
    tech = Tech.objects.get(person__email="nina@desk.example")
    assert tech.person.check_password(PASSWORD)
    assert not tech.is_administrator
    assert {row.address for row in tech.person.addresses.all()} == {
        "nina@desk.example",
        "nina@home.example",
        "n@x.example",
        "m@x.example",
    }


def test_client_becomes_a_tech_and_stays_a_client(browser: Browser, client_person: Person) -> None:
    browser.post("/setup/techs/new/", filled(email="CLARA@client.example"))
    tech = Tech.objects.get(person=client_person)
    assert tech.person.check_password(PASSWORD)
    assert Client.objects.filter(person=client_person).exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"email": "ada@desk.example"}, "a tech already"),
        ({"addresses": "clara@client.example"}, "belongs to Clara Client already"),
        ({"addresses": "no address"}, "is no e-mail address"),
        ({"password": "short"}, "too short"),
        ({"email": "support@desk.example"}, "is a mailbox of this desk"),
        ({"addresses": "Support@desk.example"}, "is a mailbox of this desk"),
    ],
)
def test_mistake_is_named_keeps_what_was_typed_and_adds_nobody(
    browser: Browser, client_person: Person, changes: dict[str, str], complaint: str
) -> None:
    OutgoingMailAccount.objects.create(email_address="support@desk.example", kind="smtp")
    answer = browser.post("/setup/techs/new/", filled(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert all(value in page for value in filled(**changes).values())
    assert Tech.objects.count() == 1


def test_tech_is_changed_and_an_empty_password_keeps_the_old_one(
    browser: Browser, tech: Tech
) -> None:
    before = tech.person.password
    answer = browser.post(
        f"/setup/techs/{tech.pk}/", as_posted(tech, name="Timo", email="timo@desk.example")
    )
    assert answer.status_code == 302
    tech.person.refresh_from_db()
    assert (tech.person.name, tech.person.email) == ("Timo", "timo@desk.example")
    assert tech.person.password == before
    assert [row.address for row in tech.person.addresses.all()] == ["timo@desk.example"]


def test_stored_password_is_never_shown(browser: Browser, tech: Tech) -> None:
    page = browser.get(f"/setup/techs/{tech.pk}/").content.decode()
    assert "Saved. Type to replace it" in page
    assert tech.person.password not in page


def test_own_new_password_keeps_the_own_session(browser: Browser, administrator: Tech) -> None:
    browser.post(f"/setup/techs/{administrator.pk}/", as_posted(administrator, password=PASSWORD))
    assert browser.get("/setup/").status_code == 200


def test_new_password_ends_the_sessions_of_that_tech(
    browser: Browser, tech: Tech, signed_in: SignedIn
) -> None:
    other = signed_in(tech.person)
    browser.post(f"/setup/techs/{tech.pk}/", as_posted(tech, password=PASSWORD))
    assert other.get("/tickets/").status_code == 302


@pytest.mark.parametrize("given_up", ["is_administrator", "is_active"])
def test_last_active_administrator_cannot_be_removed(
    browser: Browser, administrator: Tech, make_tech: Callable[..., Tech], given_up: str
) -> None:
    retired = make_tech(is_administrator=True)
    Tech.objects.filter(pk=retired.pk).update(is_active=False)
    answer = browser.post(
        f"/setup/techs/{administrator.pk}/", as_posted(administrator, **{given_up: "OFF"})
    )
    assert answer.status_code == 422
    assert "is the last active Administrator" in answer.content.decode()
    administrator.refresh_from_db()
    assert administrator.is_administrator
    assert administrator.is_active


def test_one_of_two_administrators_may_go(
    browser: Browser, administrator: Tech, make_tech: Callable[..., Tech]
) -> None:
    second = make_tech(is_administrator=True)
    answer = browser.post(f"/setup/techs/{second.pk}/", as_posted(second, is_active="OFF"))
    assert answer.status_code == 302
    second.refresh_from_db()
    assert not second.is_active


def test_list_shows_rights_and_state(browser: Browser, tech: Tech) -> None:
    Tech.objects.filter(pk=tech.pk).update(is_active=False)
    page = browser.get("/setup/techs/").content.decode()
    assert "Administrator" in page
    assert "Inactive" in page
