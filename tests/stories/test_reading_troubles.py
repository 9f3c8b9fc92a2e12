"""Trouble while a mailbox is read shows on the account and holds up no other mail."""

from datetime import timedelta

import pytest
from django.db import transaction

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, ThisMessage
from postdesk.drivers.base import ListedMessage, RawMessage
from postdesk.flow import fetch
from postdesk.mail import reading
from postdesk.mail.accounts import save_incoming
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount, SpooledMessage
from postdesk.tickets.models import Ticket
from tests.sandbox_client import SUPPORT, write_mail


def mails(desk, count):
    for number in range(count):
        desk.sandbox.inject(
            write_mail(subject=f"Request {number}", message_id=f"<{number}@client.example>")
        )


def test_message_that_the_server_will_not_let_us_touch_stops_neither_reading_nor_the_others(desk):
    desk.sandbox.control("faults", surface="graph", method="PATCH", status=400, times=1)
    mails(desk, 3)
    desk.work()

    assert Ticket.objects.count() == 3
    assert not SpooledMessage.objects.filter(is_settled=False).exists()
    assert desk.account.state == "working"
    rows = desk.sandbox.look("mailbox", address=SUPPORT)
    assert sum(not row["is_read"] for row in rows if row["subject"].startswith("Request")) == 1
    assert history_of(desk.account).filter(text__startswith="A message stays as it is").exists()


def test_folder_that_is_refused_does_not_keep_mail_from_becoming_tickets(make_desk):
    desk = make_desk(after_processing="move", folder="")
    assert desk.authorize().succeeded
    mails(desk, fetch.BATCH + 5)
    desk.work()

    assert Ticket.objects.count() == fetch.BATCH + 5
    assert desk.account.state == "needs_person"


def test_listing_that_is_refused_shows_on_the_account_and_is_tried_again(desk):
    desk.sandbox.control("faults", surface="graph", path="/delta", status=400, times=1)
    mails(desk, 1)
    desk.work()
    assert desk.account.problem
    assert desk.account.reading_until is None
    assert history_of(desk.account).first().kind == "warn"

    desk.work()
    assert Ticket.objects.count() == 1
    assert not desk.account.problem


def test_trouble_that_nobody_foresaw_shows_on_the_account(desk, monkeypatch):
    def disk_is_full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.spool, "spool_arrivals", disk_is_full)
    mails(desk, 1)
    with pytest.raises(OSError, match="No space"):
        desk.work()

    desk.account.refresh_from_db()
    assert "OSError" in desk.account.problem
    assert desk.account.reading_until is None
    assert desk.account.next_read_at > clock.now()


def test_mailbox_that_is_disabled_while_it_is_read_is_left_alone_and_in_peace(desk, monkeypatch):
    real = fetch.spool.spool_arrivals

    def spool_while_somebody_disables(*args, **kwargs):
        IncomingMailAccount.objects.update(is_enabled=False)
        return real(*args, **kwargs)

    monkeypatch.setattr(fetch.spool, "spool_arrivals", spool_while_somebody_disables)
    mails(desk, 1)
    desk.work()

    assert Ticket.objects.count() == 1
    assert not SpooledMessage.objects.get().is_settled
    assert not desk.account.problem
    assert desk.account.reading_until is None
    assert not history_of(desk.account).filter(kind="warn").exists()


def test_mailbox_that_another_worker_has_just_read_is_not_read_again(desk):
    [seen_by_first] = reading.due_accounts(now=clock.now())
    [seen_by_second] = reading.due_accounts(now=clock.now())
    assert fetch.fetch_account(seen_by_first, now=clock.now()) is not None
    assert fetch.fetch_account(seen_by_second, now=clock.now()) is None


def test_large_messages_are_fetched_in_batches_that_fit_into_memory(monkeypatch):
    monkeypatch.setattr(fetch, "BATCH_BYTES", 100)

    class Inbox:
        def fetch(self, remote_id):
            octets = b"x" * (60 if remote_id.startswith("large") else 1)
            return RawMessage(remote_id=remote_id, octets=octets, received_at=None)

    names = ["large1", "large2", "large3", "small1", "small2"]
    listed = [ListedMessage(remote_id=name, received_at=None) for name in names]
    batches = list(fetch._fetch_batches(Inbox(), listed))
    assert [[arrival.remote_id for arrival in batch] for batch in batches] == [
        ["large1", "large2"],
        ["large3", "small1", "small2"],
    ]


def test_another_mailbox_in_the_same_account_is_new_here_and_gets_no_answers_to_old_mail(desk):
    desk.work()
    assert desk.account.first_read_at is not None
    desk.account.email_address = "help@contoso.test"
    save_incoming(desk.account, by=desk.administrator.person, now=clock.now())

    assert IncomingMailAccount.objects.get().first_read_at is None


@pytest.mark.parametrize(
    "words",
    ["a code of the server " + "x" * 300, "nul \0 and half a pair \ud800"],
    ids=["too long", "not text"],
)
def test_words_of_a_server_that_no_column_takes_still_reach_the_history(desk, words):
    now = clock.now()
    assert reading.claim_turn(desk.account, now=now)
    error = NeedsPerson(words, remedy=words, code=words, raw=words)
    with transaction.atomic():
        reading.note_needs_person(desk.account, error, now=now)
        reading.note_unsettled(desk.account, ThisMessage(words, code=words), now=now)

    desk.account.refresh_from_db()
    assert desk.account.state == "needs_person"
    assert desk.account.next_read_at == now + timedelta(minutes=5)
    assert history_of(desk.account).count() == 2
