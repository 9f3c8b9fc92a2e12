"""The ticket page: who may see it, the conversation, properties, relations."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser
from tests.pages.ticket_making import (
    form_of,
    make_ticket,
    page_of,
    replies,
    way_out,
    write_again,
)

from postdesk.directory.models import Person, RequestType, Tech, TechGroup
from postdesk.flow.announce.events import announce_events
from postdesk.mail.models import OutgoingMessage
from postdesk.tickets.assigning import assign
from postdesk.tickets.models import Entry, Status, Ticket
from postdesk.tickets.replying import add_note, add_reply
from postdesk.web.console.conversation import split_quoted

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


# Who may


def test_stranger_is_sent_to_sign_in(stranger: Browser) -> None:
    ticket = make_ticket()
    for address in ("", "news/", "entries/1/body", "entries/1/original/"):
        answer = stranger.get(f"/tickets/{ticket.number}/{address}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")


def test_client_may_neither_read_nor_write(signed_in: SignedIn, client_person: Person) -> None:
    ticket = make_ticket()
    browser = signed_in(client_person)
    assert browser.get(f"/tickets/{ticket.number}/").status_code == 403
    answer = browser.post(f"/tickets/{ticket.number}/write/", form_of(ticket))
    assert answer.status_code == 403
    assert not replies(ticket)


def test_post_without_token_is_refused(tech: Tech, signed_in: SignedIn) -> None:
    ticket = make_ticket()
    signed_in(tech.person)
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(tech.person)
    answer = browser.post(f"/tickets/{ticket.number}/write/", form_of(ticket))
    assert answer.status_code == 403
    assert not replies(ticket)


@pytest.mark.parametrize("number", [99_999, 10**30])
def test_ticket_that_does_not_exist_is_not_found(
    number: int, signed_in: SignedIn, tech: Tech
) -> None:
    browser = signed_in(tech.person)
    for part in ("", "news/", "entries/1/body", f"entries/{number}/attachments/{number}/"):
        assert browser.get(f"/tickets/{number}/{part}").status_code == 404, part
    for part in ("write/", "properties/status/", f"deliveries/{number}/send-again/"):
        assert browser.post(f"/tickets/{number}/{part}").status_code == 404, part


def test_address_of_a_form_leads_to_the_ticket_and_changes_nothing(
    signed_in: SignedIn, tech: Tech
) -> None:
    ticket = make_ticket()
    browser = signed_in(tech.person)
    for part in ("write/", "properties/status/", "add-to-related/", "deliveries/1/send-again/"):
        answer = browser.get(f"/tickets/{ticket.number}/{part}", {"status": "closed", "text": "x"})
        assert answer.status_code == 302
        assert answer["Location"] == f"/tickets/{ticket.number}/"
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.entries.count() == 1


# Reading


def test_page_shows_mail_reply_note_and_changes(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    ticket = make_ticket(subject="On fire <i>")
    add_reply(ticket, author=tech.person, text="Is it out?", status="pending", now=now)
    add_note(ticket, author=tech.person, text="Cheap printer", now=now)
    text = page_of(signed_in(tech.person), ticket)
    assert "On fire &lt;i&gt;" in text
    for shown in (
        "The printer on floor 3 burns.",
        "Is it out?",
        "Cheap printer",
        "Internal note, techs only",
        "Status changed from Open to Pending",
        "Monday 23 November 2026",
    ):
        assert shown in text, shown


def test_text_of_mail_is_never_markup(signed_in: SignedIn, tech: Tech) -> None:
    evil = "<script>alert(1)</script> & <img src=x onerror=alert(2)>"
    ticket = make_ticket(text=evil, fresh_text=evil)
    text = page_of(signed_in(tech.person), ticket)
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text


@pytest.mark.parametrize(
    ("fresh", "whole", "shown", "folded"),
    [
        ("Yes.", "Yes.\n\n> Is it out?\n> Really?", "Yes.", "> Is it out?\n> Really?"),
        ("Yes.", "Yes.", "Yes.", ""),
        ("", "> only quoted", "> only quoted", ""),
        ("Yes.\nNo.", "> Out?\nYes.\n> On?\nNo.", "Yes.\nNo.", "> Out?\nYes.\n> On?\nNo."),
    ],
)
def test_quoted_past_is_folded_and_never_cut(
    fresh: str, whole: str, shown: str, folded: str
) -> None:
    assert split_quoted(Entry(text=whole, fresh_text=fresh)) == (shown, folded)


def test_html_mail_is_shown_in_a_frame_without_script(signed_in: SignedIn, tech: Tech) -> None:
    ticket = make_ticket(html="<p>Hello</p>")
    entry = ticket.entries.get()
    text = page_of(signed_in(tech.person), ticket)
    frame = re.search(r"<iframe[^>]*>", text)
    assert frame is not None
    assert f'src="/tickets/{ticket.number}/entries/{entry.pk}/body"' in frame[0]
    permissions = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    assert f'sandbox="{permissions}"' in frame[0]
    assert "<p>Hello</p>" not in text


def test_receipt_to_the_client_is_told_once(signed_in: SignedIn, tech: Tech, now: datetime) -> None:
    way_out()
    ticket = make_ticket()
    announce_events(now=now)
    browser = signed_in(tech.person)
    assert "Receipt to the client waits to be sent" in page_of(browser, ticket)
    OutgoingMessage.objects.update(state=OutgoingMessage.State.SENT, sent_at=now)
    assert page_of(browser, ticket).count("Receipt sent to the client, once for this ticket") == 1


def test_page_asks_the_database_as_often_for_many_messages_as_for_few(
    signed_in: SignedIn,
    tech: Tech,
    now: datetime,
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    ticket = make_ticket()
    for minute in range(20):
        write_again(ticket, f"Again {minute}", at=now + timedelta(minutes=minute))
    browser = signed_in(tech.person)
    with django_assert_max_num_queries(40):
        page_of(browser, ticket)


# Properties


def change(
    browser: Browser, ticket: Ticket, name: str, value: object, **headers: str
) -> tuple[int, str]:
    address = f"/tickets/{ticket.number}/properties/{name}/"
    answer = browser.post(address, {name: value}, headers=headers)
    return answer.status_code, answer.content.decode()


def test_each_property_is_saved_by_itself(signed_in: SignedIn, tech: Tech) -> None:
    group = TechGroup.objects.create(name="Service Desk")
    request_type = RequestType.objects.create(name="Network", tech_group=group)
    ticket = make_ticket()
    browser = signed_in(tech.person)
    for name, value in (
        ("status", "resolved"),
        ("priority", 1),
        ("request_type", request_type.pk),
        ("tech", tech.pk),
    ):
        assert change(browser, ticket, name, value)[0] == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority) == (Status.RESOLVED, 1)
    assert (ticket.request_type, ticket.tech_group, ticket.tech) == (request_type, group, tech)


def test_ticket_is_given_back_to_everybody(signed_in: SignedIn, tech: Tech, now: datetime) -> None:
    ticket = make_ticket()
    assign(ticket, tech=tech, actor=tech.person, now=now)
    change(signed_in(tech.person), ticket, "tech", "")
    ticket.refresh_from_db()
    assert ticket.tech is None


@pytest.mark.parametrize(
    ("name", "value"), [("status", "gone"), ("priority", 9), ("request_type", ""), ("tech", "x")]
)
def test_value_that_cannot_be_is_refused(
    name: str, value: object, signed_in: SignedIn, tech: Tech
) -> None:
    ticket = make_ticket()
    status, text = change(signed_in(tech.person), ticket, name, value)
    assert status == 422
    assert 'role="alert"' in text
    assert not ticket.events.exclude(kind="opened").exists()


def test_property_without_name_is_not_found(signed_in: SignedIn, tech: Tech) -> None:
    assert change(signed_in(tech.person), make_ticket(), "subject", "x")[0] == 404


def test_inactive_tech_is_not_offered_but_stays_where_they_are(
    signed_in: SignedIn, make_tech: Callable[..., Tech], tech: Tech, now: datetime
) -> None:
    gone = make_tech(name="Gone Tech")
    theirs, other = make_ticket(), make_ticket()
    assign(theirs, tech=gone, actor=tech.person, now=now)
    Tech.objects.filter(pk=gone.pk).update(is_active=False)
    browser = signed_in(tech.person)
    assert f'<option value="{gone.pk}" selected>' in page_of(browser, theirs)
    assert change(browser, other, "tech", gone.pk)[0] == 422


def test_script_gets_only_the_parts_that_changed(signed_in: SignedIn, tech: Tech) -> None:
    ticket = make_ticket()
    headers = {"HX-Request": "true"}
    status, text = change(signed_in(tech.person), ticket, "priority", 1, **headers)
    assert status == 200
    assert "<html" not in text
    assert 'hx-swap-oob="beforeend:#conversation"' in text
    assert "Priority changed from Medium to Urgent" in text
    assert '<option value="1" selected>' in text


# Relations


def test_related_ticket_takes_the_message_in(signed_in: SignedIn, tech: Tech) -> None:
    target, stray = make_ticket(subject="Target"), make_ticket(subject="Stray")
    Ticket.objects.filter(pk=stray.pk).update(related_to=target)
    entry = stray.entries.get()
    browser = signed_in(tech.person)
    assert f"Add to #{target.number}" in page_of(browser, stray)
    assert "seemed to mean this ticket" in page_of(browser, target)
    answer = browser.post(f"/tickets/{stray.number}/add-to-related/")
    assert answer["Location"] == f"/tickets/{target.number}/"
    entry.refresh_from_db()
    stray.refresh_from_db()
    assert entry.ticket == target
    assert stray.status == Status.CANCELED
    assert f"Add to #{target.number}" not in page_of(browser, stray)


def test_ticket_that_stands_alone_is_added_to_nothing(signed_in: SignedIn, tech: Tech) -> None:
    ticket = make_ticket()
    browser = signed_in(tech.person)
    assert browser.post(f"/tickets/{ticket.number}/add-to-related/").status_code == 302
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
