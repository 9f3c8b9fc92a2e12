"""Turning what was posted, MIME or JSON, into the octets of a message."""

from __future__ import annotations

import base64
import binascii
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.delivery import mint, prepare_mime
from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.mime import read_message, split_header_block

if TYPE_CHECKING:
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.tenant import Person

MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_CUSTOM_HEADERS = 5
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
        mail = _compose(operation, message)
        return mail.as_bytes(policy=SMTP)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MessageError) as error:
        raise bad_request(f"The message cannot be read: {error}") from error


def _compose(operation: Operation, message: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(str(message.get("subject") or "").split())
    mail["From"] = (
        _address(message["from"]) if message.get("from") else operation.place.owner.address
    )
    fields = {"To": "toRecipients", "Cc": "ccRecipients", "Bcc": "bccRecipients"}
    for header, name in (*fields.items(), ("Reply-To", "replyTo")):
        if people := message.get(name):
            mail[header] = [_address(one) for one in people]
    mail["Date"] = format_datetime(operation.call.now)
    mailbox = operation.place.mailbox
    mail["Message-ID"] = mint(mailbox.address, mailbox.sequence + 1)
    if "internetMessageHeaders" in message:
        _add_custom_headers(mail, message["internetMessageHeaders"])
    body = message.get("body") or {"contentType": "text", "content": ""}
    subtype = "html" if str(body.get("contentType", "text")).lower() == "html" else "plain"
    mail.set_content(str(body["content"]), subtype=subtype)
    for attachment in message.get("attachments", []):
        _attach(operation, mail, attachment)
    return mail


def _address(recipient: dict[str, Any]) -> Address:
    inner = recipient["emailAddress"]
    return Address(str(inner.get("name") or ""), addr_spec=str(inner["address"]))


def _add_custom_headers(mail: EmailMessage, headers: list[dict[str, str]]) -> None:
    """Exchange takes one to five headers, and only those that start with X-."""
    if not 1 <= len(headers) <= MAX_CUSTOM_HEADERS:
        raise bad_request(
            "The number of internet message headers must be between 1 and 5.",
            code="InvalidInternetMessageHeaderCollection",
        )
    for one in headers:
        if not one["name"].lower().startswith("x-"):
            raise bad_request(
                f"The internet message header name '{one['name']}' should start with 'x-' or 'X-'.",
                code="InvalidInternetMessageHeader",
            )
        mail[one["name"]] = one["value"]


def _attach(operation: Operation, mail: EmailMessage, attachment: dict[str, Any]) -> None:
    if attachment.get("@odata.type") != "#microsoft.graph.fileAttachment":
        raise not_implemented(operation.call, f"attachment {attachment.get('@odata.type')}")
    main, _, sub = str(attachment.get("contentType") or "application/octet-stream").partition("/")
    mail.add_attachment(
        base64.b64decode(attachment["contentBytes"], validate=True),
        maintype=main,
        subtype=sub or "octet-stream",
        filename=str(attachment["name"]),
        disposition="inline" if attachment.get("isInline") else "attachment",
        cid=f"<{attachment['contentId']}>" if attachment.get("contentId") else None,
    )


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
