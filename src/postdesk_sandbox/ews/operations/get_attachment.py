"""GetAttachment: the content of attachments."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.identity import read_attachment_id
from postdesk_sandbox.ews.message_writers import write_attachment
from postdesk_sandbox.ews.operation import ItemHere
from postdesk_sandbox.ews.shapes import read_attachment_shape
from postdesk_sandbox.ews.showing import check_item_shape, show_item
from postdesk_sandbox.ews.writing import add, make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.ews.shapes import Shape
    from postdesk_sandbox.mime import Part


def get_attachment(operation: Operation) -> _Element:
    """Answer with each attachment: octets of a file, properties of an enclosed message."""
    shape = read_attachment_shape(operation)

    def show(reference: _Element) -> list[_Element]:
        check_item_shape(operation, shape)
        item, place, part = find_attachment(operation, reference)
        holder = make("m:Attachments")
        element = write_attachment(holder, item.message, place, part)
        if part.content_type == "message/rfc822":
            element.append(_show_enclosed(item, part, shape))
        else:
            add(element, "t:Content", base64.b64encode(part.content).decode())
        return [holder]

    references = operation.require_child("AttachmentIds")
    return answer_each("GetAttachment", references, show, otherwise=("m:Attachments",))


def find_attachment(operation: Operation, reference: _Element) -> tuple[ItemHere, int, Part]:
    """Return the message, the place and the part that an AttachmentId names. Raises EwsError."""
    key, place = read_attachment_id(reference.get("Id", ""))
    item = operation.find_item(key)
    parts = item.message.reading.parts
    if place >= len(parts):
        raise EwsError("ErrorInvalidAttachmentId", "The attachment ID is invalid.")
    return item, place, parts[place]


def _show_enclosed(item: ItemHere, part: Part, shape: Shape) -> _Element:
    """Return the message inside a message; it has no id of its own."""
    enclosed = replace(item.message, mime=part.content, categories=(), extended={})
    element = show_item(ItemHere(place=item.place, message=enclosed), shape)
    for name in ("ItemId", "ParentFolderId", "Attachments"):
        for found in element.findall(f"{{*}}{name}"):
            element.remove(found)
    return element
