"""One mail's trouble on the way out is not the others', and doubt is never ended by guessing."""

import contextlib
from datetime import timedelta

import pytest

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, OutcomeUnknown, TryLater
from postdesk.drivers.base import Prepared, Receipt, Whereabouts
from postdesk.flow import send
from postdesk.flow.send import send_due
from postdesk.mail import outbox
from postdesk.mail.models import OutgoingMailAccount, OutgoingMessage

State = OutgoingMessage.State
Account = OutgoingMailAccount


class Server:
    """A way out that can be asked nothing, as SMTP; ``troubles`` are raised by recipient."""

    def __init__(self, monkeypatch):
        self.taken: list[str] = []
        self.troubles: dict[str, BaseException] = {}
        self.whereabouts: Whereabouts | BaseException = Whereabouts.CANNOT_TELL
        monkeypatch.setattr(send, "outgoing_of", self._open)

    @contextlib.contextmanager
    def _open(self, _account):
        yield self

    def prepare(self, _envelope):
        return Prepared(remote_id="", message_ids=())

    def dispatch(self, _prepared, envelope):
        [recipient] = envelope.recipients
        if recipient in self.troubles:
            raise self.troubles.pop(recipient)
        self.taken.append(recipient)
        return Receipt(message_ids=())

    def find(self, _prepared):
        if isinstance(self.whereabouts, BaseException):
            raise self.whereabouts
        return self.whereabouts


@pytest.fixture
def server(monkeypatch):
    return Server(monkeypatch)


@pytest.fixture
def way_out(db):
    return Account.objects.create(email_address="desk@desk.example", kind=Account.Kind.SMTP)


def queue(way_out, name, **values):
    """Queue a mail to ``name``@client.example."""
    draft = outbox.Draft(
        cause=name,
        kind=OutgoingMessage.Kind.REPLY,
        ticket_number=1,
        entry_number=None,
        envelope_sender=way_out.email_address,
        recipients=[f"{name}@client.example"],
        octets=f"To: {name}@client.example\r\n\r\nHello\r\n".encode(),
        message_id=f"<{name}@desk.example>",
        **values,
    )
    return outbox.queue(way_out, draft, now=clock.now())


def states():
    return dict(OutgoingMessage.objects.order_by("id").values_list("cause", "state"))


def after_the_lease():
    return clock.now() + outbox.LEASE + timedelta(minutes=1)


def test_crash_leaves_only_the_mail_in_doubt_whose_turn_it_was(server, way_out):
    queue(way_out, "first")
    queue(way_out, "second")
    server.troubles["first@client.example"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        send_due(now=clock.now())
    send_due(now=after_the_lease())

    assert states() == {"first": State.UNKNOWN, "second": State.SENT}
    assert server.taken == ["second@client.example"]


@pytest.mark.parametrize(
    "trouble",
    [TryLater("Busy.", retry_after=60), NeedsPerson("No.", remedy="Enter the password again.")],
)
def test_mail_in_doubt_is_still_asked_about_when_another_one_stopped_the_batch(
    server, way_out, trouble
):
    queue(way_out, "doubtful")
    server.troubles["doubtful@client.example"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        send_due(now=clock.now())
    OutgoingMessage.objects.update(send_after=clock.now() + timedelta(minutes=1))
    queue(way_out, "fresh")
    server.troubles["fresh@client.example"] = trouble
    send_due(now=after_the_lease())
    send_due(now=clock.now() + timedelta(hours=1))

    assert states() == {"doubtful": State.UNKNOWN, "fresh": State.SENT}
    assert server.taken == ["fresh@client.example"]


def test_outcome_that_nobody_can_be_asked_about_now_is_asked_about_later(server, way_out):
    queue(way_out, "mail")
    server.troubles["mail@client.example"] = OutcomeUnknown("The line was lost.")
    server.whereabouts = TryLater("Away.")
    send_due(now=clock.now())
    assert states() == {"mail": State.SENDING}

    server.whereabouts = Whereabouts.SENT
    send_due(now=clock.now() + timedelta(hours=1))
    assert states() == {"mail": State.SENT}
    assert server.taken == []


def test_mail_that_is_put_off_for_its_recipients_sake_holds_up_no_other(server, way_out):
    queue(way_out, "greylisted")
    queue(way_out, "other")
    server.troubles["greylisted@client.example"] = TryLater("450 come back later")
    send_due(now=clock.now())
    assert states() == {"greylisted": State.QUEUED, "other": State.SENT}

    send_due(now=clock.now() + timedelta(hours=1))
    assert states() == {"greylisted": State.SENT, "other": State.SENT}


def test_server_that_is_away_is_not_tried_once_for_each_waiting_mail(server, way_out):
    names = [f"mail{number}" for number in range(9)]
    for name in names:
        queue(way_out, name)
        server.troubles[f"{name}@client.example"] = TryLater("It cannot be reached.")
    send_due(now=clock.now())

    assert len(server.troubles) == len(names) - send.MOST_PUT_OFF
    assert set(states().values()) == {State.QUEUED}


def test_mail_whose_octets_are_missing_is_told_and_the_next_one_leaves(
    server, way_out, monkeypatch
):
    missing = queue(way_out, "missing")
    queue(way_out, "other")
    real = send.read_octets

    def read(stored):
        if stored.sha256 == missing.octets_id:
            raise FileNotFoundError(2, "No such file or directory")
        return real(stored)

    monkeypatch.setattr(send, "read_octets", read)
    send_due(now=clock.now())

    assert states() == {"missing": State.FAILED, "other": State.SENT}
    missing.refresh_from_db()
    assert "backup" in missing.remedy


def test_mail_that_breaks_the_stage_is_put_before_a_person_and_the_next_one_leaves(server, way_out):
    queue(way_out, "odd")
    queue(way_out, "other")
    server.troubles["odd@client.example"] = RuntimeError("a bug that nobody foresaw")
    send_due(now=clock.now())

    assert states() == {"odd": State.UNKNOWN, "other": State.SENT}


def test_worker_that_lost_its_lease_while_preparing_does_not_send(server, way_out, monkeypatch):
    queue(way_out, "mail")

    def prepare_slowly(_envelope):
        [other] = outbox.claim(1, now=after_the_lease())
        assert other.was_interrupted
        return Prepared(remote_id="draft", message_ids=())

    monkeypatch.setattr(server, "prepare", prepare_slowly, raising=False)
    send_due(now=clock.now())

    assert server.taken == []


def test_accounts_send_apart_so_that_none_waits_for_another(server, way_out):
    other = Account.objects.create(email_address="other@desk.example", kind=Account.Kind.SMTP)
    queue(way_out, "first")
    queue(other, "second")
    assert sorted(outbox.accounts_with_due_mail(now=clock.now())) == [way_out.pk, other.pk]

    send_due(now=clock.now(), account_id=other.pk)

    assert states() == {"first": State.QUEUED, "second": State.SENT}


def test_paused_and_inactive_accounts_have_nothing_due(way_out):
    queue(way_out, "mail")
    Account.objects.update(paused_until=clock.now() + timedelta(minutes=1))
    assert outbox.accounts_with_due_mail(now=clock.now()) == []
    Account.objects.update(paused_until=None, is_active=False)
    assert outbox.accounts_with_due_mail(now=clock.now()) == []
