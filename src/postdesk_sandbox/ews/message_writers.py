"""Writing the properties of a message that are more than one plain value."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypeAlias

from postdesk_sandbox.ews import facts
from postdesk_sandbox.ews.extended import flag_status, value_of, write_property
from postdesk_sandbox.ews.identity import attachment_id, item_change_key, to_ews
from postdesk_sandbox.ews.paths import write_path
from postdesk_sandbox.ews.writing import add, moment, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import ItemHere
    from postdesk_sandbox.ews.shapes import Shape
    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.mime import Mailer, Part

Writer: TypeAlias = "Callable[[_Element, ItemHere, Shape], None]"


def write_mailbox(parent: _Element, one: Mailer, *, only_name: bool) -> None:
    """Append Mailbox with a name, and the address unless only names are shown."""
    mailbox = add(parent, "t:Mailbox")
    add(mailbox, "t:Name", one.name or one.address)
    if not only_name:
        add(mailbox, "t:EmailAddress", one.address)
        add(mailbox, "t:RoutingType", "SMTP")
        add(mailbox, "t:MailboxType", "OneOff")


def write_item_id(parent: _Element, message: StoredMessage) -> None:
    """Append ItemId with the change key."""
    key = item_change_key(message)
    add(parent, "t:ItemId", Id=to_ews(message.ordinary_id), ChangeKey=key)


def write_mime(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append the whole octets in base64."""
    content = base64.b64encode(item.message.mime).decode()
    add(parent, "t:MimeContent", content, CharacterSet="UTF-8")


def write_id(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append ItemId."""
    write_item_id(parent, item.message)


def write_parent(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append the folder that holds the message."""
    add(parent, "t:ParentFolderId", Id=to_ews(item.message.folder_id), ChangeKey="AQAAAA==")


def body_writer(name: str, form: str = "") -> Writer:
    """Return what writes a body in the form asked for, or always in one form."""

    def write(parent: _Element, item: ItemHere, shape: Shape) -> None:
        wanted = form or shape.body_type
        if wanted == "Best":
            wanted = "HTML" if item.message.reading.html else "Text"
        text = facts.html_body if wanted == "HTML" else facts.text_body
        add(parent, f"t:{name}", text(item.message), BodyType=wanted)

    return write


def write_attachments(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append what hangs on the message, without contents."""
    parts = item.message.reading.parts
    if parts:
        holder = add(parent, "t:Attachments")
        for place, part in enumerate(parts):
            write_attachment(holder, item.message, place, part)


def write_attachment(parent: _Element, message: StoredMessage, place: int, part: Part) -> _Element:
    """Append an attachment without its content and return it."""
    is_item = part.content_type == "message/rfc822"
    element = add(parent, "t:ItemAttachment" if is_item else "t:FileAttachment")
    add(element, "t:AttachmentId", Id=attachment_id(message, place))
    add(element, "t:Name", part.name)
    add(element, "t:ContentType", part.content_type)
    if part.content_id:
        add(element, "t:ContentId", part.content_id)
    add(element, "t:Size", str(len(part.content)))
    add(element, "t:LastModifiedTime", moment(message.modified_at))
    add(element, "t:IsInline", truth(part.is_inline))
    return element


def write_categories(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append the categories, if there are any."""
    if item.message.categories:
        holder = add(parent, "t:Categories")
        for one in item.message.categories:
            add(holder, "t:String", one)


def write_headers(parent: _Element, item: ItemHere, shape: Shape) -> None:
    """Append the header fields: all of them, or those named one by one."""
    wanted = {one.lower() for one in shape.headers}
    whole = not wanted or "item:InternetMessageHeaders" in shape.uris
    found = [
        (name, value)
        for name, value in item.message.reading.headers
        if whole or name.lower() in wanted
    ]
    if found:
        holder = add(parent, "t:InternetMessageHeaders")
        for name, value in found:
            add(holder, "t:InternetMessageHeader", value, HeaderName=name)


def write_responses(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append what can be answered to a message that has arrived."""
    if not item.message.is_draft:
        holder = add(parent, "t:ResponseObjects")
        for name in ("ReplyToItem", "ReplyAllToItem", "ForwardItem"):
            add(holder, f"t:{name}")


def write_rights(parent: _Element) -> None:
    """Append EffectiveRights: whoever may open a mailbox may do everything in it."""
    holder = add(parent, "t:EffectiveRights")
    for name in (
        "CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify", "Read",
        "ViewPrivateItems",
    ):  # fmt: skip
        add(holder, f"t:{name}", "true")


def write_item_rights(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append the rights on the item."""
    write_rights(parent)


def write_conversation(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append the thread."""
    add(parent, "t:ConversationId", Id=to_ews(item.message.conversation_id))


def write_flag(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
    """Append the follow-up flag."""
    status = flag_status(item.message)
    add(add(parent, "t:Flag"), "t:FlagStatus", status)


def write_extended(parent: _Element, item: ItemHere, shape: Shape) -> None:
    """Append the extended properties that were asked for and exist."""
    for path in shape.extended:
        value = value_of(item.message, path)
        if value is not None:
            parent.append(write_property(write_path(path), value))


def received_by_writer(name: str) -> Writer:
    """Return what writes the owner of the mailbox as receiver."""

    def write(parent: _Element, item: ItemHere, shape: Shape) -> None:
        if not item.message.is_draft:
            from_here = item.place.owner
            holder = add(parent, f"t:{name}")
            mailbox = add(holder, "t:Mailbox")
            add(mailbox, "t:Name", from_here.display_name)
            if not shape.is_summary:
                add(mailbox, "t:EmailAddress", from_here.address)
                add(mailbox, "t:RoutingType", "SMTP")
                add(mailbox, "t:MailboxType", "Mailbox")

    return write
