"""What every inbox does, whatever protocol it speaks."""

import pytest

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers.base import Settlement


def mail(number, body=b"Hello\r\n"):
    head = (
        f"From: Carla <carla@client.test>\r\nTo: help@contoso.test\r\n"
        f"Message-ID: <{number}@client.test>\r\nSubject: mail {number}\r\n\r\n"
    )
    return head.encode() + body


def list_all(inbox, cursor=""):
    """Follow the pages to their end; return all messages, the cursor, and the flags seen."""
    messages, resets = [], []
    while True:
        listing = inbox.list_new(cursor)
        messages += listing.messages
        resets.append(listing.reset)
        cursor = listing.cursor
        if not listing.more:
            return messages, cursor, resets


def ids(messages):
    return [message.remote_id for message in messages]


def test_each_message_is_listed_once_over_several_pages(bench):
    for number in range(60):
        bench.deliver(mail(number))

    first = bench.inbox.list_new("")
    messages, _, _ = list_all(bench.inbox)

    assert first.more
    assert len(first.messages) < 60
    assert len(set(ids(messages))) == 60
    assert all(message.received_at.tzinfo for message in messages)


def test_octets_come_as_they_were_delivered(bench):
    octets = mail(1, b"8-bit \xe4\xff" + bench.control + b" and a dot\r\n.\r\nno line end")
    bench.deliver(octets)
    [listed], _, _ = list_all(bench.inbox)

    raw = bench.inbox.fetch(listed.remote_id)

    assert raw.octets == octets
    assert raw.remote_id == listed.remote_id


def test_empty_inbox_is_listed_as_empty_and_its_cursor_goes_on(bench):
    messages, cursor, _ = list_all(bench.inbox)
    assert messages == []

    bench.deliver(mail(1))

    assert len(list_all(bench.inbox, cursor)[0]) == 1


def test_nothing_is_new_after_everything_was_listed(bench):
    bench.deliver(mail(1))
    _, cursor, _ = list_all(bench.inbox)

    messages, cursor, resets = list_all(bench.inbox, cursor)

    assert messages == []
    assert not any(resets)
    assert list_all(bench.inbox, cursor)[0] == []


def test_message_that_a_person_read_first_is_new_all_the_same(bench):
    _, cursor, _ = list_all(bench.inbox)
    bench.deliver(mail(1))
    listed = list_all(bench.inbox, cursor)[0]
    bench.inbox.settle(listed[0].remote_id, Settlement.MARK_READ)

    again = list_all(bench.inbox, cursor)[0]

    assert ids(listed) == ids(again)


def test_older_cursor_may_be_used_again_after_a_crash(bench):
    _, cursor, _ = list_all(bench.inbox)
    bench.deliver(mail(1))
    bench.deliver(mail(2))

    once, twice = list_all(bench.inbox, cursor)[0], list_all(bench.inbox, cursor)[0]

    assert set(ids(once)) == set(ids(twice))
    assert len(once) == 2


def test_empty_pages_on_the_way_lose_nothing(graph_bench):
    bench = graph_bench
    bench.tenant.control("tenant", empty_delta_pages=True)
    for number in range(3):
        bench.deliver(mail(number))

    assert len(set(ids(list_all(bench.inbox)[0]))) == 3


def test_forgotten_cursor_begins_anew_with_everything(bench):
    bench.deliver(mail(1))
    before, cursor, _ = list_all(bench.inbox)
    bench.forget_cursor()
    bench.deliver(mail(2))

    after, _, resets = list_all(bench.inbox, cursor)

    assert resets[0]
    assert len(set(ids(after))) == 2
    assert (set(ids(before)) < set(ids(after))) == bench.ids_last


def test_keep_leaves_the_message_as_it_is(bench):
    bench.deliver(mail(1))
    [listed], _, _ = list_all(bench.inbox)

    bench.inbox.settle(listed.remote_id, Settlement.KEEP)

    assert [(m["folder"], m["is_read"]) for m in bench.messages()] == [("Inbox", False)]


def test_mark_read_marks_and_may_be_repeated(bench):
    bench.deliver(mail(1))
    [listed], _, _ = list_all(bench.inbox)

    for _ in range(2):
        bench.inbox.settle(listed.remote_id, Settlement.MARK_READ)

    assert [(m["folder"], m["is_read"]) for m in bench.messages()] == [("Inbox", True)]


def test_move_makes_the_folder_and_what_was_moved_is_no_news(bench):
    for number in (1, 2):
        bench.deliver(mail(number))
    messages, cursor, _ = list_all(bench.inbox)

    for listed in messages:
        bench.inbox.settle(listed.remote_id, Settlement.MOVE, folder="Anna's tickets")

    assert [m["folder"] for m in bench.messages()] == ["Anna's tickets"] * 2
    assert (bench.inbox.fetch(messages[0].remote_id) is not None) == bench.ids_last
    assert list_all(bench.inbox, cursor)[0] == []


def test_move_may_be_repeated_by_somebody_who_knows_nothing_of_the_first(bench):
    bench.deliver(mail(1))
    [listed], _, _ = list_all(bench.inbox)

    for _ in range(2):
        bench.forget_folders()
        bench.inbox.settle(listed.remote_id, Settlement.MOVE, folder="Done")

    assert [m["folder"] for m in bench.messages()] == ["Done"]


def test_deleted_message_leaves_the_inbox_and_may_be_deleted_again(bench):
    bench.deliver(mail(1))
    [listed], cursor, _ = list_all(bench.inbox)

    for _ in range(3):
        bench.inbox.settle(listed.remote_id, Settlement.DELETE)

    assert all(m["folder"] != "Inbox" for m in bench.messages())
    assert list_all(bench.inbox, cursor)[0] == []


def test_gone_message_is_none_and_settling_it_is_no_error(bench):
    bench.deliver(mail(1))
    [listed], _, _ = list_all(bench.inbox)
    for _ in range(3):
        bench.inbox.settle(listed.remote_id, Settlement.DELETE)

    assert bench.inbox.fetch(listed.remote_id) is None
    for settlement in Settlement:
        bench.inbox.settle(listed.remote_id, settlement, folder="Done")


def test_throttling_is_tried_later_and_nothing_is_lost(graph_bench):
    bench = graph_bench
    bench.deliver(mail(1))
    _, cursor, _ = list_all(bench.inbox)
    bench.deliver(mail(2))
    bench.fault(status=429, retry_after=33)

    with pytest.raises(TryLater) as caught:
        bench.inbox.list_new(cursor)

    assert caught.value.retry_after == 33
    assert len(list_all(bench.inbox, cursor)[0]) == 1


@pytest.mark.parametrize("order", [{"drop": True}, {"status": 503, "html": True}, {"status": 500}])
def test_server_in_trouble_is_tried_later(graph_bench, order):
    bench = graph_bench
    bench.deliver(mail(1))
    bench.fault(**order)

    with pytest.raises(TryLater):
        bench.inbox.list_new("")

    assert len(list_all(bench.inbox)[0]) == 1


def test_lost_line_is_tried_later_and_the_next_call_goes_on(bench):
    bench.deliver(mail(1))
    _, cursor, _ = list_all(bench.inbox)
    bench.deliver(mail(2))
    bench.lose_line()

    with pytest.raises(TryLater):
        bench.inbox.list_new(cursor)

    assert len(list_all(bench.inbox, cursor)[0]) == 1


def test_token_that_ended_is_renewed_within_the_call(token_bench):
    bench = token_bench
    bench.deliver(mail(1))
    list_all(bench.inbox)
    bench.end_token()

    assert len(list_all(bench.inbox)[0]) == 1
    assert len(bench.tokens.renewals) == 2


def test_probe_counts_the_inbox_and_knows_its_address(bench):
    bench.deliver(mail(1))

    facts = bench.inbox.probe()

    assert facts.message_count == 1
    assert facts.folder_name == "Inbox"
    assert bench.mailbox in facts.addresses


def test_message_that_came_a_moment_ago_is_found_by_its_subject(bench):
    assert bench.inbox.find_recent("mail 2") is None
    for number in (1, 2, 3):
        bench.deliver(mail(number))

    found = bench.inbox.find_recent("mail 2")

    assert b"<2@client.test>" in bench.inbox.fetch(found).octets
    assert bench.inbox.find_recent("mail 4") is None


def test_mailbox_that_went_away_needs_a_person(token_bench):
    bench = token_bench
    bench.inbox.probe()
    bench.remove_mailbox()

    with pytest.raises(NeedsPerson) as caught:
        bench.inbox.list_new("")

    assert bench.mailbox in caught.value.what
    assert caught.value.remedy
