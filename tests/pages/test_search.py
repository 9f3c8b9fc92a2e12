"""Searching tickets: by number, subject and people."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from tests.pages.ticket_making import make_ticket, titles

from postdesk.directory.models import Person, Tech
from postdesk.tickets.incoming import Correspondent
from postdesk.tickets.search import build_search_text, fold, read_number, search_tickets

SignedIn = Callable[[Person], Browser]


def found(text: str) -> list[str]:
    return sorted(titles(list(search_tickets(text))))


@pytest.mark.parametrize(
    ("written", "searched"),
    [("STRASSE", "straße"), ("ﬁle", "FILE"), ("\uff36\uff30\uff2e", "vpn"), ("Cafe\u0301", "CAFÉ")],
)
def test_case_width_and_composition_make_no_difference(written: str, searched: str) -> None:
    assert fold(written) == fold(searched)


def test_search_text_holds_each_line_once_without_line_ends() -> None:
    text = build_search_text("Re:\r\n VPN", ["Anna", "anna@x.test", "ANNA", ""])
    assert text == "re: vpn\nanna\nanna@x.test"


@pytest.mark.parametrize(
    ("text", "number"),
    [("123", 123), (" #123 ", 123), ("#", None), ("12a", None), ("1 2", None), ("\uff19", None)],
)
def test_number_is_read_with_or_without_hash(text: str, number: int | None) -> None:
    assert read_number(text) == number


def test_number_beyond_any_ticket_is_none() -> None:
    assert read_number("9" * 19) is None
    assert read_number("9" * 500) is None


@pytest.mark.django_db
def test_ticket_is_found_by_words_of_its_subject_in_any_order_and_case() -> None:
    make_ticket(subject="Größe der Mailbox überschritten")
    make_ticket(subject="Mailbox leer")
    for words in ("größe mailbox", "MAILBOX GRÖSSE", "Überschritten"):
        assert found(words) == ["Größe der Mailbox überschritten"], words
    assert found("mailbox") == ["Größe der Mailbox überschritten", "Mailbox leer"]


@pytest.mark.django_db
def test_ticket_is_found_by_name_and_address_of_client_and_participants() -> None:
    copied = Correspondent(name="Karin Möller", address="karin@client.example")
    make_ticket(subject="With Karin", cc=(copied,))
    make_ticket(subject="Without")
    assert found("möller") == ["With Karin"]
    assert found("karin@client") == ["With Karin"]
    assert found("clara karin") == ["With Karin"]
    assert found("clara") == ["With Karin", "Without"]


@pytest.mark.django_db
def test_ticket_is_found_by_number_and_by_the_same_digits_in_a_subject() -> None:
    ticket = make_ticket(subject="By number")
    make_ticket(subject=f"Room {ticket.number} is dark")
    assert found(f"#{ticket.number}") == ["By number"]
    assert found(str(ticket.number)) == ["By number", f"Room {ticket.number} is dark"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["%", "_rinter", "\\", "'", '"; drop table', "\0", "x" * 5000])
def test_signs_of_the_database_are_only_signs(text: str) -> None:
    make_ticket(subject="Printer")
    assert found(text) == []


@pytest.mark.django_db
def test_words_must_all_occur() -> None:
    make_ticket(subject="Printer on floor 3")
    assert found("printer floor") == ["Printer on floor 3"]
    assert found("printer roof") == []
    assert found("") == []


@pytest.mark.django_db
def test_search_looks_at_tickets_of_every_status(signed_in: SignedIn, tech: Tech) -> None:
    make_ticket(subject="Closed one")
    make_ticket(subject="Open one")
    type(make_ticket(subject="Third one")).objects.filter(subject="Closed one").update(
        status="closed"
    )
    text = signed_in(tech.person).get("/tickets/", {"q": "one"}).content.decode()
    assert "Closed one" in text
    assert "Open one" in text
    assert 'value="one"' in text


@pytest.mark.django_db
def test_search_for_a_number_opens_that_ticket(signed_in: SignedIn, tech: Tech) -> None:
    ticket = make_ticket()
    answer = signed_in(tech.person).get("/tickets/", {"q": f"#{ticket.number}"})
    assert answer.status_code == 302
    assert answer["Location"] == f"/tickets/{ticket.number}/"


@pytest.mark.django_db
def test_search_without_result_repeats_the_words_harmlessly(
    signed_in: SignedIn, tech: Tech
) -> None:
    text = signed_in(tech.person).get("/tickets/", {"q": "<script>alert(1)"}).content.decode()
    assert "Nothing found" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
