"""SendItem: drafts that were kept before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.identity import version_of
from postdesk_sandbox.ews.submitting import file_sent, send, sent_items_of

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import ItemHere, Operation


def send_item(operation: Operation) -> _Element:
    """Answer for each draft whether it went out."""
    saves = operation.body.get("SaveItemToFolder") in {"true", "1"}
    if not saves and operation.child("SavedItemFolderId") is not None:
        raise EwsError(
            "ErrorInvalidSendItemSaveSettings",
            "SavedItemFolderId cannot be given when SaveItemToFolder is false.",
        )

    def send_one(reference: _Element) -> list[_Element]:
        item = operation.open_item(reference)
        _require_current(item, reference.get("ChangeKey", ""))
        target = operation.open_target("SavedItemFolderId") or sent_items_of(item)
        target.require_mail()
        kept = send(operation, item.place, item.message.mime)
        if saves:
            file_sent(operation, item, target, kept)
        else:
            item.mailbox.remove(item.message)
        return []

    return answer_each("SendItem", operation.require_child("ItemIds"), send_one)


def _require_current(item: ItemHere, key: str) -> None:
    if not key:
        raise EwsError(
            "ErrorChangeKeyRequiredForWriteOperations",
            "Change key is required for this operation.",
        )
    if version_of(item.message, key) != item.message.changed:
        raise EwsError(
            "ErrorStaleObject",
            "The operation could not be performed because the change key passed in the request "
            "does not match the current change key for the item.",
        )
    if not item.message.is_draft:
        raise EwsError("ErrorAccessDenied", "Only a draft can be sent.")
