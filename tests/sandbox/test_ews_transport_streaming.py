"""Streaming: one answer of many envelopes, with heartbeats, limits and an end."""

import http.client
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from lxml import etree

from postdesk_sandbox.server import Sandbox
from tests.sandbox.ews_line import MESSAGES, PATH, TYPES, XML, ask, basic, code_of, envelope
from tests.sandbox.visitor import Visitor, make_mime

SUBSCRIBE = (
    "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>"
    '<t:DistinguishedFolderId Id="inbox"/></t:FolderIds><t:EventTypes>'
    "<t:EventType>NewMailEvent</t:EventType></t:EventTypes>"
    "</m:StreamingSubscriptionRequest></m:Subscribe>"
)


def subscribe(visitor: Visitor) -> str:
    answer = ask(visitor, envelope(SUBSCRIBE))
    assert code_of(answer) == "NoError"
    found = etree.fromstring(answer.content).findtext(f".//{{{MESSAGES}}}SubscriptionId")
    assert found
    return found


def get_events(subscription: str, minutes: int = 1) -> str:
    return (
        f"<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>{subscription}"
        f"</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>{minutes}"
        "</m:ConnectionTimeout></m:GetStreamingEvents>"
    )


class Stream:
    """An open streaming connection, read envelope by envelope."""

    def __init__(self, sandbox: Sandbox, subscription: str) -> None:
        parts = urlsplit(sandbox.url)
        self.line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        self.line.request("POST", PATH, body=envelope(get_events(subscription)),
                          headers=XML | basic())  # fmt: skip
        self.answer = self.line.getresponse()
        self.rest = b""

    def __iter__(self) -> Iterator[etree._Element]:
        """Yield the ResponseMessage of each envelope."""
        while piece := self.answer.read1(65536):
            self.rest += piece
            while b"</s:Envelope>" in self.rest:
                whole, end, self.rest = self.rest.partition(b"</s:Envelope>")
                found = etree.fromstring(whole + end)
                yield next(found.iter(f"{{{MESSAGES}}}GetStreamingEventsResponseMessage"))

    def close(self) -> None:
        self.answer.close()
        self.line.close()


def status_of(message: etree._Element) -> str | None:
    return message.findtext(f"{{{MESSAGES}}}ConnectionStatus")


def test_stream_begins_with_ok_and_brings_new_mail_at_once(visitor: Visitor) -> None:
    with closing(Stream(visitor.sandbox, subscribe(visitor))) as stream:
        assert stream.answer.headers["Transfer-Encoding"] == "chunked"
        messages = iter(stream)
        assert status_of(next(messages)) == "OK"
        begun = time.monotonic()
        visitor.inject(make_mime())
        news = next(messages)
        assert time.monotonic() - begun < 3
        assert news.findtext(f"{{{MESSAGES}}}ResponseCode") == "NoError"
        (event,) = news.iter(f"{{{TYPES}}}NewMailEvent")
        item = event.find(f"{{{TYPES}}}ItemId")
        assert item is not None
        assert item.get("ChangeKey")


def test_heartbeats_come_as_often_as_the_tenant_says(visitor: Visitor) -> None:
    visitor.control("tenant", ews_heartbeat_seconds=0.3)
    with closing(Stream(visitor.sandbox, subscribe(visitor))) as stream:
        messages = iter(stream)
        begun = time.monotonic()
        assert [status_of(next(messages)) for _ in range(3)] == ["OK", "OK", "OK"]
        assert 0.4 < time.monotonic() - begun < 5


def test_stream_ends_with_closed_when_its_time_is_up_by_the_clock(visitor: Visitor) -> None:
    with closing(Stream(visitor.sandbox, subscribe(visitor))) as stream:
        messages = iter(stream)
        next(messages)
        visitor.control("clock", advance_seconds=61)
        assert [status_of(one) for one in messages] == ["Closed"]


def test_subscription_that_ends_meanwhile_ends_the_stream_with_an_error(visitor: Visitor) -> None:
    subscription = subscribe(visitor)
    with closing(Stream(visitor.sandbox, subscription)) as stream:
        messages = iter(stream)
        next(messages)
        end = f"<m:Unsubscribe><m:SubscriptionId>{subscription}</m:SubscriptionId></m:Unsubscribe>"
        assert code_of(ask(visitor, envelope(end))) == "NoError"
        (last,) = messages
    assert last.findtext(f"{{{MESSAGES}}}ResponseCode") == "ErrorInvalidSubscription"
    assert last.findtext(f".//{{{MESSAGES}}}SubscriptionId") == subscription
    assert status_of(last) == "Closed"


def test_unknown_subscription_opens_no_stream(visitor: Visitor) -> None:
    answer = ask(visitor, envelope(get_events("JgBub3RoaW5n")))
    assert (answer.status_code, code_of(answer)) == (200, "ErrorInvalidSubscription")
    assert "Transfer-Encoding" not in answer.headers


@pytest.mark.parametrize("minutes", [0, 31])
def test_a_stream_lasts_one_to_thirty_minutes(visitor: Visitor, minutes: int) -> None:
    answer = ask(visitor, envelope(get_events(subscribe(visitor), minutes)))
    assert (answer.status_code, code_of(answer)) == (500, "ErrorSchemaValidation")


def test_stream_too_many_is_refused_and_a_closed_one_makes_room(visitor: Visitor) -> None:
    visitor.control("limits", ews_streams=1)
    subscription = subscribe(visitor)
    with closing(Stream(visitor.sandbox, subscription)) as stream:
        assert status_of(next(iter(stream))) == "OK"
        refused = ask(visitor, envelope(get_events(subscription)))
        assert code_of(refused) == "ErrorExceededConnectionCount"
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        with closing(Stream(visitor.sandbox, subscription)) as again:
            if status_of(next(iter(again))) == "OK":
                return
        time.sleep(0.1)
    pytest.fail("the closed stream still counts")


def test_stream_can_be_cut_by_a_fault(visitor: Visitor) -> None:
    subscription = subscribe(visitor)
    visitor.control("faults", surface="ews", cut_body=True, path="GetStreamingEvents")
    with closing(Stream(visitor.sandbox, subscription)) as stream:
        messages = iter(stream)
        assert status_of(next(messages)) == "OK"
        with pytest.raises((ConnectionError, http.client.IncompleteRead)):
            next(messages)


def test_other_requests_go_on_while_a_stream_waits(visitor: Visitor) -> None:
    with closing(Stream(visitor.sandbox, subscribe(visitor))) as stream:
        next(iter(stream))
        begun = time.monotonic()
        assert ask(visitor).status_code == 200
        assert time.monotonic() - begun < 2
