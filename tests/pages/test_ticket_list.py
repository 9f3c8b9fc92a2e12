"""The ticket list: views and counts, filters, order, pages, and what an empty list says."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from tests.pages.ticket_making import mailbox, make_ticket, titles, write_again

from postdesk.base import clock
from postdesk.directory.models import Client, Person, Priority, RequestType, Tech
from postdesk.mail.models import IncomingMailAccount
from postdesk.tickets.assigning import assign
from postdesk.tickets.closing import change_status
from postdesk.tickets.models import Status, Ticket
from postdesk.tickets.queries import (
    Sort,
    TicketFilter,
    View,
    conversation,
    count_views,
    list_tickets,
)
from postdesk.tickets.replying import add_note, add_reply

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


def page_of(browser: Browser, query: str = "") -> str:
    answer = browser.get(f"/tickets/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def many_tickets(number: int, now: datetime, person: Person, tech: Tech) -> None:
    client = Client.objects.create(person=person)
    request_type = RequestType.objects.create(name="Network")
    Ticket.objects.bulk_create(
        Ticket(
            subject=f"Ticket {position} about a printer",
            status=list(Status)[position % 5],
            client=client,
            request_type=request_type,
            tech=tech if position % 3 else None,
            opened_at=now - timedelta(minutes=position),
            last_activity_at=now - timedelta(minutes=position % 500),
            snippet="Seit heute früh",
            search_text=f"ticket {position} about a printer\nperson\nperson@example.org",
        )
        for position in range(number)
    )


def test_stranger_is_sent_to_sign_in(stranger: Browser) -> None:
    answer = stranger.get("/tickets/")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/tickets/"


def test_client_may_not_see_the_list(signed_in: SignedIn, client_person: Person) -> None:
    assert signed_in(client_person).get("/tickets/").status_code == 403


def test_front_door_leads_to_the_list(signed_in: SignedIn, tech: Tech) -> None:
    answer = signed_in(tech.person).get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/tickets/"


def test_row_shows_what_the_ticket_is(signed_in: SignedIn, tech: Tech) -> None:
    ticket = make_ticket(subject="VPN bricht ab <b>")
    assign(ticket, tech=tech, actor=tech.person, now=clock.now())
    text = page_of(signed_in(tech.person))
    assert f'href="/tickets/{ticket.number}/"' in text
    for shown in ("VPN bricht ab &lt;b&gt;", "The printer on floor 3 burns.", "Clara Client"):
        assert shown in text
    assert "ticket-row--unread" in text


def test_ticket_that_waits_for_the_client_is_not_marked(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    add_reply(make_ticket(), author=tech.person, text="Is it out?", now=now)
    assert "ticket-row--unread" not in page_of(signed_in(tech.person))


def test_views_count_what_they_hold(tech: Tech, administrator: Tech, now: datetime) -> None:
    mine, theirs, done, canceled, _ = [make_ticket() for _ in range(5)]
    assign(mine, tech=tech, actor=tech.person, now=now)
    assign(theirs, tech=administrator, actor=tech.person, now=now)
    change_status(done, status=Status.RESOLVED, actor=tech.person, now=now)
    change_status(canceled, status=Status.CANCELED, actor=tech.person, now=now)
    counts = count_views(tech)
    assert counts == {
        "mine": 1, "unassigned": 1, "open": 3, "resolved": 1, "closed": 1, "all": 5,
    }  # fmt: skip
    for view in View:
        rows = list_tickets(TicketFilter(view=view), tech=tech)
        assert rows.count() == counts[view], view


def test_status_that_is_asked_for_takes_the_place_of_the_views_own(
    tech: Tech, now: datetime
) -> None:
    mine, other = make_ticket(subject="mine"), make_ticket(subject="other")
    assign(mine, tech=tech, actor=tech.person, now=now)
    for ticket in (mine, other):
        change_status(ticket, status=Status.RESOLVED, actor=tech.person, now=now)
    wanted = TicketFilter(view=View.MINE, status=Status.RESOLVED)
    assert titles(list(list_tickets(wanted, tech=tech))) == ["mine"]


def test_list_is_narrowed_by_tech_request_type_client_and_answered(tech: Tech) -> None:
    wanted, other = make_ticket(subject="wanted"), make_ticket(subject="other")
    request_type = RequestType.objects.create(name="Network")
    other_client = Client.objects.create(person=tech.person)
    Ticket.objects.filter(pk=wanted.pk).update(request_type=request_type, tech=tech)
    Ticket.objects.filter(pk=other.pk).update(client=other_client, client_wrote_last=False)
    narrowings = (
        TicketFilter(tech_id=tech.pk),
        TicketFilter(request_type_id=request_type.pk),
        TicketFilter(client_id=wanted.client_id),
        TicketFilter(is_answered=True),
    )
    for narrowing in narrowings:
        assert titles(list(list_tickets(narrowing, tech=tech))) == ["wanted"], narrowing


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.ACTIVITY, ["second", "first", "third"]),
        (Sort.QUIET, ["third", "first", "second"]),
        (Sort.NUMBER, ["third", "second", "first"]),
        (Sort.AGE, ["first", "second", "third"]),
        (Sort.PRIORITY, ["third", "second", "first"]),
    ],
)
def test_list_is_sorted(sort: Sort, expected: list[str], tech: Tech, now: datetime) -> None:
    first, second, third = [
        make_ticket(subject=name, at=now + timedelta(minutes=position))
        for position, name in enumerate(["first", "second", "third"])
    ]
    active = {first: 7, second: 9, third: 5}
    for ticket, minutes in active.items():
        Ticket.objects.filter(pk=ticket.pk).update(
            last_activity_at=now + timedelta(minutes=minutes)
        )
    Ticket.objects.filter(pk=third.pk).update(priority=Priority.URGENT)
    assert titles(list(list_tickets(TicketFilter(sort=sort), tech=tech))) == expected


def test_filter_is_a_chip_whose_link_removes_it(signed_in: SignedIn, tech: Tech) -> None:
    text = page_of(signed_in(tech.person), "?view=all&status=pending&sort=age")
    assert "<b>Pending</b>" in text
    assert 'href="/tickets/?view=all&amp;sort=age"' in text


@pytest.mark.parametrize(
    "query",
    [
        "?view=nonsense&status=x&type=y&tech=z&client=-4&sort=%00&page=zz",
        "?view=%F0%9F&type=99999999999999999999999&tech=1e9",
        "?q=%00%00&page=-1&answered=maybe&client=99999999999999999999999",
    ],
)
def test_nonsense_in_the_address_narrows_nothing(
    query: str, signed_in: SignedIn, tech: Tech
) -> None:
    make_ticket(subject="Still here")
    assert "Still here" in page_of(signed_in(tech.person), query)


def test_fifty_rows_make_a_page(
    signed_in: SignedIn, person: Callable[..., Person], tech: Tech, now: datetime
) -> None:
    many_tickets(120, now, person(), tech)
    browser = signed_in(tech.person)
    assert page_of(browser, "?view=all").count("ticket-row__subject") == 50
    assert page_of(browser, "?view=all&page=3").count("ticket-row__subject") == 20
    assert "50 of 120" in page_of(browser, "?view=all")


def test_list_asks_the_database_as_often_for_50_tickets_as_for_one(
    signed_in: SignedIn, person: Callable[..., Person], tech: Tech, now: datetime
) -> None:
    browser = signed_in(tech.person)
    many_tickets(1, now, person(), tech)
    page_of(browser, "?view=all")
    with CaptureQueriesContext(connection) as few:
        page_of(browser, "?view=all")
    for number in range(49):
        make_ticket(subject=f"More {number}")
    with CaptureQueriesContext(connection) as many:
        assert page_of(browser, "?view=all").count("ticket-row__subject") == 50
    assert len(many) == len(few)


def test_list_of_ten_thousand_tickets_is_quick(
    signed_in: SignedIn, person: Callable[..., Person], tech: Tech, now: datetime
) -> None:
    many_tickets(10_000, now, person(), tech)
    browser = signed_in(tech.person)
    page_of(browser)
    took = []
    for _ in range(5):
        started = time.perf_counter()
        page_of(browser, "?view=open")
        took.append(time.perf_counter() - started)
    assert min(took) < 0.2, "it takes 20 to 50 ms on a small machine; does something scan rows?"


def test_empty_view_says_when_mail_was_last_collected(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    mailbox(last_read_at=now)
    text = page_of(signed_in(tech.person), "?view=mine")
    assert "Nothing waiting in this view" in text
    assert "Mail was last collected at 14:00, 23 Nov from 1 of 1 mailbox." in text


def test_empty_view_names_a_mailbox_that_is_not_collected(
    signed_in: SignedIn, administrator: Tech, now: datetime
) -> None:
    mailbox("osaka@desk.example", state=IncomingMailAccount.State.NEEDS_PERSON, last_read_at=now)
    text = " ".join(page_of(signed_in(administrator.person)).split())
    assert "osaka@desk.example is not being collected, so this list may be missing" in text
    assert "See what is wrong" in text


def test_empty_desk_offers_an_administrator_to_connect_a_mailbox(
    signed_in: SignedIn, administrator: Tech
) -> None:
    assert "Connect a mailbox" in page_of(signed_in(administrator.person))


def test_arrivals_count_what_clients_wrote_since(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    ticket = make_ticket()
    browser = signed_in(tech.person)
    since = (now + timedelta(minutes=1)).isoformat()
    address = "/tickets/arrivals/"
    assert browser.get(address, {"view": "open", "since": since}).status_code == 204
    write_again(ticket, "Still burning", at=now + timedelta(minutes=2))
    answer = browser.get(address, {"view": "open", "since": since})
    assert answer.status_code == 200
    assert "1 new" in answer.content.decode()


def test_arrivals_do_not_count_what_techs_write(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    later = now + timedelta(minutes=2)
    add_reply(make_ticket(), author=tech.person, text="Done", now=later)
    answer = signed_in(tech.person).get("/tickets/arrivals/", {"since": now.isoformat()})
    assert answer.status_code == 204


def test_arrivals_need_a_moment(signed_in: SignedIn, tech: Tech) -> None:
    make_ticket()
    browser = signed_in(tech.person)
    beyond_utc = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    for since in ("", "yesterday", "2026-11-23T14:00:00", "2026-13-45T14:00:00Z", *beyond_utc):
        assert browser.get("/tickets/arrivals/", {"since": since}).status_code == 204


def test_conversation_is_in_the_order_of_time(tech: Tech, now: datetime) -> None:
    ticket = make_ticket(at=now)
    add_note(ticket, author=tech.person, text="Look at floor 3", now=now + timedelta(minutes=1))
    change_status(ticket, status=Status.PENDING, actor=tech.person, now=now + timedelta(minutes=2))
    write_again(ticket, "Thanks", at=now + timedelta(minutes=3))
    told = [
        happening.entry.text if happening.entry else getattr(happening.event, "kind", "")
        for happening in conversation(ticket)
    ]
    assert told == [
        "The printer on floor 3 burns.", "opened", "Look at floor 3", "status", "Thanks", "status",
    ]  # fmt: skip
