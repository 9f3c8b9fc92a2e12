"""Who an address belongs to."""

from collections.abc import Callable
from datetime import datetime

import pytest

from postdesk.directory import people
from postdesk.directory.models import Client, Person, PersonAddress, Tech
from postdesk.directory.people import (
    AddressRefused,
    find_or_add_client,
    find_person,
    find_tech_by_address,
)

pytestmark = pytest.mark.django_db


def test_first_mail_adds_person_address_and_client(now: datetime) -> None:
    client = find_or_add_client(address=" Clara@Client.Example ", name="Clara Client", now=now)
    assert client.person.email == "clara@client.example"
    assert client.person.name == "Clara Client"
    assert not client.person.has_usable_password()
    assert PersonAddress.objects.get().address == "clara@client.example"


def test_second_mail_finds_the_same_client_in_any_case(now: datetime) -> None:
    first = find_or_add_client(address="clara@client.example", name="Clara", now=now)
    second = find_or_add_client(address="CLARA@client.example", name="Someone else", now=now)
    assert first == second
    assert second.person.name == "Clara"
    assert Client.objects.count() == 1


def test_name_is_filled_in_when_the_first_mail_had_none(now: datetime) -> None:
    find_or_add_client(address="clara@client.example", name="", now=now)
    client = find_or_add_client(address="clara@client.example", name="Clara", now=now)
    assert client.person.name == "Clara"


def test_further_address_leads_to_its_person(person: Callable[..., Person], now: datetime) -> None:
    anna = person(email="anna@contoso.test")
    PersonAddress.objects.create(person=anna, address="anna@home.example")
    assert find_or_add_client(address="Anna@home.example", name="", now=now).person == anna


def test_tech_who_writes_becomes_a_client_too(tech: Tech, now: datetime) -> None:
    client = find_or_add_client(address=tech.person.email, name="", now=now)
    assert client.person == tech.person


def test_hostile_name_is_one_line_and_fits_its_column(now: datetime) -> None:
    client = find_or_add_client(
        address="x@example.org", name="Eve\r\nBcc: all\x00 " + "a" * 500, now=now
    )
    assert client.person.name.startswith("Eve Bcc: all aaa")
    assert len(client.person.name) == 200


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "@example.org", "x@", "a b@c.example", "x\x00@c.example", "l" * 255 + "@x"],
)
def test_what_is_no_address_is_refused(address: str, now: datetime) -> None:
    with pytest.raises(AddressRefused):
        find_or_add_client(address=address, name="", now=now)
    assert not Person.objects.exists()


def test_lost_race_reads_the_row_of_the_winner(
    monkeypatch: pytest.MonkeyPatch, person: Callable[..., Person], now: datetime
) -> None:
    winner = person(email="clara@client.example")
    answers = iter([None, winner])
    monkeypatch.setattr(people, "find_person", lambda _address: next(answers))
    client = find_or_add_client(address="clara@client.example", name="", now=now)
    assert client.person == winner


def test_inactive_tech_is_no_tech_by_address(tech: Tech) -> None:
    assert find_tech_by_address("TIM@desk.example") == tech
    Tech.objects.update(is_active=False)
    assert find_tech_by_address("tim@desk.example") is None


def test_unknown_address_belongs_to_nobody() -> None:
    assert find_person("nobody@example.org") is None
    assert find_tech_by_address("nobody@example.org") is None
