"""Turning what was posted, MIME or JSON, into the octets of a message."""

from __future__ import annotations

import base64
import binascii
import re
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.delivery import mint, prepare_mime
from postdesk_sandbox.graph.attaching import read_part
from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.fields import (
    RECIPIENT_FIELDS,
    read_body_content,
    read_importance,
    read_recipients,
    read_subject,
)
from postdesk_sandbox.graph.reading import text_of
from postdesk_sandbox.mime import read_message, split_header_block
from postdesk_sandbox.mime_building import replace_attachments

if TYPE_CHECKING:
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mime import Part
    from postdesk_sandbox.tenant import Person

MAX_CUSTOM_HEADERS = 5
_CUSTOM_NAME = re.compile(r"[Xx]-[!-9;-~]{1,200}")
_KNOWN = frozenset(
    {
        "@odata.type", "subject", "body", "from", "sender", "toRecipients", "ccRecipients",
        "bccRecipients", "replyTo", "internetMessageHeaders", "attachments", "importance",
        "isRead", "categories",
    }
)  # fmt: skip


def mime_from_request(operation: Operation) -> bytes:
    """Decode a `text/plain` body: base64 of a whole message."""
    raw = operation.call.request.get_data()
    try:
        mime = base64.b64decode(b"".join(raw.split()), validate=True)
    except binascii.Error as error:
        raise _bad_base64() from error
    fields, _ = split_header_block(mime)
    if not fields:
        raise _bad_base64()
    return b"\r\n".join(mime.replace(b"\r\n", b"\n").split(b"\n"))


def is_mime(operation: Operation) -> bool:
    """Say whether the request carries MIME rather than JSON."""
    return operation.call.request.mimetype == "text/plain"


def keep_as_sent_from(operation: Operation, mime: bytes, *, minted: bool) -> tuple[Person, bytes]:
    """Find who the sender is, check the right to send as them, and settle the headers.

    Raises GraphError 403 `ErrorSendAsDenied`.
    """
    sender = _sender(operation, mime)
    mailbox = operation.place.mailbox
    switch = operation.call.world.tenant.switches.mint_message_id
    kept = prepare_mime(
        mime,
        sender=sender,
        number=mailbox.sequence + 1,
        now=operation.call.now,
        mint_message_id=minted or switch,
    )
    return sender, kept


def require_recipients(mime: bytes) -> None:
    """Raise 400 when nobody is addressed."""
    if not read_message(mime).recipients:
        raise GraphError(
            400, "ErrorInvalidRecipients", "At least one recipient is not valid., Recipient missing"
        )


def compose_json(operation: Operation, message: dict[str, Any]) -> bytes:
    """Build the octets of a message that was posted as JSON."""
    if unknown := set(message) - _KNOWN:
        raise not_implemented(operation.call, f"message properties {sorted(unknown)}")
    try:
        mime = _compose(operation, message).as_bytes(policy=SMTP)
    except (ValueError, MessageError) as error:
        raise bad_request(f"The message cannot be read: {error}") from error
    parts = _read_parts(operation, message.get("attachments") or [])
    return replace_attachments(mime, parts) if parts else mime


def _compose(operation: Operation, message: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = read_subject(message)
    sender = message.get("from") or message.get("sender")
    mail["From"] = read_recipients([sender]) if sender else operation.place.owner.address
    for name, header in RECIPIENT_FIELDS.items():
        if message.get(name):
            mail[header] = read_recipients(message[name])
    mail["Date"] = format_datetime(operation.call.now)
    mailbox = operation.place.mailbox
    mail["Message-ID"] = mint(mailbox.address, mailbox.sequence + 1)
    if "importance" in message:
        mail["Importance"] = read_importance(message)
    if "internetMessageHeaders" in message:
        _add_custom_headers(mail, message["internetMessageHeaders"])
    content, is_html = read_body_content(message.get("body") or {"content": ""})
    mail.set_content(content, subtype="html" if is_html else "plain")
    return mail


def _read_parts(operation: Operation, attachments: object) -> list[Part]:
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise bad_request("attachments must be a list of objects.", code="ErrorInvalidRequest")
    return [read_part(operation, one) for one in attachments]


def _add_custom_headers(mail: EmailMessage, headers: object) -> None:
    """Exchange takes one to five headers, and only those that start with X-."""
    if not isinstance(headers, list) or not 1 <= len(headers) <= MAX_CUSTOM_HEADERS:
        raise bad_request(
            "The number of internet message headers must be between 1 and 5.",
            code="InvalidInternetMessageHeaderCollection",
        )
    for one in headers:
        if not isinstance(one, dict):
            raise bad_request("A header has a name and a value.", code="ErrorInvalidRequest")
        name, value = text_of(one, "name"), text_of(one, "value")
        if not _CUSTOM_NAME.fullmatch(name):
            raise bad_request(
                f"The internet message header name '{name}' should start with 'x-' or 'X-'.",
                code="InvalidInternetMessageHeader",
            )
        if not value.isprintable():
            raise bad_request("A header's value is one line.", code="InvalidInternetMessageHeader")
        mail[name] = value


def _sender(operation: Operation, mime: bytes) -> Person:
    named = read_message(mime).sender
    place = operation.place
    if not named:
        sender: Person | None = place.owner
    else:
        sender = operation.call.world.tenant.owner_of(named[0].address)
    if sender is None or not place.may_send_as(sender):
        raise GraphError(
            403,
            "ErrorSendAsDenied",
            "The user account which was used to submit this request does not have the right to "
            "send mail on behalf of the specified sending account., Cannot submit message.",
        )
    return sender


def _bad_base64() -> GraphError:
    return bad_request(
        "Invalid base64 string for MIME content.", code="ErrorMimeContentInvalidBase64String"
    )
