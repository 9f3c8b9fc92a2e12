"""CreateAttachment and DeleteAttachment: the files of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.identity import item_change_key, to_ews, version_of
from postdesk_sandbox.ews.message_writers import write_attachment
from postdesk_sandbox.ews.operations.get_attachment import find_attachment
from postdesk_sandbox.ews.property_setters import read_attachment
from postdesk_sandbox.ews.writing import make
from postdesk_sandbox.mime_building import replace_attachments

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import ItemHere, Operation
    from postdesk_sandbox.mime import Part


def create_attachment(operation: Operation) -> _Element:
    """Answer with the id of each attachment and the message's new change key."""
    parent = operation.require_child("ParentItemId")
    # The key counts for the request as a whole: each attachment changes it again.
    is_checked = False

    def create(element: _Element) -> list[_Element]:
        nonlocal is_checked
        item = _open_parent(operation, parent, is_checked=is_checked)
        is_checked = True
        part = read_attachment(operation, element)
        parts = (*item.message.reading.parts, part)
        _rewrite(operation, item, parts)
        place = _place_of(item, part)
        holder = make("m:Attachments")
        written = write_attachment(holder, item.message, place, item.message.reading.parts[place])
        identity = written[0]
        identity.set("RootItemId", to_ews(item.message.ordinary_id))
        identity.set("RootItemChangeKey", item_change_key(item.message))
        # Nothing but the id is told.
        for other in list(written)[1:]:
            written.remove(other)
        return [holder]

    attachments = operation.require_child("Attachments")
    return answer_each("CreateAttachment", attachments, create, otherwise=("m:Attachments",))


def delete_attachment(operation: Operation) -> _Element:
    """Answer with the message's new change key for each attachment taken out."""

    def delete(reference: _Element) -> list[_Element]:
        item, place, _ = find_attachment(operation, reference)
        _require_draft(item)
        parts = item.message.reading.parts
        _rewrite(operation, item, parts[:place] + parts[place + 1 :])
        root = make(
            "m:RootItemId",
            RootItemId=to_ews(item.message.ordinary_id),
            RootItemChangeKey=item_change_key(item.message),
        )
        return [root]

    return answer_each("DeleteAttachment", operation.require_child("AttachmentIds"), delete)


def _open_parent(operation: Operation, parent: _Element, *, is_checked: bool) -> ItemHere:
    item = operation.find_item_by(parent.get("Id", ""))
    key = parent.get("ChangeKey", "")
    if key and not is_checked and version_of(item.message, key) != item.message.changed:
        raise EwsError(
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed "
            "in the request does not match the current change key for the item.",
        )
    _require_draft(item)
    return item


def _require_draft(item: ItemHere) -> None:
    if not item.message.is_draft:
        raise EwsError(
            "ErrorInvalidPropertyUpdateSentMessage",
            "Update operation is invalid for property of a sent message.",
        )


def _rewrite(operation: Operation, item: ItemHere, parts: tuple[Part, ...]) -> None:
    mime = replace_attachments(item.message.mime, parts)
    item.mailbox.rewrite(item.message, mime, now=operation.call.now)


def _place_of(item: ItemHere, part: Part) -> int:
    """Return where an attachment has come to lie: those shown in the text go first."""
    parts = item.message.reading.parts
    same = [place for place, one in enumerate(parts) if one.content == part.content]
    return same[-1] if same else len(parts) - 1
