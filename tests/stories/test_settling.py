"""What becomes of a mail on the server: stored first, then kept, marked, moved or deleted."""

import pytest

from postdesk.drivers.base import Settlement
from postdesk.flow import fetch
from postdesk.mail.models import SpooledMessage
from postdesk.mail.octets import read_octets
from tests.sandbox_client import SUPPORT, write_mail


def mailbox(desk):
    """Return the messages of the mailbox as (folder, is_read)."""
    listing = desk.sandbox.look("mailbox", address=SUPPORT)
    rows = listing["messages"] if isinstance(listing, dict) else listing
    received = [row for row in rows if row["subject"] == "The printer is on fire"]
    return [(row["folder"], row["is_read"]) for row in received]


@pytest.mark.parametrize(
    ("after", "folder", "expected"),
    [
        ("keep", "", ("Inbox", False)),
        ("mark_read", "", ("Inbox", True)),
        ("move", "Postdesk done", ("Postdesk done", False)),
        ("delete", "", ("Deleted Items", False)),
    ],
)
def test_processed_mail_is_stored_whole_and_then_treated_as_configured(
    make_desk, after, folder, expected
):
    desk = make_desk(after_processing=after, folder=folder)
    assert desk.authorize().succeeded
    octets = write_mail()
    desk.sandbox.inject(octets)
    desk.work()

    row = SpooledMessage.objects.select_related("octets").get()
    assert read_octets(row.octets) == octets
    assert row.is_settled
    assert mailbox(desk) == [expected]


def test_message_is_touched_on_the_server_only_after_its_row_is_committed(desk, monkeypatch):
    desk.sandbox.inject(write_mail())

    def power_cut(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr(fetch.spool, "spool_arrivals", power_cut)
    with pytest.raises(RuntimeError):
        desk.work()

    assert mailbox(desk) == [("Inbox", False)]
    assert not SpooledMessage.objects.exists()


def test_settling_that_was_interrupted_is_made_up_for_and_makes_no_second_ticket(desk, monkeypatch):
    desk.sandbox.inject(write_mail())
    with monkeypatch.context() as patched:
        patched.setattr(fetch, "_settle", lambda *_args: None)
        desk.work()
    assert mailbox(desk) == [("Inbox", False)]
    assert SpooledMessage.objects.get().is_settled is False

    desk.work()

    assert mailbox(desk) == [("Inbox", True)]
    assert SpooledMessage.objects.count() == 1


def test_every_choice_of_the_form_is_a_settlement_of_the_drivers():
    from postdesk.mail.models.account import AfterProcessing

    assert {choice.value for choice in AfterProcessing} == {one.value for one in Settlement}
