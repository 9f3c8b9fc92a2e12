"""CreateItem: new messages, kept, sent, or both."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING

from postdesk_sandbox.delivery import mint
from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.draft import Draft
from postdesk_sandbox.ews.editing import set_all
from postdesk_sandbox.ews.message_writers import write_item_id
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.ews.operation import FolderHere
from postdesk_sandbox.ews.submitting import send
from postdesk_sandbox.ews.writing import add, make
from postdesk_sandbox.mime import change_headers, read_message

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage

_DEFAULT_FOLDERS = {"SaveOnly": "drafts", "SendAndSaveCopy": "sentitems", "SendOnly": "sentitems"}


def create_item(operation: Operation) -> _Element:
    """Answer with the id of each message that was only kept; what is sent has none."""
    disposition = operation.body.get("MessageDisposition", "")

    def create(element: _Element) -> list[_Element]:
        draft = _compose(operation, element)
        target = _target(operation, disposition)
        if disposition == "SaveOnly":
            items = make("m:Items")
            write_item_id(add(items, "t:Message"), keep(operation, target, draft))
            return [items]
        draft.mime = send(operation, target.place, draft.mime)
        if disposition == "SendAndSaveCopy":
            draft.is_draft, draft.is_read = False, True
            keep(operation, target, draft)
        return [make("m:Items")]

    items = operation.require_child("Items")
    return answer_each("CreateItem", items, create, otherwise=("m:Items",))


def _compose(operation: Operation, element: _Element) -> Draft:
    """Make the message that an element describes."""
    name = local_name(element.tag)
    if name != "Message":
        raise operation.refuse(f"creating {name}")
    if not operation.body.get("MessageDisposition"):
        raise EwsError(
            "ErrorMessageDispositionRequired", "Message disposition attribute is required."
        )
    draft = Draft(operation=operation, mime=b"MIME-Version: 1.0\r\n\r\n", is_new=True)
    set_all(draft, element)
    draft.mime = _complete(operation, draft.mime, is_whole=_has_mime(element))
    return draft


def _has_mime(element: _Element) -> bool:
    return element.find(full_name("t:MimeContent")) is not None


def _complete(operation: Operation, mime: bytes, *, is_whole: bool) -> bytes:
    """Add what Exchange adds to a message made of properties. MIME stays as it was given."""
    reading, add_fields = read_message(mime), {}
    if is_whole:
        return mime
    address = operation.acting.address
    if not reading.sender:
        add_fields["From"] = address
    if reading.sent_at is None:
        add_fields["Date"] = format_datetime(operation.call.now)
    if not reading.message_id:
        mailbox = operation.own_place().mailbox
        add_fields["Message-ID"] = mint(address, mailbox.sequence + 1)
    return change_headers(mime, drop=lambda _: False, add=add_fields)


def _target(operation: Operation, disposition: str) -> FolderHere:
    """Return the folder that keeps the message; it also says by way of which mailbox it goes."""
    given = operation.open_target("SavedItemFolderId")
    if given is None:
        place = operation.own_place()
        folder = place.mailbox.well_known(_DEFAULT_FOLDERS[disposition])
        return FolderHere(place=place, folder=folder)
    given.require_mail()
    return given


def keep(operation: Operation, target: FolderHere, draft: Draft) -> StoredMessage:
    """Put a message that was made into a folder."""
    message = target.mailbox.add(
        draft.mime,
        folder=target.folder,
        now=operation.call.now,
        received_at=draft.received_at,
        is_read=draft.is_read,
        is_draft=draft.is_draft,
    )
    draft.apply_to(message)
    message.origin = "creation"
    message.settle()
    return message
