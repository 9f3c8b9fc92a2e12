"""A connection that breaks is told by ways that do not need it, until somebody has seen it."""

import base64
from datetime import timedelta

import pytest

from postdesk.base import clock
from postdesk.connections.models import AccessToken, Connection
from postdesk.flow import alarm as alarming
from postdesk.flow.alarm.webhook import sign
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.site.alarms import acknowledge, change_alarm_settings, open_alarms
from postdesk.site.models import Alarm, AlarmDelivery
from tests.sandbox_client import SUPPORT, write_mail
from tests.stories.alarm_sinks import open_hook, open_postbox

Kind = Alarm.Kind
ADA = "ada@desk.example"
SECRET = "a-secret-of-the-webhook"


@pytest.fixture
def postbox():
    with open_postbox() as opened:
        yield opened


@pytest.fixture
def hook():
    with open_hook() as opened:
        change_alarm_settings(webhook_url=opened.url, webhook_secret=SECRET)
        yield opened


@pytest.fixture
def second_way(desk, postbox):
    """Another Outgoing Mail Account, which shares nothing with the mailbox."""
    return OutgoingMailAccount.objects.create(
        email_address="alerts@other.example",
        kind=OutgoingMailAccount.Kind.SMTP,
        smtp_host="127.0.0.1",
        smtp_port=postbox.port,
        smtp_security=OutgoingMailAccount.Security.NONE,
    )


def watch(**later):
    """Decide and send, as the Mailer Daemon does each minute; ``watch(hours=4)`` later than now."""
    clock.shift_to(clock.now() + timedelta(**later))
    alarming.decide(now=clock.now())
    while alarming.send_due(now=clock.now()):
        pass


def break_sign_in(desk, code=700082):
    """Let the provider refuse the sign-in from now on."""
    AccessToken.objects.all().delete()
    desk.sandbox.control("faults", surface="token", code=code, times=-1)
    desk.work()


def mend_sign_in(desk):
    desk.sandbox.control("faults", clear=True)
    assert desk.authorize().succeeded
    desk.work()


def test_dead_sign_in_is_told_by_the_other_account_and_the_webhook(desk, postbox, second_way, hook):
    break_sign_in(desk)
    watch()

    [mail] = postbox.mails
    assert mail["To"] == ADA
    assert mail["Subject"] == f"Postdesk ALARM: mail of {SUPPORT} has stopped"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    words = postbox.text()
    assert "Code: AADSTS700082" in words
    assert "What to do: Press Authorize and sign in." in words
    assert "Who can do it: The person whose account is connected" in words
    assert f"http://localhost:8080/setup/incoming-mail-accounts/{desk.account.pk}/" in words
    [event] = hook.events
    assert event["event"] == "alarm"
    assert event["mailboxes"] == [SUPPORT]
    assert desk.sandbox.sent() == []


def test_webhook_is_signed_with_its_moment(desk, hook):
    break_sign_in(desk)
    watch()

    [(headers, body)] = hook.posts
    timestamp = headers["x-postdesk-timestamp"]
    assert abs(int(timestamp) - clock.now().timestamp()) < 5
    assert headers["x-postdesk-signature"] == sign(body, timestamp=timestamp, secret=SECRET)
    assert headers["x-postdesk-signature"] != sign(body, timestamp="0", secret=SECRET)
    assert SECRET.encode() not in body


def test_mailbox_in_trouble_never_carries_its_own_alarm(desk):
    break_sign_in(desk)
    watch()

    delivery = AlarmDelivery.objects.get()
    assert delivery.state == AlarmDelivery.State.QUEUED
    assert "no way out" in delivery.problem
    assert desk.sandbox.sent() == []


def test_alarm_that_found_no_way_out_leaves_as_soon_as_there_is_one(desk, postbox):
    break_sign_in(desk)
    watch()
    change_alarm_settings(
        smtp_address="alarm@other.example",
        smtp_host="127.0.0.1",
        smtp_port=postbox.port,
        smtp_security="none",
    )
    watch(minutes=20)

    assert postbox.subjects == [f"Postdesk ALARM: mail of {SUPPORT} has stopped"]
    assert postbox.mails[0]["From"] == "Postdesk <alarm@other.example>"


def test_server_that_refuses_is_passed_over_for_the_next_way(desk, postbox, second_way):
    with open_postbox() as fallback:
        change_alarm_settings(
            smtp_address="alarm@other.example",
            smtp_host="127.0.0.1",
            smtp_port=fallback.port,
            smtp_security="none",
        )
        postbox.refuses = True
        break_sign_in(desk)
        watch()

        assert len(fallback.mails) == 1
        assert postbox.mails == []


def test_alarm_is_repeated_until_it_is_acknowledged(desk, postbox, second_way):
    break_sign_in(desk)
    watch()
    watch(hours=3, minutes=55)
    assert len(postbox.mails) == 1
    watch(minutes=6)
    assert len(postbox.mails) == 2
    assert "told for the 2. time" in postbox.text()

    assert acknowledge(open_alarms().get().pk, by="Ada Admin", now=clock.now())
    for _day in range(6):
        watch(hours=4)
    assert len(postbox.mails) == 2
    assert open_alarms().count() == 1


def test_notice_that_it_is_well_again_follows_a_new_sign_in(desk, postbox, second_way, hook):
    break_sign_in(desk)
    watch()
    desk.sandbox.inject(write_mail())
    mend_sign_in(desk)
    watch(minutes=1)
    watch(hours=5)

    assert postbox.subjects[1:] == [f"Postdesk: {SUPPORT} is well again"]
    assert [event["event"] for event in hook.events] == ["alarm", "recovery"]
    assert not open_alarms().exists()


def test_nobody_hears_of_the_end_of_what_nobody_heard_of(desk, postbox):
    break_sign_in(desk)
    watch()
    mend_sign_in(desk)
    watch(minutes=1)

    assert not Alarm.objects.filter(kind=Kind.RECOVERY).exists()
    assert AlarmDelivery.objects.get().state == AlarmDelivery.State.DROPPED


def test_trouble_that_begins_anew_is_told_though_the_last_was_acknowledged(
    desk, postbox, second_way
):
    break_sign_in(desk)
    watch()
    acknowledge(open_alarms().get().pk, by="Ada Admin", now=clock.now())
    desk.sandbox.control("faults", clear=True)
    assert desk.authorize().succeeded
    break_sign_in(desk, code=53003)
    watch(minutes=1)

    assert len(postbox.mails) == 2
    assert "AADSTS53003" in postbox.text()


def test_one_broken_connection_is_one_alarm_for_all_its_accounts(desk, postbox, second_way):
    break_sign_in(desk)
    desk.account.refresh_from_db()
    assert desk.account.state == IncomingMailAccount.State.NEEDS_PERSON
    OutgoingMailAccount.objects.filter(pk=desk.outgoing.pk).update(
        problem="Refused.", problem_since=clock.now()
    )
    watch()

    assert [alarm.subject for alarm in open_alarms()] == [
        f"connection:{desk.account.connection_id}"
    ]


def test_passing_trouble_is_told_after_half_an_hour_and_throttling_never(desk, postbox, second_way):
    AccessToken.objects.all().delete()
    Connection.objects.update(state=Connection.State.FAILING, state_since=clock.now(), failures=3)
    watch()
    for _minute in range(5):
        watch(minutes=5)
    assert postbox.mails == []
    watch(minutes=6)
    assert "not renewed the sign-in for half an hour" in postbox.subjects[0]

    Connection.objects.update(state=Connection.State.WORKING, state_since=clock.now())
    watch(minutes=1)
    assert postbox.subjects[-1] == f"Postdesk: {SUPPORT} is well again"


def test_mailbox_that_is_not_read_for_ninety_minutes_is_told(desk, postbox, second_way):
    desk.work()
    watch()
    for _minutes in range(17):
        watch(minutes=5)
    assert postbox.mails == []
    watch(minutes=6)
    assert "not read this mailbox for 90 minutes" in postbox.subjects[0]
    desk.work()
    watch(minutes=1)
    assert postbox.subjects[-1] == f"Postdesk: {SUPPORT} is well again"


def test_silence_while_the_desk_was_off_is_no_news(desk, postbox, second_way):
    desk.work()
    watch()
    watch(hours=60)

    assert postbox.mails == []


def test_way_out_with_a_problem_is_told_by_another(desk):
    OutgoingMailAccount.objects.create(
        email_address="broken@other.example",
        kind=OutgoingMailAccount.Kind.SMTP,
        smtp_host="127.0.0.1",
        problem="The server refuses the password.",
        problem_since=clock.now(),
        paused_until=clock.now() + timedelta(minutes=5),
    )
    watch()

    [letter] = desk.sandbox.sent()
    assert letter["from"] == SUPPORT
    words = base64.b64decode(letter["mime"])
    assert b"Subject: Postdesk ALARM: broken@other.example: The server refuses the" in words


def test_disabled_mailbox_raises_no_alarm_and_closes_the_one_it_had(desk, postbox, second_way):
    break_sign_in(desk)
    watch()
    IncomingMailAccount.objects.update(is_enabled=False)
    OutgoingMailAccount.objects.filter(pk=desk.outgoing.pk).update(is_active=False)
    watch(minutes=1)

    assert not open_alarms().exists()
    assert len(postbox.mails) == 1


def test_mailbox_that_comes_and_goes_fills_no_mailbox(desk, postbox, second_way):
    for _turn in range(15):
        Connection.objects.update(state=Connection.State.BLOCKED, state_since=clock.now())
        watch(seconds=30)
        Connection.objects.update(state=Connection.State.WORKING, state_since=clock.now())
        watch(seconds=30)

    assert len(postbox.mails) == 20


def test_addresses_of_the_desk_itself_are_not_told(desk, postbox, second_way):
    change_alarm_settings(
        alarms_to_administrators=False, alarm_addresses=[SUPPORT, "oncall@phone.example"]
    )
    break_sign_in(desk)
    watch()

    assert [mail["To"] for mail in postbox.mails] == ["oncall@phone.example"]


def test_two_workers_that_decide_at_once_tell_once(desk, postbox, second_way):
    break_sign_in(desk)
    alarming.decide(now=clock.now())
    alarming.decide(now=clock.now())

    assert AlarmDelivery.objects.count() == 1


def test_delivery_of_a_worker_that_died_is_sent_by_the_next(desk, postbox, second_way, monkeypatch):
    from postdesk.flow.alarm import sending

    def die(*_args, **_values):
        raise KeyboardInterrupt

    break_sign_in(desk)
    alarming.decide(now=clock.now())
    with monkeypatch.context() as patched:
        patched.setattr(sending.AlarmSender, "send", die)
        with pytest.raises(KeyboardInterrupt):
            alarming.send_due(now=clock.now())
    assert alarming.send_due(now=clock.now()) == 0
    watch(minutes=11)

    assert len(postbox.mails) == 1


def test_mailbox_whose_folder_cannot_be_opened_is_told_and_closed_by_the_next_reading(
    desk, postbox, second_way
):
    desk.work()
    desk.sandbox.control("faults", surface="graph", status=403, code="ErrorAccessDenied", times=-1)
    desk.work()
    watch()
    assert open_alarms().get().subject == f"incoming:{desk.account.pk}"
    assert SUPPORT in postbox.subjects[0]
    assert desk.sandbox.sent() == []

    desk.sandbox.control("faults", clear=True)
    watch(minutes=1)
    assert open_alarms().exists()
    desk.work()
    watch(minutes=1)
    assert postbox.subjects[1:] == [f"Postdesk: {SUPPORT} is well again"]


def test_old_trouble_of_a_mailbox_is_no_alarm_while_a_new_sign_in_was_not_tried(
    desk, postbox, second_way
):
    break_sign_in(desk)
    watch()
    desk.sandbox.control("faults", clear=True)
    assert desk.authorize().succeeded
    desk.account.refresh_from_db()
    assert desk.account.state == IncomingMailAccount.State.NEEDS_PERSON
    watch(minutes=1)

    assert not open_alarms().exists()
    assert postbox.subjects[1:] == [f"Postdesk: {SUPPORT} is well again"]


def test_webhook_that_refuses_is_tried_again_until_it_takes_the_alarm(desk, hook):
    hook.status = 503
    break_sign_in(desk)
    watch()
    assert len(hook.posts) == 1
    hook.status = 200
    watch(minutes=2)

    assert [event["telling"] for event in hook.events] == [1, 1]
    assert AlarmDelivery.objects.get(recipient="").state == AlarmDelivery.State.SENT
    waiting = AlarmDelivery.objects.exclude(problem="").values_list("problem", flat=True)
    assert not any("very-secret-path" in problem for problem in waiting)
