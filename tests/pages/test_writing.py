"""Replies and notes: nothing typed is lost, nothing is sent twice, and what became of each."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser
from tests.pages.ticket_making import (
    DRAFT,
    form_of,
    mailbox,
    make_ticket,
    page_of,
    replies,
    way_out,
    write_again,
)

from postdesk.directory.models import Person, Tech
from postdesk.flow.announce.events import announce_events
from postdesk.mail.models import OutgoingMessage
from postdesk.tickets.incoming import Correspondent
from postdesk.tickets.models import Entry, Status, Ticket
from postdesk.tickets.replying import add_reply

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


# Replying


def test_reply_is_added_with_cc_and_status(signed_in: SignedIn, tech: Tech) -> None:
    way_out()
    ticket = make_ticket()
    form = form_of(
        ticket, cc="bob@client.example, Doe, Karin <Karin@Client.example>;", status="pending"
    )
    answer = signed_in(tech.person).post(f"/tickets/{ticket.number}/write/", form)
    assert answer.status_code == 302
    [reply] = replies(ticket)
    assert answer["Location"] == f"/tickets/{ticket.number}/?written=1#entry-{reply.pk}"
    assert reply.text == DRAFT
    assert [copy["address"] for copy in reply.cc] == ["bob@client.example", "karin@client.example"]
    ticket.refresh_from_db()
    assert ticket.status == Status.PENDING


def test_note_is_added_and_mails_nobody(signed_in: SignedIn, tech: Tech, now: datetime) -> None:
    way_out()
    ticket = make_ticket()
    announce_events(now=now)
    before = OutgoingMessage.objects.count()
    form = form_of(ticket, kind="note", cc="not looked at")
    answer = signed_in(tech.person).post(f"/tickets/{ticket.number}/write/", form)
    announce_events(now=now)
    assert answer.status_code == 302
    assert ticket.entries.get(kind=Entry.Kind.NOTE).text == DRAFT
    assert OutgoingMessage.objects.count() == before


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"text": "  \n "}, "Write something first"),
        ({"cc": "bob at example"}, "bob is no e-mail address"),
        ({"cc": "a@x.example, <>"}, "is no e-mail address"),
        ({"cc": "help@desk.example"}, "is a mailbox of this desk"),
        ({"cc": "a@x.example\r\nBcc: b@x.example"}, "Bcc: is no e-mail address"),
        ({"status": "deleted"}, "The page was not complete"),
        ({"form_id": ""}, "The page was not complete"),
    ],
)
def test_incomplete_reply_is_refused_and_everything_typed_is_kept(
    values: dict[str, object], told: str, signed_in: SignedIn, tech: Tech
) -> None:
    way_out()
    ticket = make_ticket()
    form = form_of(ticket, **{"text": "My long text", "cc": "kept@x.example", **values})
    answer = signed_in(tech.person).post(f"/tickets/{ticket.number}/write/", form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert told in text
    if "text" not in values:
        assert "My long text" in text
    if "cc" not in values:
        assert 'value="kept@x.example"' in text
    assert not replies(ticket)


def test_refused_reply_tells_of_a_mail_that_came_meanwhile(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    way_out()
    ticket = make_ticket()
    form = form_of(ticket, cc="no address")
    write_again(ticket, "Never mind, it is out.", at=now)
    answer = signed_in(tech.person).post(f"/tickets/{ticket.number}/write/", form)
    assert answer.status_code == 422
    assert "before you sent this. Nothing was sent yet" in answer.content.decode()
    assert "message--fresh" in answer.content.decode()


def test_reply_without_a_way_out_is_refused_and_kept(signed_in: SignedIn, tech: Tech) -> None:
    ticket = make_ticket()
    answer = signed_in(tech.person).post(f"/tickets/{ticket.number}/write/", form_of(ticket))
    assert answer.status_code == 422
    assert "No Outgoing Mail Account is active" in answer.content.decode()
    assert "please leave the building." in answer.content.decode()
    assert not replies(ticket)


def test_form_that_is_sent_twice_counts_once(signed_in: SignedIn, tech: Tech) -> None:
    way_out()
    ticket = make_ticket()
    browser, form = signed_in(tech.person), form_of(ticket)
    for _ in range(2):
        browser.post(f"/tickets/{ticket.number}/write/", form)
    assert len(replies(ticket)) == 1
    assert "it is not sent twice" in page_of(browser, ticket)


def test_reply_waits_when_the_client_wrote_meanwhile(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    way_out()
    ticket = make_ticket()
    form = form_of(ticket, status="resolved")
    later = write_again(ticket, "It is out now!", at=now + timedelta(minutes=5))
    browser = signed_in(tech.person)
    answer = browser.post(f"/tickets/{ticket.number}/write/", form)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Clara Client wrote again at 14:05" in text
    assert f'href="#entry-{later.pk}"' in text
    assert "please leave the building." in text
    assert not replies(ticket)
    # The page shows the new mail now: sending from it, or anyway, works
    assert f'name="seen" value="{later.pk}"' in text
    assert 'type="hidden" name="status" value="resolved"' in text
    browser.post(f"/tickets/{ticket.number}/write/", {**form, "send_anyway": "on"})
    assert len(replies(ticket)) == 1
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED


def test_note_does_not_wait_for_anybody(signed_in: SignedIn, tech: Tech, now: datetime) -> None:
    ticket = make_ticket()
    form = form_of(ticket, kind="note")
    write_again(ticket, "It is out now!", at=now)
    answer = signed_in(tech.person).post(f"/tickets/{ticket.number}/write/", form)
    assert answer.status_code == 302


def test_news_tell_of_a_mail_that_came_after_the_page(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    ticket = make_ticket()
    seen = ticket.entries.get().pk
    browser = signed_in(tech.person)
    address = f"/tickets/{ticket.number}/news/"
    assert browser.get(address, {"after": seen}).status_code == 204
    write_again(ticket, "And smoke", at=now)
    answer = browser.get(address, {"after": seen})
    assert answer.status_code == 200
    assert "Clara Client wrote again at 14:00" in answer.content.decode()


def test_everybody_who_took_part_is_in_cc_but_our_own_mailboxes(
    signed_in: SignedIn, tech: Tech
) -> None:
    mailbox("help@desk.example")
    ours = Correspondent(name="", address="help@desk.example")
    karin = Correspondent(name="Karin", address="karin@client.example")
    ticket = make_ticket(to=(ours,), cc=(karin,))
    text = page_of(signed_in(tech.person), ticket)
    assert 'name="cc" value="karin@client.example"' in text


def test_page_says_from_which_mailbox_the_reply_leaves_and_why(
    signed_in: SignedIn, tech: Tech
) -> None:
    account = mailbox(outgoing_account=way_out("answers@desk.example"))
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(incoming_account_id=account.pk)
    text = page_of(signed_in(tech.person), ticket)
    assert "answers@desk.example" in text
    assert "answers for the mailbox this ticket came in by" in text


# Delivery


def test_reply_tells_how_it_travels(signed_in: SignedIn, tech: Tech, now: datetime) -> None:
    way_out()
    ticket = make_ticket()
    add_reply(ticket, author=tech.person, text="Out?", now=now)
    browser = signed_in(tech.person)
    assert "Waiting to be sent" in page_of(browser, ticket)
    announce_events(now=now)
    mails = OutgoingMessage.objects.filter(kind=OutgoingMessage.Kind.REPLY)
    mails.update(state=OutgoingMessage.State.SENT, sent_at=now)
    text = page_of(browser, ticket)
    assert "Accepted for clara@client.example at 14:00:00" in text
    assert "from help@desk.example to clara@client.example" in text


def test_reply_that_was_not_sent_says_why_and_is_sent_again(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    way_out()
    ticket = make_ticket()
    add_reply(ticket, author=tech.person, text="Out?", now=now)
    announce_events(now=now)
    mails = OutgoingMessage.objects.filter(kind=OutgoingMessage.Kind.REPLY)
    mails.update(
        state=OutgoingMessage.State.UNKNOWN, problem="The line broke.", remedy="Check, then send."
    )
    browser = signed_in(tech.person)
    assert "Perhaps sent: The line broke. Check, then send." in page_of(browser, ticket)
    address = f"/tickets/{ticket.number}/deliveries/{mails.get().pk}/send-again/"
    assert address in page_of(browser, ticket)
    assert browser.post(address).status_code == 302
    assert mails.get().state == OutgoingMessage.State.QUEUED


def test_mail_of_another_ticket_is_not_sent_again_from_here(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    way_out()
    ticket, other = make_ticket(), make_ticket()
    announce_events(now=now)
    mail = OutgoingMessage.objects.get(ticket_number=ticket.number)
    OutgoingMessage.objects.update(state=OutgoingMessage.State.FAILED)
    browser = signed_in(tech.person)
    browser.post(f"/tickets/{other.number}/deliveries/{mail.pk}/send-again/")
    mail.refresh_from_db()
    assert mail.state == OutgoingMessage.State.FAILED


def test_reply_that_found_no_way_out_says_so(
    signed_in: SignedIn, tech: Tech, now: datetime
) -> None:
    ticket = make_ticket()
    add_reply(ticket, author=tech.person, text="Out?", now=now)
    announce_events(now=now)
    text = page_of(signed_in(tech.person), ticket)
    assert "Not sent: no Outgoing Mail Account was active." in text
