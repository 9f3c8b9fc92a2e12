"""Mail on its way out: sent once, whatever breaks at whichever moment."""

from datetime import timedelta

import pytest

from postdesk.base import clock
from postdesk.flow import send
from postdesk.flow.send import send_due
from postdesk.mail import outbox
from postdesk.mail.models import OutgoingMailAccount, OutgoingMessage
from postdesk.mail.outbox import send_again
from postdesk.tickets.models import Ticket
from postdesk.tickets.replying import add_reply
from tests.sandbox_client import write_mail

State = OutgoingMessage.State


@pytest.fixture
def queued(desk):
    """A desk with one tech's reply in the outbox and nothing else unsent."""
    from postdesk.flow.announce.events import announce_events

    desk.sandbox.inject(write_mail())
    desk.work()
    author = desk.administrator.person
    add_reply(Ticket.objects.get(), author=author, text="Water is coming.", now=clock.now())
    announce_events(now=clock.now())
    return desk


def replies(desk):
    return [mail for mail in desk.sandbox.sent() if "Water" in str(mail)] or desk.sandbox.sent()[1:]


def crash(*_args, **_kwargs):
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["note_prepared", "settle_sent", "begin"])
def test_crash_at_any_step_of_sending_neither_loses_nor_doubles_the_mail(queued, monkeypatch, step):
    with monkeypatch.context() as patched:
        patched.setattr(send.outbox, step, crash)
        with pytest.raises(KeyboardInterrupt):
            send_due(now=clock.now())
    later = clock.now() + outbox.LEASE + timedelta(seconds=1)
    send_due(now=later)
    send_due(now=later)

    assert OutgoingMessage.objects.get(kind="reply").state == State.SENT
    assert len(replies(queued)) == 1


def test_line_that_drops_during_send_is_asked_about_and_not_sent_blindly_again(queued):
    queued.sandbox.control("faults", surface="graph", path="/send", drop=True, times=1)
    send_due(now=clock.now())
    send_due(now=clock.now() + timedelta(hours=1))

    assert OutgoingMessage.objects.get(kind="reply").state == State.SENT
    assert len(replies(queued)) == 1


def test_throttled_mail_waits_as_long_as_the_server_says(queued):
    queued.sandbox.control("faults", surface="graph", status=429, retry_after=77, times=1)
    now = clock.now()
    send_due(now=now)

    message = OutgoingMessage.objects.get(kind="reply")
    assert message.state == State.QUEUED
    assert timedelta(seconds=70) < message.send_after - now < timedelta(seconds=90)
    send_due(now=now + timedelta(seconds=95))
    assert len(replies(queued)) == 1


def test_refused_account_pauses_with_words_and_the_mail_waits(queued):
    queued.sandbox.control("revoke", address="support@contoso.test")
    from postdesk.connections.models import AccessToken

    AccessToken.objects.all().delete()
    send_due(now=clock.now())

    account = OutgoingMailAccount.objects.get()
    assert account.problem_code == "AADSTS50173"
    assert account.remedy
    assert OutgoingMessage.objects.get(kind="reply").state == State.QUEUED

    assert queued.authorize().succeeded
    send_due(now=clock.now() + timedelta(hours=1))
    assert len(replies(queued)) == 1


def test_reply_that_cannot_be_written_stands_on_the_ticket_as_not_sent(desk):
    desk.sandbox.inject(write_mail())
    desk.work()
    ticket = Ticket.objects.get()
    person = ticket.client.person
    person.email = "umläut@client.example"
    person.save()
    add_reply(ticket, author=desk.administrator.person, text="Hello", now=clock.now())
    desk.work()

    message = OutgoingMessage.objects.get(kind="reply")
    assert message.state == State.FAILED
    assert "umläut" in message.problem
    assert not send_again(message, now=clock.now())
