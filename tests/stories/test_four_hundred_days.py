"""Four hundred days: an idle mailbox never lapses, and a secret that ends is told in time."""

from datetime import timedelta

from postdesk.base import clock
from postdesk.connections import tokens
from postdesk.connections.models import Connection, StateChange
from postdesk.connections.registering import Registration
from postdesk.connections.states import note_expiry
from postdesk.flow import alarm
from postdesk.flow.renewing import renew_idle
from postdesk.mail.accounts import resume
from postdesk.site.models import Alarm
from postdesk.tickets.models import Ticket
from tests.sandbox_client import write_mail

DAYS = 400
SECRET_DAYS = 180


def restart() -> None:
    """Begin as a worker does that finds itself the only one."""
    tokens.release_all(now=clock.now())


def live_a_day(desk, day: int) -> None:
    """Let a day pass as the Mailer Daemon does, with a restart every week."""
    desk.move_clock(days=1)
    if day % 7 == 0:
        restart()
    note_expiry(now=clock.now())
    renew_idle(now=clock.now())
    alarm.decide(now=clock.now())


def test_idle_mailbox_never_lapses_in_four_hundred_days(desk):
    for day in range(1, DAYS + 1):
        live_a_day(desk, day)

    assert Connection.objects.get().state == Connection.State.WORKING
    assert not StateChange.objects.exclude(before="not_authorized").exists()
    assert not Alarm.objects.exists()
    desk.sandbox.inject(write_mail())
    desk.work()
    assert Ticket.objects.count() == 1


def test_secret_that_ends_is_told_in_time_and_a_new_one_loses_no_mail_of_the_gap(desk):
    start = clock.now()
    ends_at = start + timedelta(days=SECRET_DAYS)
    desk.sandbox.control(
        "apps",
        client_id="client-1",
        secrets=[{"value": "s3cret", "expires_at": ends_at.isoformat()}],
    )
    Connection.objects.update(secret_ends_on=ends_at.date())
    for day in range(1, SECRET_DAYS + 3):
        live_a_day(desk, day)

    told = Alarm.objects.filter(kind=Alarm.Kind.WARNING).order_by("id")
    assert list(told.values_list("day", flat=True)) == [60, 30, 14, 7, 3, 1]
    days_before = [(ends_at.date() - one.opened_at.date()).days for one in told]
    assert days_before == [60, 30, 14, 7, 3, 1]
    assert Alarm.objects.filter(kind=Alarm.Kind.ALARM, closed_at=None).count() == 1
    broken = Connection.objects.get()
    assert broken.state == Connection.State.MISCONFIGURED
    assert broken.error_code == "AADSTS7000222"

    for number in range(5):
        desk.sandbox.inject(
            write_mail(subject=f"Gap {number}", message_id=f"<gap{number}@client.example>")
        )
    desk.sandbox.control("apps", client_id="client-1", secrets=[{"value": "new-secret"}])
    Registration(
        cloud="pretend",
        tenant_id="contoso.test",
        client_id="client-1",
        client_secret="new-secret",
        secret_ends_on=(clock.now() + timedelta(days=700)).date(),
    ).store(broken, now=clock.now())
    tokens.renew(Connection.objects.get(), now=clock.now())
    resume(Connection.objects.get(), text="New secret.", now=clock.now())
    desk.work()
    desk.work()
    alarm.decide(now=clock.now())

    assert Connection.objects.get().state == Connection.State.WORKING
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == [
        f"Gap {number}" for number in range(5)
    ]
    assert not Alarm.objects.filter(kind=Alarm.Kind.ALARM, closed_at=None).exists()
