"""The main job: a client's mail becomes a ticket, the answer goes back, the next mail finds it."""

import base64
import email

import pytest

from postdesk.base import clock
from postdesk.flow import deliver
from postdesk.flow.moving import add_to
from postdesk.mail.models import OutgoingMessage, SpooledMessage
from postdesk.mail.spool import process_again
from postdesk.tickets.models import Entry, Status, Ticket
from postdesk.tickets.replying import add_reply
from tests.sandbox_client import SUPPORT, write_mail


def letters_to(desk, address):
    """Return the messages that left for an address, parsed, oldest first."""
    return [
        email.message_from_bytes(base64.b64decode(mail["mime"]))
        for mail in desk.sandbox.sent()
        if address in mail["to"]
    ]


def test_mail_becomes_a_ticket_with_the_mailbox_request_type_and_is_acknowledged_once(desk):
    desk.sandbox.inject(write_mail())
    desk.work()
    desk.work()

    ticket = Ticket.objects.get()
    assert ticket.subject == "The printer is on fire"
    assert ticket.request_type == desk.account.request_type
    assert ticket.tech_group == desk.account.tech_group
    assert ticket.client.person.email == "clara@client.example"
    [letter] = letters_to(desk, "clara@client.example")
    assert letter["Subject"] == f"Re: The printer is on fire [#{ticket.number}]"
    assert letter["In-Reply-To"] == "<first@client.example>"


def test_answer_goes_back_threaded_and_the_next_mail_lands_on_the_ticket(desk):
    desk.sandbox.inject(write_mail())
    desk.work()
    ticket = Ticket.objects.get()
    add_reply(
        ticket,
        author=desk.administrator.person,
        text="Water is coming.",
        status=Status.PENDING,
        now=clock.now(),
    )
    desk.work()

    _acknowledgement, reply = letters_to(desk, "clara@client.example")
    assert reply["In-Reply-To"] == "<first@client.example>"
    assert "<first@client.example>" in reply["References"]
    assert "Water is coming." in reply.get_payload()[0].get_payload(decode=True).decode()

    desk.sandbox.inject(
        write_mail(
            subject=f"AW: {reply['Subject']}",
            text="Thank you.\n",
            message_id="<second@client.example>",
            In_Reply_To=reply["Message-ID"],
            References=f"{reply['References']} {reply['Message-ID']}",
        )
    )
    desk.work()

    ticket.refresh_from_db()
    kinds = list(ticket.entries.order_by("id").values_list("kind", flat=True))
    assert kinds == [Entry.Kind.CLIENT_MAIL, Entry.Kind.TECH_REPLY, Entry.Kind.CLIENT_MAIL]
    assert ticket.status == Status.OPEN
    assert Ticket.objects.count() == 1


def test_strangers_mail_with_a_guessed_number_opens_a_ticket_of_its_own_that_looks_related(desk):
    desk.sandbox.inject(write_mail())
    desk.work()
    ticket = Ticket.objects.get()
    desk.sandbox.inject(
        write_mail(
            sender="Mallory <mallory@evil.example>",
            subject=f"Re: The printer is on fire [#{ticket.number}]",
            message_id="<guess@evil.example>",
        )
    )
    desk.work()

    other = Ticket.objects.exclude(pk=ticket.pk).get()
    assert other.related_to == ticket
    assert ticket.entries.count() == 1


def test_colleague_of_the_client_is_admitted_by_the_token_but_not_by_a_number(desk):
    desk.sandbox.inject(write_mail())
    desk.work()
    ticket = Ticket.objects.get()
    [letter] = letters_to(desk, "clara@client.example")
    for number, headers in enumerate([{}, {"References": letter["Message-ID"]}]):
        desk.sandbox.inject(
            write_mail(
                sender="Carl <carl@client.example>",
                subject=f"Re: [#{ticket.number}]",
                message_id=f"<carl{number}@client.example>",
                **headers,
            )
        )
    desk.work()

    assert ticket.entries.filter(author_address="carl@client.example").count() == 1
    assert Ticket.objects.filter(related_to=ticket).count() == 1


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; type=vacation"}],
)
def test_automatic_mail_is_recorded_quietly_and_never_answered(desk, headers):
    desk.sandbox.inject(write_mail(subject="Out of office", **headers))
    desk.work()

    row = SpooledMessage.objects.get()
    assert (row.fate, row.state) == ("recorded", "done")
    assert not Ticket.objects.exists()
    assert not desk.sandbox.sent()


def test_allowed_automatic_mail_opens_a_ticket_but_is_not_acknowledged(make_desk):
    desk = make_desk(allow_auto_submitted=True)
    assert desk.authorize().succeeded
    desk.sandbox.inject(write_mail(Auto_Submitted="auto-generated"))
    desk.work()

    assert Ticket.objects.count() == 1
    assert not desk.sandbox.sent()
    assert not OutgoingMessage.objects.exists()


def test_own_mail_that_comes_back_never_becomes_a_ticket(desk):
    desk.sandbox.inject(write_mail(sender=f"Contoso Service Desk <{SUPPORT}>"))
    desk.work()

    assert not Ticket.objects.exists()
    assert SpooledMessage.objects.get().rule == "own_mail"


def test_acknowledgement_is_stored_under_every_id_it_is_known_by(desk):
    desk.sandbox.control("tenant", mint_message_id=True)
    desk.sandbox.inject(write_mail())
    desk.work()

    outgoing = OutgoingMessage.objects.get()
    [letter] = letters_to(desk, "clara@client.example")
    known = set(outgoing.message_ids.values_list("message_id", flat=True))
    assert letter["Message-ID"] in known
    assert len(known) == 2


def test_old_mail_of_a_newly_connected_mailbox_becomes_tickets_but_gets_no_answers(desk):
    octets = base64.b64encode(write_mail()).decode()
    desk.sandbox.control(
        "inject", mailbox=SUPPORT, mime=octets, received_at="2020-01-01T12:00:00+00:00"
    )
    desk.sandbox.inject(write_mail(message_id="<new@client.example>", subject="New"))
    desk.work()

    assert Ticket.objects.count() == 2
    [letter] = letters_to(desk, "clara@client.example")
    assert letter["In-Reply-To"] == "<new@client.example>"


def test_adding_a_related_ticket_to_the_meant_one_moves_the_mail_and_admits_its_sender(desk):
    desk.sandbox.inject(write_mail())
    desk.work()
    target = Ticket.objects.get()
    guess = {
        "sender": "Carl <carl@partner.example>",
        "subject": f"Re: [#{target.number}]",
    }
    desk.sandbox.inject(write_mail(message_id="<one@partner.example>", **guess))
    desk.work()
    related = Ticket.objects.get(related_to=target)
    add_to(related, target=target, actor=desk.administrator.person, now=clock.now())
    desk.sandbox.inject(write_mail(message_id="<two@partner.example>", **guess))
    desk.work()

    assert target.entries.filter(author_address="carl@partner.example").count() == 2
    related.refresh_from_db()
    assert related.status == Status.CANCELED
    row = SpooledMessage.objects.get(message_id="<one@partner.example>")
    assert row.ticket_number == target.number


def test_bad_message_is_held_with_its_reason_and_the_good_ones_go_on(desk, monkeypatch):
    real = deliver.find_place

    def break_on_bad(parsed):
        if "bad" in parsed.subject:
            raise RuntimeError("a bug that nobody foresaw")
        return real(parsed)

    monkeypatch.setattr(deliver, "find_place", break_on_bad)
    for number in range(3):
        desk.sandbox.inject(
            write_mail(
                subject="bad" if number == 1 else "good", message_id=f"<{number}@client.example>"
            )
        )
    desk.work()

    assert Ticket.objects.count() == 2
    held = SpooledMessage.objects.get(state="held")
    assert "RuntimeError" in held.reason
    assert "a bug that nobody foresaw" in held.traceback

    monkeypatch.undo()
    assert process_again(held, now=clock.now())
    desk.work()
    assert Ticket.objects.count() == 3


def test_same_octets_under_another_id_are_a_duplicate_not_a_second_ticket(desk):
    octets = write_mail()
    desk.sandbox.inject(octets)
    desk.sandbox.inject(octets)
    desk.work()

    assert Ticket.objects.count() == 1
    assert sorted(SpooledMessage.objects.values_list("fate", flat=True)) == ["duplicate", "opened"]


def test_one_message_id_for_two_different_mails_makes_two_tickets(desk):
    desk.sandbox.inject(write_mail(text="One\n"))
    desk.sandbox.inject(write_mail(text="Two\n"))
    desk.work()

    assert Ticket.objects.count() == 2
