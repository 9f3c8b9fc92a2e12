"""MoveItem and CopyItem: messages into another folder, perhaps of another mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.message_writers import write_item_id
from postdesk_sandbox.ews.names import full_name
from postdesk_sandbox.ews.writing import add, make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import FolderHere, ItemHere, Operation
    from postdesk_sandbox.mailboxes import StoredMessage


def move_item(operation: Operation) -> _Element:
    """Answer with the new id of each message moved."""
    return _transfer(operation, "MoveItem", keep_original=False)


def copy_item(operation: Operation) -> _Element:
    """Answer with the id of each copy."""
    return _transfer(operation, "CopyItem", keep_original=True)


def _transfer(operation: Operation, name: str, *, keep_original: bool) -> _Element:
    wants_ids = operation.body.findtext(full_name("m:ReturnNewItemIds"), "true").strip()
    target_id = operation.require_child("ToFolderId")[0]

    def carry(reference: _Element) -> list[_Element]:
        item = operation.open_item(reference)
        target = operation.open_folder(target_id)
        target.require_mail()
        arrived = _carry(operation, item, target, keep_original=keep_original)
        items = make("m:Items")
        # Exchange tells no new ids when the message leaves its mailbox.
        if wants_ids in {"true", "1"} and target.mailbox is item.mailbox:
            write_item_id(add(items, "t:Message"), arrived)
        return [items]

    references = operation.require_child("ItemIds")
    return answer_each(name, references, carry, otherwise=("m:Items",))


def _carry(
    operation: Operation, item: ItemHere, target: FolderHere, *, keep_original: bool
) -> StoredMessage:
    now, message = operation.call.now, item.message
    if target.mailbox is item.mailbox:
        if keep_original:
            return item.mailbox.copy(message, target.folder, now=now)
        item.mailbox.move(message, target.folder, now=now)
        return message
    twin = target.mailbox.copy(message, target.folder, now=now)
    if not keep_original:
        item.mailbox.remove(message)
    return twin
