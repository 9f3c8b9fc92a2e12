"""Subscribe and Unsubscribe: listening to folders, pulled or streamed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.ews.subscriptions import (
    STREAMING_LIFE,
    caller_of,
    new_id,
    write_watermark,
)
from postdesk_sandbox.ews.subscriptions import (
    subscribe as take_in,
)
from postdesk_sandbox.ews.subscriptions import (
    unsubscribe as let_go,
)
from postdesk_sandbox.ews.writing import make
from postdesk_sandbox.listeners import Listener

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import FolderHere, Operation, Place


def subscribe(operation: Operation) -> _Element:
    """Answer with the new subscription's id, and a watermark for one that is pulled."""
    request = operation.body[0]

    def make_one(_: None) -> list[_Element]:
        if local_name(request.tag) == "PushSubscriptionRequest":
            raise operation.refuse("PushSubscriptionRequest")
        listener = _read(operation, request)
        take_in(operation.call, listener)
        answer = [make("m:SubscriptionId", listener.id)]
        if not listener.is_streaming:
            answer.append(make("m:Watermark", write_watermark(listener, listener.position)))
        return answer

    return answer_each("Subscribe", [None], make_one)


def unsubscribe(operation: Operation) -> _Element:
    """Answer whether the subscription has ended."""
    key = (operation.require_child("SubscriptionId").text or "").strip()

    def end(_: None) -> list[_Element]:
        let_go(operation.call, key)
        return []

    return answer_each("Unsubscribe", [None], end)


def _read(operation: Operation, request: _Element) -> Listener:
    place, folders = _find_folders(operation, request)
    types = request.find(full_name("t:EventTypes"))
    is_streaming = local_name(request.tag) == "StreamingSubscriptionRequest"
    minutes = int(request.findtext(full_name("t:Timeout"), "0"))
    mailbox = place.mailbox
    if request.find(full_name("t:Watermark")) is not None:
        # To take up where a lost subscription stopped.
        raise operation.refuse("Watermark in Subscribe")
    return Listener(
        id=new_id(),
        person=caller_of(operation.call),
        mailbox=mailbox.address,
        folder_ids=frozenset(one.folder.id for one in folders),
        event_types=frozenset(one.text or "" for one in (types if types is not None else ())),
        is_streaming=is_streaming,
        life=STREAMING_LIFE if is_streaming else timedelta(minutes=minutes),
        used_at=operation.call.now,
        position=mailbox.sequence,
        generation=mailbox.generation,
    )


def _find_folders(operation: Operation, request: _Element) -> tuple[Place, list[FolderHere]]:
    """Return the mailbox and the folders; none at all when everything is listened to."""
    listed = request.find(full_name("t:FolderIds"))
    to_all = request.get("SubscribeToAllFolders") in {"true", "1"}
    if to_all == (listed is not None):
        raise EwsError(
            "ErrorInvalidSubscriptionRequest",
            "A subscription names folders, or says SubscribeToAllFolders.",
        )
    if listed is None:
        return operation.own_place(), []
    folders = [operation.open_folder(one) for one in listed]
    if len({one.mailbox.address for one in folders}) > 1:
        raise EwsError(
            "ErrorInvalidSubscriptionRequest", "All folders must be in the same mailbox."
        )
    return folders[0].place, folders
