"""A provider that slows the desk down: everything arrives, nothing turns red, and it says why."""

from datetime import datetime

from postdesk.base import clock
from postdesk.flow.fetch import fetch_account
from postdesk.mail.history import history_of
from postdesk.mail.models import SpooledMessage
from tests.sandbox_client import write_mail

MAILS = 40
MOST_TURNS = 60


def wait_for_next_turn(desk) -> None:
    """Move the tenant's clock, and ours, to when the desk wants to read again."""
    desk.account.refresh_from_db()
    wait = (desk.account.next_read_at - clock.now()).total_seconds()
    if wait > 0:
        desk.sandbox.advance(seconds=wait + 1)
        clock.shift_to(datetime.fromisoformat(desk.sandbox.look("clock")["now"]))


def test_mailbox_beyond_the_limits_is_read_to_its_end_and_history_says_why_it_took_long(desk):
    for number in range(MAILS):
        desk.sandbox.inject(
            write_mail(subject=f"Request {number}", message_id=f"<{number}@client.example>")
        )
    desk.sandbox.control("limits", requests_per_10_minutes=30)
    states = set()
    fetch_account(desk.account, now=clock.now())
    for _turn in range(MOST_TURNS):
        if SpooledMessage.objects.filter(is_settled=True).count() == MAILS:
            break
        wait_for_next_turn(desk)
        fetch_account(desk.account, now=clock.now())
        desk.account.refresh_from_db()
        states.add(desk.account.state)

    assert SpooledMessage.objects.filter(is_settled=True).count() == MAILS
    assert "needs_person" not in states
    lines = [line.text for line in history_of(desk.account)]
    assert any("RequestsPerTenMinutes" in line for line in lines)
