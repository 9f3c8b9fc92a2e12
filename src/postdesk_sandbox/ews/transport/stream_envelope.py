"""The envelopes that a stream consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import wrap
from postdesk_sandbox.ews.writing import add, make

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element


def write_part(product: str, *, status: str = "", notifications: Sequence[_Element] = ()) -> bytes:
    """Return an envelope with `t:Notification` elements, or with the state of the connection."""
    response, message = _begin("Success")
    add(message, "m:ResponseCode", "NoError")
    if notifications:
        add(message, "m:Notifications").extend(notifications)
    if status:
        add(message, "m:ConnectionStatus", status)
    return wrap(response, product=product)


def write_refusal(product: str, code: str, text: str, *, lost: Sequence[str] = ()) -> bytes:
    """Return the envelope that ends a stream with an error; `lost` are unknown subscriptions.

    Their ids stand in the namespace of messages, as the real service writes them.
    """
    response, message = _begin("Error")
    add(message, "m:MessageText", text)
    add(message, "m:ResponseCode", code)
    add(message, "m:DescriptiveLinkKey", "0")
    if lost:
        ids = add(message, "m:ErrorSubscriptionIds")
        for one in lost:
            add(ids, "m:SubscriptionId", one)
    add(message, "m:ConnectionStatus", "Closed")
    return wrap(response, product=product)


def _begin(result: str) -> tuple[_Element, _Element]:
    response = make("m:GetStreamingEventsResponse")
    messages = add(response, "m:ResponseMessages")
    return response, add(messages, "m:GetStreamingEventsResponseMessage", ResponseClass=result)
