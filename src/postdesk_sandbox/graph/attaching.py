"""Adding attachments to drafts and taking them off."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from postdesk_sandbox.graph.errors import GraphError, bad_request, item_not_found, not_implemented
from postdesk_sandbox.graph.reading import text_of
from postdesk_sandbox.graph.shape import attachment_id, shape_attachment
from postdesk_sandbox.mime import Part
from postdesk_sandbox.mime_building import replace_attachments

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import Mailbox, StoredMessage

# What is as big or bigger needs an upload session.
MAX_POSTED_BYTES = 3 * 1024 * 1024
_KNOWN = {
    "@odata.type", "name", "contentBytes", "contentType", "isInline", "contentId", "size",
}  # fmt: skip


def post_attachment(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/attachments` with 201 and the attachment."""
    operation.place.require_writing()
    draft = operation.find_message(message)
    require_draft(operation, draft, "POST attachments")
    part = read_part(operation, operation.read_body())
    if len(part.content) >= MAX_POSTED_BYTES:
        raise GraphError(
            413, "RequestEntityTooLarge", "The attachment has 3 MB or more: use an upload session."
        )
    identity = attach(operation.place.mailbox, draft, part, now=operation.call.now)
    place = next(n for n in range(len(draft.reading.parts)) if attachment_id(draft, n) == identity)
    encoded = base64.b64encode(part.content).decode()
    shaped = shape_attachment(draft, draft.reading.parts[place], place=place, encoded=encoded)
    user = f"{operation.user_path}/messages('{message}')/attachments/$entity"
    return operation.answer({"@odata.context": operation.context(user), **shaped}, status=201)


def delete_attachment(operation: Operation, message: str, attachment: str) -> Response:
    """Answer `DELETE messages/{id}/attachments/{id}`."""
    operation.place.require_writing()
    draft = operation.find_message(message)
    require_draft(operation, draft, "DELETE attachment")
    parts = draft.reading.parts
    kept = [part for n, part in enumerate(parts) if attachment_id(draft, n) != attachment]
    if len(kept) == len(parts):
        raise item_not_found()
    mime = replace_attachments(draft.mime, kept)
    operation.place.mailbox.rewrite(draft, mime, now=operation.call.now)
    return Response(status=204)


def attach(mailbox: Mailbox, draft: StoredMessage, part: Part, *, now: datetime) -> str:
    """Add a part to a draft; returns the id of the attachment."""
    before = {attachment_id(draft, n) for n in range(len(draft.reading.parts))}
    mailbox.rewrite(draft, replace_attachments(draft.mime, [*draft.reading.parts, part]), now=now)
    after = [attachment_id(draft, n) for n in range(len(draft.reading.parts))]
    return next(identity for identity in after if identity not in before)


def require_draft(operation: Operation, message: StoredMessage, feature: str) -> None:
    """Refuse what the sandbox does to drafts only."""
    if not message.is_draft:
        raise not_implemented(operation.call, f"{feature} of a message that is no draft")


def read_part(operation: Operation, attachment: dict[str, Any]) -> Part:
    """Read a `fileAttachment`. Raises 400."""
    if attachment.get("@odata.type") != "#microsoft.graph.fileAttachment":
        raise not_implemented(operation.call, f"attachment {attachment.get('@odata.type')}")
    if unknown := set(attachment) - _KNOWN:
        raise not_implemented(operation.call, f"attachment properties {sorted(unknown)}")
    is_inline = attachment.get("isInline", False)
    if not isinstance(is_inline, bool):
        raise bad_request("isInline must be true or false.", code="ErrorInvalidRequest")
    try:
        content = base64.b64decode(text_of(attachment, "contentBytes"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request("contentBytes must be base64.", code="ErrorInvalidRequest") from error
    return Part(
        name=text_of(attachment, "name"),
        content_type=text_of(attachment, "contentType", default="application/octet-stream"),
        content=content,
        content_id=text_of(attachment, "contentId", default=""),
        is_inline=is_inline,
    )
