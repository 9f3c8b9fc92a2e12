"""Sending through Graph against the pretend tenant."""

import base64

import pytest

from postdesk.base.errors import NeedsPerson, OutcomeUnknown, TryLater
from postdesk.drivers.base import Envelope, Whereabouts

OURS = "<t.7.9.abc@contoso.test>"


def envelope(graph_bench, *, to=("carla@client.test",), hidden=()):
    octets = (
        f"From: {graph_bench.mailbox}\r\nTo: {', '.join(to)}\r\nMessage-ID: {OURS}\r\n"
        "In-Reply-To: <1@client.test>\r\nReferences: <0@client.test> <1@client.test>\r\n"
        "Subject: [#7] Printer\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIt works.\r\n"
    ).encode()
    return Envelope(octets=octets, sender=graph_bench.mailbox, recipients=(*to, *hidden))


def sent(graph_bench):
    return graph_bench.tenant.look("sent")


def test_mail_is_prepared_dispatched_and_found_as_sent(graph_bench):
    letter = envelope(graph_bench)

    prepared = graph_bench.outgoing.prepare(letter)
    assert sent(graph_bench) == []
    assert graph_bench.outgoing.find(prepared) is Whereabouts.NOT_SENT

    receipt = graph_bench.outgoing.dispatch(prepared, letter)

    [gone] = sent(graph_bench)
    octets = base64.b64decode(gone["mime"])
    assert gone["to"] == ["carla@client.test"]
    assert b"In-Reply-To: <1@client.test>" in octets
    assert b"References: <0@client.test> <1@client.test>" in octets
    assert gone["message_id"] in receipt.message_ids
    assert OURS in receipt.message_ids
    assert graph_bench.outgoing.find(prepared) is Whereabouts.SENT
    assert [m["folder"] for m in graph_bench.messages()] == ["Sent Items"]


def test_dispatch_repeated_after_a_crash_sends_nothing_twice(graph_bench):
    letter = envelope(graph_bench)
    prepared = graph_bench.outgoing.prepare(letter)

    graph_bench.outgoing.dispatch(prepared, letter)
    graph_bench.outgoing.dispatch(prepared, letter)

    assert len(sent(graph_bench)) == 1


def test_id_that_the_server_minted_is_kept_beside_ours(graph_bench):
    graph_bench.tenant.control("tenant", mint_message_id=True)
    letter = envelope(graph_bench)

    prepared = graph_bench.outgoing.prepare(letter)
    receipt = graph_bench.outgoing.dispatch(prepared, letter)

    [gone] = sent(graph_bench)
    assert gone["message_id"] != OURS
    assert receipt.message_ids == (OURS, gone["message_id"])


def test_hidden_recipient_gets_the_mail(graph_bench):
    letter = envelope(graph_bench, hidden=("boss@client.test",))

    graph_bench.outgoing.dispatch(graph_bench.outgoing.prepare(letter), letter)

    recipients = {address for one in sent(graph_bench) for address in one["to"]}
    assert recipients == {"carla@client.test", "boss@client.test"}


def test_line_lost_after_sending_is_unknown_and_the_server_then_says_sent(graph_bench):
    letter = envelope(graph_bench)
    prepared = graph_bench.outgoing.prepare(letter)
    graph_bench.fault(path="/send", drop=True, after_work=True)

    with pytest.raises(OutcomeUnknown):
        graph_bench.outgoing.dispatch(prepared, letter)

    assert graph_bench.outgoing.find(prepared) is Whereabouts.SENT
    graph_bench.outgoing.dispatch(prepared, letter)
    assert len(sent(graph_bench)) == 1


def test_line_lost_before_sending_is_unknown_and_the_server_then_says_not_sent(graph_bench):
    letter = envelope(graph_bench)
    prepared = graph_bench.outgoing.prepare(letter)
    graph_bench.fault(path="/send", drop=True)

    with pytest.raises(OutcomeUnknown):
        graph_bench.outgoing.dispatch(prepared, letter)

    assert graph_bench.outgoing.find(prepared) is Whereabouts.NOT_SENT
    graph_bench.outgoing.dispatch(prepared, letter)
    assert len(sent(graph_bench)) == 1


def test_throttled_sending_is_tried_later(graph_bench):
    letter = envelope(graph_bench)
    prepared = graph_bench.outgoing.prepare(letter)
    graph_bench.fault(path="/send", status=429, retry_after=5)

    with pytest.raises(TryLater) as caught:
        graph_bench.outgoing.dispatch(prepared, letter)

    assert caught.value.retry_after == 5
    assert sent(graph_bench) == []


def test_missing_send_as_needs_a_person(graph_bench):
    letter = envelope(graph_bench)
    prepared = graph_bench.outgoing.prepare(letter)
    graph_bench.fault(path="/send", status=403, code="ErrorSendAsDenied")

    with pytest.raises(NeedsPerson) as caught:
        graph_bench.outgoing.dispatch(prepared, letter)

    assert "Send As" in caught.value.remedy


def test_probe_says_who_answers(graph_bench):
    assert graph_bench.mailbox in graph_bench.outgoing.probe()
