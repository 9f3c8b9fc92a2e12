"""Control calls that change messages behind the client's back, as a person in Outlook would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.control.reading import ControlError, Payload

if TYPE_CHECKING:
    from postdesk_sandbox.mailboxes import Mailbox, StoredMessage
    from postdesk_sandbox.web import Call


def move(call: Call, payload: Payload) -> dict[str, object]:
    """Move a message to a folder: its id, its well-known name or the name that people see."""
    mailbox, message = _find(call, payload)
    name = payload.text("folder")
    folder = mailbox.folder_named(name)
    if folder is None:
        raise ControlError(f"there is no folder {name} in {mailbox.address}")
    mailbox.move(message, folder, now=call.now)
    return _describe(mailbox, message)


def delete(call: Call, payload: Payload) -> dict[str, object]:
    """Delete a message: into Deleted Items; from there, or `permanently`, for good."""
    mailbox, message = _find(call, payload)
    bin_folder = mailbox.well_known("deleteditems")
    if payload.flag("permanently") or message.folder_id == bin_folder.id:
        mailbox.remove(message)
        return {"id": message.immutable_id, "removed": True}
    mailbox.move(message, bin_folder, now=call.now)
    return _describe(mailbox, message)


def flag(call: Call, payload: Payload) -> dict[str, object]:
    """Mark a message as read or unread (`is_read`), or give it other `categories`."""
    mailbox, message = _find(call, payload)
    if "is_read" not in payload and "categories" not in payload:
        raise ControlError("give is_read, categories or both")
    is_read = payload.flag("is_read", default=message.is_read)
    message.categories = tuple(payload.texts("categories", list(message.categories)))
    message.is_read = is_read
    mailbox.touch(message, now=call.now)
    return _describe(mailbox, message)


def _find(call: Call, payload: Payload) -> tuple[Mailbox, StoredMessage]:
    address, identity = payload.text("mailbox"), payload.text("id")
    mailbox = call.world.any_mailbox(address)
    if mailbox is None:
        raise ControlError(f"{address} has no mailbox here")
    message = mailbox.message(identity)
    if message is None:
        raise ControlError(f"there is no message {identity} in {mailbox.address}")
    return mailbox, message


def _describe(mailbox: Mailbox, message: StoredMessage) -> dict[str, object]:
    return {
        "id": message.immutable_id,
        "folder": mailbox.folders[message.folder_id].name,
        "is_read": message.is_read,
        "categories": list(message.categories),
    }
