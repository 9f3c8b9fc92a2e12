"""Changing drafts: their MIME as a whole, or the properties that a message has only as a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postdesk_sandbox.graph.composing import keep_as_sent_from, mime_from_request
from postdesk_sandbox.graph.errors import bad_request, not_implemented
from postdesk_sandbox.graph.fields import (
    RECIPIENT_FIELDS,
    field_text,
    read_body_content,
    read_importance,
    read_recipients,
    read_subject,
)
from postdesk_sandbox.mime import change_headers
from postdesk_sandbox.mime_building import replace_body

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage

DRAFT_PROPERTIES = frozenset({*RECIPIENT_FIELDS, "subject", "body", "importance", "from"})


def put_mime(operation: Operation, message: str) -> Response:
    """Answer `PUT messages/{id}/$value`: a draft gets other octets."""
    operation.place.require_writing()
    draft = operation.find_message(message)
    if not draft.is_draft:
        raise not_implemented(operation.call, "PUT $value of a message that is no draft")
    _, kept = keep_as_sent_from(operation, mime_from_request(operation), minted=False)
    operation.place.mailbox.rewrite(draft, kept, now=operation.call.now)
    return operation.answer_message(draft)


def rewrite_draft(operation: Operation, draft: StoredMessage, changes: dict[str, Any]) -> bytes:
    """Return the octets of a draft with other properties. Raises 400 or 403."""
    if not draft.is_draft:
        raise bad_request(
            "The property can only be changed while the message is a draft.",
            code="ErrorInvalidPropertySet",
        )
    mime = draft.mime
    fields = _changed_fields(changes)
    gone = {name.lower() for name in (*fields, *_emptied(changes))}
    if fields or gone:
        mime = change_headers(mime, drop=gone.__contains__, add=fields)
    if "from" in changes:
        _, mime = keep_as_sent_from(operation, mime, minted=False)
    if "body" in changes:
        content, is_html = read_body_content(changes["body"])
        mime = replace_body(mime, content, is_html=is_html)
    return mime


def _changed_fields(changes: dict[str, Any]) -> dict[str, str]:
    fields = {}
    if "subject" in changes:
        fields["Subject"] = field_text("Subject", read_subject(changes))
    if "importance" in changes:
        fields["Importance"] = read_importance(changes)
    if "from" in changes:
        fields["From"] = field_text("From", read_recipients([changes["from"]]))
    for name, header in RECIPIENT_FIELDS.items():
        if name in changes and (people := read_recipients(changes[name])):
            fields[header] = field_text(header, people)
    return fields


def _emptied(changes: dict[str, Any]) -> list[str]:
    return [header for name, header in RECIPIENT_FIELDS.items() if changes.get(name) == []]
