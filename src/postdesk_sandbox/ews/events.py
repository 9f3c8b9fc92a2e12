"""Notifications: the events of subscriptions as XML, at once or waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.happenings import Happening, happenings_after
from postdesk_sandbox.ews.identity import to_ews
from postdesk_sandbox.ews.subscriptions import (
    find_listener,
    subscription_not_found,
    write_watermark,
)
from postdesk_sandbox.ews.writing import add, make, moment, truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from postdesk_sandbox.ews.calling import EwsCall
    from postdesk_sandbox.listeners import Listener
    from postdesk_sandbox.mailboxes import Mailbox

# How often a waiting connection looks into the log.
_LOOK_SECONDS = 0.05
# As many in one answer of GetEvents; the rest is announced by MoreEvents.
MAX_EVENTS = 50


class SubscriptionLostError(Exception):
    """Subscriptions that a connection listened to have ended; `ids` names them."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__("The subscription was not found.")
        self.ids = ids


class EventSource:
    """What a streaming connection listens to. Takes the state's lock by itself."""

    def __init__(self, call: EwsCall) -> None:
        self.call = call

    def missing(self, subscription_ids: Sequence[str]) -> list[str]:
        """Return those of the ids that are no streaming subscription of the caller."""
        with self.call.state.lock:
            return [key for key in subscription_ids if self._find(key) is None]

    def wait(self, subscription_ids: Sequence[str], timeout: float) -> list[_Element]:
        """Return `m:Notification` elements as soon as there are any, else nothing in the end.

        `timeout` is in real seconds. Raises SubscriptionLostError.
        """
        ends_at = time.monotonic() + timeout
        while True:
            with self.call.state.lock:
                found = self._look(subscription_ids)
            left = ends_at - time.monotonic()
            if found or left <= 0:
                return found
            time.sleep(min(_LOOK_SECONDS, left))

    def _find(self, key: str) -> Listener | None:
        try:
            found = find_listener(self.call, key)
            listened_to(self.call, found)
        except EwsError:
            return None
        return found if found.is_streaming else None

    def _look(self, subscription_ids: Sequence[str]) -> list[_Element]:
        if lost := self.missing(subscription_ids):
            raise SubscriptionLostError(lost)
        listeners = [find_listener(self.call, key) for key in subscription_ids]
        told = (self._tell(one) for one in listeners)
        return [one for one in told if one is not None]

    def _tell(self, listener: Listener) -> _Element | None:
        """Return what is new to a subscription and note that it was told."""
        mailbox = listened_to(self.call, listener)
        now = self.call.state.clock.now()
        found = happenings_after(listener.position, mailbox, listener, now=now)
        listener.position = mailbox.sequence
        if not found:
            return None
        notification = make("m:Notification")
        add(notification, "t:SubscriptionId", listener.id)
        for one in found:
            write_happening(notification, one)
        return notification


def listened_to(call: EwsCall, listener: Listener) -> Mailbox:
    """Return the mailbox of a subscription. Raises EwsError when it has begun another life."""
    mailbox = call.world.mailbox(listener.mailbox)
    is_same = mailbox is not None and mailbox.generation == listener.generation
    if mailbox is None or not is_same or mailbox.sequence < listener.position:
        raise subscription_not_found()
    return mailbox


def read_events(call: EwsCall, listener: Listener, after: int, watermark: str) -> _Element:
    """Return `m:Notification` with what happened after a place, and a watermark for each."""
    mailbox = listened_to(call, listener)
    found = happenings_after(after, mailbox, listener, now=call.now)
    shown = found[:MAX_EVENTS]
    # Two events of one message have one place: they are told together.
    while len(shown) < len(found) and found[len(shown)].place == shown[-1].place:
        shown = found[: len(shown) + 1]
    notification = make("m:Notification")
    add(notification, "t:SubscriptionId", listener.id)
    add(notification, "t:PreviousWatermark", watermark)
    add(notification, "t:MoreEvents", truth(len(shown) < len(found)))
    listener.position = mailbox.sequence
    for one in shown:
        write_happening(notification, one, watermark=write_watermark(listener, one.place))
    if not shown:
        status = add(notification, "t:StatusEvent")
        add(status, "t:Watermark", write_watermark(listener, mailbox.sequence))
    return notification


def write_happening(parent: _Element, one: Happening, *, watermark: str = "") -> None:
    """Append one event."""
    event = add(parent, f"t:{one.kind}")
    if watermark:
        add(event, "t:Watermark", watermark)
    add(event, "t:TimeStamp", moment(one.at))
    if one.kind == "CopiedEvent":
        # The original is not remembered: Exchange would name it here first.
        _write_ids(event, one, "ItemId", "ParentFolderId")
        _write_ids(event, one, "OldItemId", "OldParentFolderId")
        return
    _write_ids(event, one, "ItemId", "ParentFolderId")
    if one.kind == "MovedEvent":
        add(event, "t:OldItemId", Id=to_ews(one.old_item_id))
        add(event, "t:OldParentFolderId", Id=to_ews(one.old_folder_id))


def _write_ids(event: _Element, one: Happening, item: str, folder: str) -> None:
    identity = add(event, f"t:{item}", Id=to_ews(one.item_id))
    if one.change_key:
        identity.set("ChangeKey", to_ews(one.change_key))
    add(event, f"t:{folder}", Id=to_ews(one.folder_id), ChangeKey="AQAAAA==")
