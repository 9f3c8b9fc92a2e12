"""GetEvents: what happened in a subscription's folders since a watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.events import read_events
from postdesk_sandbox.ews.subscriptions import find_listener, read_watermark

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation


def get_events(operation: Operation) -> _Element:
    """Answer with the events, or with a StatusEvent when there are none."""
    key = (operation.require_child("SubscriptionId").text or "").strip()
    watermark = (operation.require_child("Watermark").text or "").strip()

    def pull(_: None) -> list[_Element]:
        call = operation.call
        listener = find_listener(call, key)
        if listener.is_streaming:
            raise EwsError(
                "ErrorInvalidPullSubscriptionId", "The subscription is not a pull subscription."
            )
        return [read_events(call, listener, read_watermark(listener, watermark), watermark)]

    return answer_each("GetEvents", [None], pull)
