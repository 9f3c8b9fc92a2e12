"""Attachments of a message: list, read, octets."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.graph.errors import item_not_found
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import (
    ATTACHMENT_PROPERTIES,
    attachment_id,
    shape_attachment,
    shape_attachments,
)

if TYPE_CHECKING:
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.mime import Part


def list_attachments(operation: Operation, message: str) -> Response:
    """Answer `GET messages/{id}/attachments`."""
    operation.place.require_reading()
    options = read_options(operation.call, "$select", properties=ATTACHMENT_PROPERTIES)
    found = operation.find_message(message)
    return operation.answer(
        {
            "@odata.context": operation.context("attachments"),
            "value": shape_attachments(found, select=options.select),
        }
    )


def get_attachment(operation: Operation, message: str, attachment: str) -> Response:
    """Answer `GET messages/{id}/attachments/{id}`."""
    operation.place.require_reading()
    options = read_options(operation.call, "$select", properties=ATTACHMENT_PROPERTIES)
    found = operation.find_message(message)
    place, part = _find(found, attachment)
    return operation.answer(_shape(found, part, place, options.select))


def get_attachment_octets(operation: Operation, message: str, attachment: str) -> Response:
    """Answer `GET messages/{id}/attachments/{id}/$value`."""
    operation.place.require_reading()
    read_options(operation.call)
    _, part = _find(operation.find_message(message), attachment)
    answer = Response(part.content, content_type="application/octet-stream")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _find(message: StoredMessage, wanted: str) -> tuple[int, Part]:
    for place, part in enumerate(message.reading.parts):
        if attachment_id(message, place) == wanted:
            return place, part
    raise item_not_found()


def _shape(
    message: StoredMessage, part: Part, place: int, select: tuple[str, ...]
) -> dict[str, object]:
    encoded = base64.b64encode(part.content).decode()
    return shape_attachment(message, part, place=place, encoded=encoded, select=select)
