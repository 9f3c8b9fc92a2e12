"""Sending over Graph: draft first, then once, and never blindly again."""

import base64
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.unit.drivers.canned_graph import MAILBOX, fails, says

from postdesk.base.errors import NeedsPerson, OutcomeUnknown, ThisMessage, TryLater
from postdesk.drivers.base import Envelope, Prepared, Whereabouts

OURS = "<t.7.9.abc@contoso.test>"
THEIRS = "<minted@exchange.test>"
MAIL = (
    f"From: {MAILBOX}\r\nTo: Carla <carla@client.test>\r\nMessage-ID: {OURS}\r\n"
    "Subject: [#7] Hello\r\n\r\nHello\r\n"
).encode()
PREPARED = Prepared(remote_id="d1", message_ids=(OURS, THEIRS))


def envelope(octets=MAIL, recipients=("carla@client.test",)):
    return Envelope(octets=octets, sender=MAILBOX, recipients=recipients)


def test_draft_is_the_mail_in_base64_and_both_ids_are_kept(outgoing, graph):
    graph.will("POST /messages", says(201, {"id": "d1", "internetMessageId": THEIRS}))

    prepared = outgoing.prepare(envelope())

    assert base64.b64decode(graph.seen[0].content, validate=True) == MAIL
    assert graph.seen[0].headers["Content-Type"] == "text/plain"
    assert graph.seen[0].headers["Prefer"] == 'IdType="ImmutableId"'
    assert prepared == PREPARED


def test_one_id_is_kept_when_the_server_kept_ours(outgoing, graph):
    graph.will("POST /messages", says(201, {"id": "d1", "internetMessageId": OURS}))

    assert outgoing.prepare(envelope()).message_ids == (OURS,)


def test_recipient_in_no_header_is_added_hidden(outgoing, graph):
    graph.will("POST /messages", says(201, {"id": "d1"}))

    outgoing.prepare(envelope(recipients=("carla@client.test", "boss@client.test")))

    sent = base64.b64decode(graph.seen[0].content)
    assert sent == b"Bcc: boss@client.test\r\n" + MAIL


def test_header_that_names_more_people_than_the_envelope_is_refused(outgoing, graph):
    octets = MAIL.replace(b"Subject:", b"Cc: Nobody@client.test\r\nSubject:")

    with pytest.raises(ThisMessage, match=r"nobody@client\.test"):
        outgoing.prepare(envelope(octets))

    assert graph.seen == []


@pytest.mark.parametrize("address", ["a@b.test\r\nX: y", "a b@c.test", "ü@b.test", "<a@b.test>"])
def test_hidden_recipient_cannot_smuggle_a_header(outgoing, graph, address):
    with pytest.raises(ThisMessage):
        outgoing.prepare(envelope(recipients=("carla@client.test", address)))

    assert graph.seen == []


@pytest.mark.parametrize(
    "answer", [fails(413, "RequestEntityTooLarge"), fails(400, "ErrorMessageSizeExceeded")]
)
def test_too_large_mail_is_held_with_a_remedy(outgoing, graph, answer):
    graph.will("POST /messages", answer)

    with pytest.raises(ThisMessage) as caught:
        outgoing.prepare(envelope())

    assert "smaller" in caught.value.remedy


@pytest.mark.parametrize("error", [httpx.ReadTimeout("x"), httpx.ConnectError("x")])
def test_lost_line_while_the_draft_is_stored_is_tried_later(outgoing, graph, error):
    graph.will("POST /messages", error)

    with pytest.raises(TryLater):
        outgoing.prepare(envelope())


def test_draft_is_sent_once(outgoing, graph):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": True}))
    graph.will("POST /messages/d1/send", says(202))

    receipt = outgoing.dispatch(PREPARED, envelope())

    assert graph.asked() == ["GET /messages/d1", "POST /messages/d1/send"]
    assert receipt.message_ids == (OURS, THEIRS)
    assert receipt.refused == ()


def test_sent_draft_is_not_sent_again(outgoing, graph):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": False}))

    outgoing.dispatch(PREPARED, envelope())

    assert graph.asked() == ["GET /messages/d1"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.WriteError("x"),
        says(504, b""),
        says(502, b"<html>"),
        fails(500, "ErrorInternalServerError"),
        fails(404, "ErrorItemNotFound"),
    ],
)
def test_outcome_is_unknown_after_the_point_of_no_return(outgoing, graph, answer):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": True}))
    graph.will("POST /messages/d1/send", answer)

    with pytest.raises(OutcomeUnknown):
        outgoing.dispatch(PREPARED, envelope())


@pytest.mark.parametrize(
    "answer", [fails(429, "x", Retry_After="9"), says(503, b""), httpx.ConnectError("x")]
)
def test_refusal_at_the_door_is_tried_later(outgoing, graph, answer):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": True}))
    graph.will("POST /messages/d1/send", answer)

    with pytest.raises(TryLater):
        outgoing.dispatch(PREPARED, envelope())


def test_missing_right_to_send_needs_a_person(outgoing, graph):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": True}))
    graph.will("POST /messages/d1/send", fails(403, "ErrorSendAsDenied"))

    with pytest.raises(NeedsPerson) as caught:
        outgoing.dispatch(PREPARED, envelope())

    assert "Send As" in caught.value.remedy


def test_sending_limit_is_waited_out(outgoing, graph):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": True}))
    graph.will("POST /messages/d1/send", fails(403, "ErrorExceededMessageLimit"))

    with pytest.raises(TryLater) as caught:
        outgoing.dispatch(PREPARED, envelope())

    assert caught.value.retry_after == 3600


def test_mail_without_a_draft_cannot_be_dispatched(outgoing):
    with pytest.raises(ThisMessage):
        outgoing.dispatch(Prepared(remote_id="", message_ids=(OURS,)), envelope())


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (True, Whereabouts.NOT_SENT),
        (False, Whereabouts.SENT),
        (None, Whereabouts.CANNOT_TELL),
        ("yes", Whereabouts.CANNOT_TELL),
    ],
)
def test_draft_tells_whether_it_was_sent(outgoing, graph, state, answer):
    graph.will("GET /messages/d1", says(200, {"id": "d1", "isDraft": state}))

    assert outgoing.find(PREPARED) is answer


def test_vanished_draft_is_looked_for_by_each_message_id(outgoing, graph):
    graph.will("GET /messages/d1", fails(404, "ErrorItemNotFound"))
    graph.will(
        "GET /messages",
        says(200, {"value": []}),
        says(200, {"value": [{"id": "d2", "isDraft": True}, {"id": "s1", "isDraft": False}]}),
    )

    assert outgoing.find(PREPARED) is Whereabouts.SENT
    filters = [parse_qs(urlsplit(str(request.url)).query) for request in graph.seen[1:]]
    assert [found["$filter"] for found in filters] == [
        [f"internetMessageId eq '{OURS}'"],
        [f"internetMessageId eq '{THEIRS}'"],
    ]


def test_vanished_draft_without_any_copy_cannot_be_told(outgoing, graph):
    graph.will("GET /messages/d1", fails(404, "ErrorItemNotFound"))
    graph.will("GET /messages", says(200, {"value": []}))

    assert outgoing.find(PREPARED) is Whereabouts.CANNOT_TELL
    with pytest.raises(OutcomeUnknown):
        outgoing.dispatch(PREPARED, envelope())


def test_mail_that_never_became_a_draft_was_not_sent(outgoing, graph):
    graph.will("GET /messages", says(200, {"value": []}))

    found = outgoing.find(Prepared(remote_id="", message_ids=("<it's@contoso.test>",)))

    assert found is Whereabouts.NOT_SENT
    assert "it%27%27s" in str(graph.seen[0].url) or "it''s" in str(graph.seen[0].url)


def test_question_that_cannot_be_asked_now_is_tried_later(outgoing, graph):
    graph.will("GET /messages/d1", says(503, b""))

    with pytest.raises(TryLater):
        outgoing.find(PREPARED)


def test_probe_opens_the_drafts(outgoing, graph):
    graph.will("GET /mailFolders/drafts", says(200, {"id": "f"}))

    assert MAILBOX in outgoing.probe()
