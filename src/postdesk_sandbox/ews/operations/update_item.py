"""UpdateItem: changed properties, guarded by the change key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.draft import Draft
from postdesk_sandbox.ews.editing import set_field
from postdesk_sandbox.ews.identity import version_of
from postdesk_sandbox.ews.message_writers import write_item_id
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.ews.paths import Path, read_path
from postdesk_sandbox.ews.submitting import file_sent, send, sent_items_of
from postdesk_sandbox.ews.writing import add, make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import ItemHere, Operation

_READ_FLAG = Path(uri="message:IsRead")


def update_item(operation: Operation) -> _Element:
    """Answer with the new change key of each item, or with the conflict."""

    def update(change: _Element) -> list[_Element]:
        item = operation.open_item(change[0])
        updates = list(change[1])
        if not operation.body.get("MessageDisposition"):
            raise EwsError(
                "ErrorMessageDispositionRequired", "Message disposition attribute is required."
            )
        paths = [read_path(one[0]) for one in updates]
        require_current(operation, item, change[0].get("ChangeKey", ""), paths)
        _change(operation, item, updates)
        items = make("m:Items")
        if operation.body.get("MessageDisposition") == "SaveOnly":
            write_item_id(add(items, "t:Message"), item.message)
        conflicts = make("m:ConflictResults")
        add(conflicts, "t:Count", "0")
        return [items, conflicts]

    changes = operation.require_child("ItemChanges")
    return answer_each("UpdateItem", changes, update, otherwise=("m:Items",))


def require_current(operation: Operation, item: ItemHere, key: str, paths: list[Path]) -> None:
    """Raise EwsError unless the change key allows these changes.

    AlwaysOverwrite needs none. NeverOverwrite wants the present one. AutoResolve lets an old one
    pass where nobody else has changed the same: the read flag and everything else count apart.
    """
    resolution = operation.body.get("ConflictResolution")
    if resolution == "AlwaysOverwrite":
        return
    if not key:
        raise EwsError(
            "ErrorChangeKeyRequiredForWriteOperations",
            "Change key is required for this operation.",
        )
    message = item.message
    known = version_of(message, key)
    if known == message.changed:
        return
    only_read_flag = all(one == _READ_FLAG for one in paths)
    is_harmless = known >= 0 and (only_read_flag or message.edited <= known)
    if resolution == "NeverOverwrite" or not is_harmless:
        raise EwsError(
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed "
            "in the request does not match the current change key for the item.",
        )


def _change(operation: Operation, item: ItemHere, updates: list[_Element]) -> None:
    """Make all the changes of one item or none."""
    draft = Draft.of(operation, item.message)
    for one in updates:
        _apply(operation, draft, one)
    message, mailbox = item.message, item.mailbox
    disposition = operation.body.get("MessageDisposition")
    if disposition == "SaveOnly":
        draft.apply_to(message)
        message.mime = draft.mime
        mailbox.touch(message, now=operation.call.now)
        return
    target = operation.open_target("SavedItemFolderId") or sent_items_of(item)
    target.require_mail()
    kept = send(operation, item.place, draft.mime)
    draft.apply_to(message)
    if disposition == "SendOnly":
        mailbox.remove(message)
    else:
        file_sent(operation, item, target, kept)


def _apply(operation: Operation, draft: Draft, update: _Element) -> None:
    """Carry out one SetItemField or DeleteItemField."""
    kind, path = local_name(update.tag), read_path(update[0])
    if kind == "AppendToItemField":
        raise operation.refuse(f"AppendToItemField {path}")
    if kind == "DeleteItemField":
        set_field(draft, path, None)
        return
    holder = update[1]
    name = local_name(holder.tag)
    if name not in {"Message", "Item"}:
        raise operation.refuse(f"SetItemField with {name}")
    set_field(draft, path, _only_field(holder, path))


def _only_field(holder: _Element, path: Path) -> _Element:
    """Return the one property that the element holds. Raises EwsError when it is another."""
    wanted = "ExtendedProperty" if path.is_extended else path.uri.partition(":")[2]
    if len(holder) != 1:
        raise EwsError(
            "ErrorIncorrectUpdatePropertyCount",
            "An update operation must set exactly one property.",
        )
    found = holder[0]
    is_same = local_name(found.tag) == wanted
    if is_same and path.is_extended:
        is_same = read_path(found.find(full_name("t:ExtendedFieldURI"))) == path  # type: ignore[arg-type]
    if not is_same:
        raise EwsError(
            "ErrorUpdatePropertyMismatch",
            "The property in the update does not match the path beside it.",
        )
    return found
