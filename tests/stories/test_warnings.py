"""What ends is told of ahead: each level once, whatever happens meanwhile."""

from datetime import timedelta

import pytest

from postdesk.base import clock
from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration
from postdesk.connections.states import note_expiry
from postdesk.flow import alarm as alarming
from postdesk.flow.renewing import renew_idle
from postdesk.mail.models import OutgoingMailAccount
from postdesk.site.alarms import change_alarm_settings, open_alarms, open_warnings
from postdesk.site.models import Alarm
from postdesk.tickets.models import Ticket
from tests.sandbox_client import SUPPORT, write_mail
from tests.stories.alarm_sinks import open_postbox

Kind = Alarm.Kind


@pytest.fixture
def postbox(desk):
    """The second way out; the secret ends in 180 days, at the tenant and here."""
    with open_postbox() as opened:
        OutgoingMailAccount.objects.create(
            email_address="alerts@other.example",
            kind=OutgoingMailAccount.Kind.SMTP,
            smtp_host="127.0.0.1",
            smtp_port=opened.port,
            smtp_security=OutgoingMailAccount.Security.NONE,
        )
        end_secret(desk, days=180)
        yield opened


def end_secret(desk, *, days, value="s3cret"):
    """Let the secret end in so many days."""
    ends_at = (clock.now() + timedelta(days=days)).replace(hour=0, minute=0, second=0)
    desk.sandbox.control(
        "apps", client_id="client-1", secrets=[{"value": value, "expires_at": ends_at.isoformat()}]
    )
    Registration(
        cloud="pretend",
        tenant_id="contoso.test",
        client_id="client-1",
        client_secret=value,
        secret_ends_on=ends_at.date(),
    ).store(Connection.objects.get(), now=clock.now())


def pass_a_day(desk, days=1):
    """One day later: renewed, looked at, told."""
    desk.move_clock(days=days)
    renew_idle(now=clock.now())
    note_expiry(now=clock.now())
    alarming.decide(now=clock.now())
    while alarming.send_due(now=clock.now()):
        pass


def told_warnings():
    return list(
        Alarm.objects.filter(kind=Kind.WARNING).order_by("id").values_list("day", flat=True)
    )


def test_secret_that_ends_is_told_at_each_level_once_and_repaired_without_loss(desk, postbox):
    told_on = {}
    for day in range(1, 183):
        before = len(postbox.mails)
        pass_a_day(desk)
        if len(postbox.mails) > before:
            told_on[day] = postbox.subjects[before:]

    assert told_warnings() == [60, 30, 14, 7, 3, 1]
    assert [180 - day for day in told_on] == [60, 30, 14, 7, 3, 1, 0, -1, -2]
    assert all(len(subjects) == 1 for subjects in list(told_on.values())[:6])
    assert "The client secret ends in 60 days" in told_on[120][0]
    assert told_on[180][0].startswith("Postdesk ALARM")
    assert Connection.objects.get().state == Connection.State.MISCONFIGURED
    for number in range(3):
        desk.sandbox.inject(write_mail(message_id=f"<gap{number}@client.example>"))

    end_secret(desk, days=365, value="another")
    desk.work()
    alarming.decide(now=clock.now())
    alarming.send_due(now=clock.now())
    assert Ticket.objects.count() == 3
    assert postbox.subjects[-1] == f"Postdesk: {SUPPORT} is well again"
    assert not open_alarms().exists()


def test_level_that_passed_while_the_desk_was_off_is_told_once_at_the_tightest(desk, postbox):
    end_secret(desk, days=65)
    pass_a_day(desk, days=10)
    pass_a_day(desk, days=0.5)
    assert told_warnings() == [60]
    pass_a_day(desk, days=49)
    pass_a_day(desk, days=0.25)
    assert told_warnings() == [60, 7]
    assert len(postbox.mails) == 2
    assert [warning.day for warning in open_warnings()] == [7]


def test_new_secret_takes_the_warning_back_and_begins_anew(desk, postbox):
    end_secret(desk, days=10)
    pass_a_day(desk, days=5)
    assert open_warnings().get().day == 7
    end_secret(desk, days=80, value="another")
    pass_a_day(desk)
    assert not open_warnings().exists()
    pass_a_day(desk, days=25)
    assert told_warnings() == [7, 60]


def test_warning_may_leave_by_the_only_account_there_is_because_it_still_works(desk):
    end_secret(desk, days=10)
    pass_a_day(desk)

    [letter] = desk.sandbox.sent()
    assert letter["from"] == SUPPORT


def test_warnings_and_alarms_have_their_own_recipients(desk, postbox):
    change_alarm_settings(
        alarm_addresses=["oncall@phone.example"],
        alarms_to_administrators=False,
        warning_addresses=["planning@desk.example"],
        warnings_to_administrators=False,
    )
    end_secret(desk, days=10)
    pass_a_day(desk, days=5)
    pass_a_day(desk, days=6)

    assert [mail["To"] for mail in postbox.mails] == [
        "planning@desk.example",
        "oncall@phone.example",
    ]
