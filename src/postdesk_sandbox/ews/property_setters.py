"""Setting the properties that have a FieldURI of their own."""

from __future__ import annotations

import base64
import binascii
from email.utils import formataddr
from typing import TYPE_CHECKING, TypeAlias

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.extended import set_flag_status
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.mime import Part, change_headers, read_message, split_header_block
from postdesk_sandbox.mime_building import replace_attachments, replace_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.draft import Draft
    from postdesk_sandbox.ews.operation import Operation

_SENSITIVITY = {
    "Personal": "Personal",
    "Private": "Private",
    "Confidential": "Company-Confidential",
}


def _set_mime(draft: Draft, element: _Element | None) -> None:
    draft.mime = read_mime(element)


def read_mime(element: _Element | None) -> bytes:
    """Decode MimeContent. Raises EwsError for what is no base64, or no message."""
    try:
        text = (element.text or "") if element is not None else ""
        mime = base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise EwsError(
            "ErrorMimeContentInvalidBase64String", "Mime content string is not valid base64."
        ) from error
    fields, _ = split_header_block(mime)
    if not fields or b":" not in fields[0]:
        raise EwsError("ErrorMimeContentInvalid", "Mime content is invalid.")
    return b"\r\n".join(mime.replace(b"\r\n", b"\n").split(b"\n"))


def _header_setter(name: str) -> Callable[[Draft, _Element | None], None]:
    def put(draft: Draft, element: _Element | None) -> None:
        draft.set_header(name, None if element is None else element.text or "")

    return put


def _people_setter(name: str) -> Callable[[Draft, _Element | None], None]:
    def put(draft: Draft, element: _Element | None) -> None:
        people = [] if element is None else [_address(one) for one in element]
        line = ", ".join(people)
        draft.mime = change_headers(
            draft.mime, drop={name.lower()}.__contains__, add={name: line} if line else {}
        )

    return put


def _address(mailbox: _Element) -> str:
    name = " ".join((mailbox.findtext(full_name("t:Name")) or "").split())
    address = "".join((mailbox.findtext(full_name("t:EmailAddress")) or "").split())
    if mailbox.findtext(full_name("t:RoutingType"), "SMTP").strip().upper() != "SMTP":
        raise EwsError("ErrorInvalidRecipients", "Only SMTP addresses can be used here.")
    if not address:
        raise EwsError(
            "ErrorMissingInformationEmailAddress", "The EmailAddress element is missing."
        )
    # What would end the address inside a header would smuggle in another one.
    if not address.isascii() or set(address) & set('<>,;"\\'):
        raise EwsError("ErrorInvalidSmtpAddress", f"{address} is no SMTP address.")
    return formataddr((name, address))


def _set_body(draft: Draft, element: _Element | None) -> None:
    text = "" if element is None else element.text or ""
    is_html = element is not None and element.get("BodyType") == "HTML"
    draft.mime = replace_body(draft.mime, text, is_html=is_html)


def _set_attachments(draft: Draft, element: _Element | None) -> None:
    if element is None:
        draft.mime = replace_attachments(draft.mime, ())
        return
    parts = [read_attachment(draft.operation, one) for one in element]
    draft.mime = replace_attachments(draft.mime, (*read_message(draft.mime).parts, *parts))


def read_attachment(operation: Operation, element: _Element) -> Part:
    """Read a FileAttachment that is to be added. Raises EwsError."""
    if local_name(element.tag) != "FileAttachment":
        raise operation.refuse(f"adding {local_name(element.tag)}")
    given = {local_name(one.tag): (one.text or "").strip() for one in element}
    if not given.get("Name"):
        raise EwsError("ErrorRequiredPropertyMissing", "An attachment needs a Name.")
    return Part(
        name=given["Name"],
        content_type=given.get("ContentType", "").lower() or "application/octet-stream",
        content=base64.b64decode(given.get("Content", "")),
        content_id=given.get("ContentId", "").strip("<>"),
        is_inline=given.get("IsInline") in {"true", "1"},
    )


def _set_categories(draft: Draft, element: _Element | None) -> None:
    draft.categories = () if element is None else tuple((one.text or "") for one in element)


def _set_importance(draft: Draft, element: _Element | None) -> None:
    word = "Normal" if element is None else (element.text or "").strip()
    if word != _present(draft, "Importance", "Normal"):
        draft.set_header("Importance", None if word == "Normal" else word)


def _set_sensitivity(draft: Draft, element: _Element | None) -> None:
    word = "Normal" if element is None else (element.text or "").strip()
    if _SENSITIVITY.get(word, "") != _present(draft, "Sensitivity", ""):
        draft.set_header("Sensitivity", _SENSITIVITY.get(word))


def _present(draft: Draft, name: str, otherwise: str) -> str:
    """Return a header as it stands, so that octets stay when nothing changes."""
    headers = read_message(draft.mime).headers
    return next((value.strip() for key, value in headers if key.lower() == name.lower()), otherwise)


def _set_read(draft: Draft, element: _Element | None) -> None:
    draft.is_read = element is not None and (element.text or "").strip() in {"true", "1"}


def _set_class(draft: Draft, element: _Element | None) -> None:
    name = "" if element is None else (element.text or "").strip()
    if not name.upper().startswith(("IPM.NOTE", "REPORT.IPM.NOTE")):
        raise draft.operation.refuse(f"ItemClass {name}")
    draft.extended["String 0x001a"] = (name,)


def _set_flag(draft: Draft, element: _Element | None) -> None:
    status = "" if element is None else element.findtext(full_name("t:FlagStatus"), "").strip()
    set_flag_status(draft.extended, status)


def _receipt_setter(name: str) -> Callable[[Draft, _Element | None], None]:
    def put(draft: Draft, element: _Element | None) -> None:
        wanted = element is not None and (element.text or "").strip() in {"true", "1"}
        if wanted != bool(_present(draft, name, "")):
            draft.set_header(name, draft.operation.acting.address if wanted else None)

    return put


def _only(*texts: str) -> Callable[[Draft, _Element | None], None]:
    """Take what every mail of the sandbox has anyhow, and refuse the rest."""

    def put(draft: Draft, element: _Element | None) -> None:
        if element is not None and (element.text or "").strip() not in texts:
            raise draft.operation.refuse(f"{local_name(element.tag)} other than {texts[0]}")

    return put


Setter: TypeAlias = "Callable[[Draft, _Element | None], None]"
SETTERS: dict[str, Setter] = {
    "item:MimeContent": _set_mime,
    "item:ItemClass": _set_class,
    "item:Subject": _header_setter("Subject"),
    "item:Sensitivity": _set_sensitivity,
    "item:Body": _set_body,
    "item:Attachments": _set_attachments,
    "item:Categories": _set_categories,
    "item:Importance": _set_importance,
    "item:InReplyTo": _header_setter("In-Reply-To"),
    "item:ReminderIsSet": _only("false", "0"),
    "item:ReminderMinutesBeforeStart": _only("0"),
    "item:Flag": _set_flag,
    "message:Sender": _people_setter("Sender"),
    "message:ToRecipients": _people_setter("To"),
    "message:CcRecipients": _people_setter("Cc"),
    "message:BccRecipients": _people_setter("Bcc"),
    "message:IsReadReceiptRequested": _receipt_setter("Disposition-Notification-To"),
    "message:IsDeliveryReceiptRequested": _receipt_setter("Return-Receipt-To"),
    "message:From": _people_setter("From"),
    "message:InternetMessageId": _header_setter("Message-ID"),
    "message:IsRead": _set_read,
    "message:IsResponseRequested": _only("false", "0"),
    "message:References": _header_setter("References"),
    "message:ReplyTo": _people_setter("Reply-To"),
}
ONLY_DRAFTS = frozenset(
    {
        "item:MimeContent", "item:Attachments", "message:Sender", "message:ToRecipients",
        "message:CcRecipients", "message:BccRecipients", "message:From", "message:ReplyTo",
        "message:InternetMessageId", "message:References",
        "message:IsReadReceiptRequested", "message:IsDeliveryReceiptRequested",
    }
)  # fmt: skip
READ_ONLY = frozenset(
    f"item:{name}"
    for name in (
        "ItemId", "ParentFolderId", "DateTimeReceived", "Size", "IsSubmitted", "IsDraft",
        "IsFromMe", "IsResend", "IsUnmodified", "InternetMessageHeaders", "DateTimeSent",
        "DateTimeCreated", "ResponseObjects", "DisplayCc", "DisplayTo", "DisplayBcc",
        "HasAttachments", "EffectiveRights", "LastModifiedName", "LastModifiedTime",
        "IsAssociated", "WebClientReadFormQueryString", "WebClientEditFormQueryString",
        "ConversationId", "UniqueBody", "StoreEntryId", "InstanceKey", "NormalizedBody",
        "Preview", "TextBody",
    )
) | {
    "message:ConversationIndex", "message:ConversationTopic", "message:ReceivedBy",
    "message:ReceivedRepresenting",
}  # fmt: skip
