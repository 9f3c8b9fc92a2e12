"""From the spool to the outbox: what breaks is shown and held, and nothing else waits for it."""

import random

import pytest
from django.db import OperationalError

from postdesk.base import clock
from postdesk.flow.announce import events
from postdesk.flow.announce.events import announce_events
from postdesk.flow.deliver import deliver_waiting
from postdesk.flow.feeding import feed_message
from postdesk.flow.moving import add_to
from postdesk.mail import spool
from postdesk.mail.models import OutgoingMessage, SpooledMessage
from postdesk.tickets.closing import change_status
from postdesk.tickets.models import Status, Ticket, TicketEvent
from postdesk.tickets.replying import add_client_mail, add_reply
from tests.sandbox_client import SUPPORT, write_mail


def feed(*messages):
    for octets in messages:
        feed_message(octets, account_address=SUPPORT, now=clock.now())


def test_reply_that_breaks_the_stage_stands_on_the_ticket_as_not_sent(desk, monkeypatch):
    feed(write_mail())
    ticket = Ticket.objects.get()
    add_reply(ticket, author=desk.administrator.person, text="Hello", now=clock.now())

    def break_down(*_args, **_kwargs):
        raise RuntimeError("a bug that nobody foresaw")

    monkeypatch.setattr(events, "write_reply", break_down)
    announce_events(now=clock.now())

    message = OutgoingMessage.objects.get(kind="reply")
    assert message.state == OutgoingMessage.State.FAILED
    assert "RuntimeError" in message.problem


def test_acknowledgement_that_breaks_the_stage_is_explained_on_the_entry(desk, monkeypatch):
    def break_down(*_args, **_kwargs):
        raise RuntimeError("a bug that nobody foresaw")

    monkeypatch.setattr(events, "write_acknowledgement", break_down)
    feed(write_mail())

    assert "RuntimeError" in Ticket.objects.get().entries.get().no_answer_because
    assert not OutgoingMessage.objects.exists()


def test_reply_survives_trouble_of_the_database_while_it_is_announced(desk, monkeypatch):
    feed(write_mail())
    add_reply(Ticket.objects.get(), author=desk.administrator.person, text="A", now=clock.now())

    def deadlock(*_args, **_kwargs):
        raise OperationalError("deadlock detected")

    with monkeypatch.context() as patched:
        patched.setattr(events, "write_reply", deadlock)
        with pytest.raises(OperationalError):
            announce_events(now=clock.now())
    announce_events(now=clock.now())

    assert OutgoingMessage.objects.get(kind="reply").state == OutgoingMessage.State.QUEUED


def test_two_responders_that_recognise_nothing_end_after_a_few_mails(desk):
    for number in range(15):
        feed(write_mail(text=f"{number}\n", message_id=f"<{number}@client.example>"))

    acknowledgements = OutgoingMessage.objects.filter(kind="acknowledgement")
    assert acknowledgements.count() == events.MOST_ACKNOWLEDGEMENTS
    silent = Ticket.objects.get(pk=Ticket.objects.latest("number").pk).entries.get()
    assert "within ten minutes" in silent.no_answer_because
    feed(write_mail(sender="dora@client.example", message_id="<dora@client.example>"))
    assert acknowledgements.count() == events.MOST_ACKNOWLEDGEMENTS + 1


def test_message_id_larger_than_an_index_takes_is_read_and_answered_like_any_other(desk):
    odd = random.Random(7)
    letters = "".join(chr(odd.randrange(0x4E00, 0x9FFF)) for _ in range(970))
    octets = write_mail().replace(b"first@", letters.encode() + b"@")
    answer = write_mail(message_id="<second@client.example>").replace(
        b"Subject:", f"References: <{letters}@client.example>\nSubject:".encode()
    )
    feed(octets, answer)

    [ticket] = Ticket.objects.all()
    assert ticket.entries.count() == 2
    assert not spool.held_messages().exists()


def test_batch_is_limited_by_its_octets_but_never_empty(desk):
    spool.spool_arrivals(
        desk.account,
        [
            spool.Arrival(remote_id=name, octets=name.encode() * 100, received_at=None)
            for name in ("one", "two", "six")
        ],
        now=clock.now(),
        is_settled=True,
    )
    first, second, third = SpooledMessage.objects.order_by("id").values_list("id", flat=True)
    assert spool.waiting_numbers(50, most_bytes=1) == [first]
    assert spool.waiting_numbers(50, most_bytes=650) == [first, second]
    assert spool.waiting_numbers(50, most_bytes=10_000) == [first, second, third]


def test_clients_answer_reopens_a_ticket_that_was_resolved_in_the_same_moment(desk, monkeypatch):
    from postdesk.flow import deliver

    feed(write_mail())
    ticket = Ticket.objects.get()

    def append_after_the_tech_resolved(found, **values):
        change_status(Ticket.objects.get(), status=Status.RESOLVED, actor=None, now=clock.now())
        return add_client_mail(found, **values)

    monkeypatch.setattr(deliver, "add_client_mail", append_after_the_tech_resolved)
    feed(write_mail(subject=f"Re: [#{ticket.number}]", message_id="<again@client.example>"))

    ticket.refresh_from_db()
    assert ticket.entries.count() == 2
    assert ticket.status == Status.OPEN


def test_answer_to_what_was_mailed_for_a_moved_ticket_lands_where_it_was_moved_to(desk):
    feed(write_mail())
    target = Ticket.objects.get()
    guess = {"sender": "Carl <carl@partner.example>", "subject": f"Re: [#{target.number}]"}
    feed(write_mail(message_id="<one@partner.example>", **guess))
    related = Ticket.objects.get(related_to=target)
    acknowledgement = OutgoingMessage.objects.get(ticket_number=related.number)
    add_to(related, target=target, actor=desk.administrator.person, now=clock.now())
    feed(
        write_mail(
            sender="Carl <carl@partner.example>",
            subject=f"Re: [#{related.number}]",
            message_id="<two@partner.example>",
            In_Reply_To=acknowledgement.message_ids.get().message_id,
        )
    )

    assert target.entries.filter(author_address="carl@partner.example").count() == 2
    related.refresh_from_db()
    assert related.status == Status.CANCELED


def test_fed_message_is_safe_whatever_happens_to_its_delivery(desk, monkeypatch):
    from postdesk.flow import feeding

    def break_down(**_kwargs):
        raise RuntimeError("a bug that nobody foresaw")

    with monkeypatch.context() as patched:
        patched.setattr(feeding, "deliver_waiting", break_down)
        feed(write_mail())
    assert not TicketEvent.objects.exists()

    deliver_waiting(now=clock.now())
    assert Ticket.objects.count() == 1


def test_ledger_names_a_message_whose_octets_were_lost(desk, monkeypatch):
    from postdesk.mail import ledger

    feed(write_mail(), write_mail(message_id="<second@client.example>"))

    def lose(_stored):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(ledger, "read_octets", lose)
    lines = list(ledger.read_ledger())
    assert [line.message_id for line in lines] == [
        "<first@client.example>",
        "<second@client.example>",
    ]
    assert {line.octets for line in lines} == {b""}
