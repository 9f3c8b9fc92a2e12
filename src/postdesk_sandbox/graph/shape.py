"""Messages, folders and people as Graph's JSON."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from postdesk_sandbox.clock import to_iso
from postdesk_sandbox.ids import store_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.graph.options import Preferences
    from postdesk_sandbox.mailboxes import Folder, Mailbox, StoredMessage
    from postdesk_sandbox.mime import Mailer, Part
    from postdesk_sandbox.tenant import Person

# Read only when asked for: Graph leaves these out of the default set.
_ON_REQUEST = ("internetMessageHeaders",)
_PREVIEW = 255


def message_id(message: StoredMessage, preferences: Preferences) -> str:
    """Return the kind of id that the caller prefers."""
    return message.immutable_id if preferences.immutable_ids else message.ordinary_id


def _recipient(one: Mailer) -> dict[str, object]:
    return {"emailAddress": {"name": one.name or one.address, "address": one.address}}


def _first(people: tuple[Mailer, ...]) -> dict[str, object] | None:
    return _recipient(people[0]) if people else None


def _body(message: StoredMessage, preferences: Preferences) -> dict[str, str]:
    reading = message.reading
    if reading.html and not (preferences.text_body and reading.text):
        return {"contentType": "html", "content": reading.html}
    return {"contentType": "text", "content": reading.text}


def _importance(message: StoredMessage) -> str:
    named = {name.lower(): value.strip().lower() for name, value in message.reading.headers}
    importance = named.get("importance", "normal")
    return importance if importance in {"low", "high"} else "normal"


_SIMPLE: dict[str, Callable[[StoredMessage], object]] = {
    "createdDateTime": lambda m: to_iso(m.received_at),
    "lastModifiedDateTime": lambda m: to_iso(m.modified_at),
    "changeKey": lambda m: m.change_key,
    "categories": lambda m: list(m.categories),
    "receivedDateTime": lambda m: to_iso(m.received_at),
    "sentDateTime": lambda m: to_iso(m.reading.sent_at or m.received_at),
    "hasAttachments": lambda m: any(not part.is_inline for part in m.reading.parts),
    "internetMessageId": lambda m: m.reading.message_id,
    "subject": lambda m: m.reading.subject,
    "bodyPreview": lambda m: " ".join(m.reading.text.split())[:_PREVIEW],
    "importance": _importance,
    "parentFolderId": lambda m: m.folder_id,
    "conversationId": lambda m: m.conversation_id,
    "isRead": lambda m: m.is_read,
    "inferenceClassification": lambda _: "focused",
    "flag": lambda _: {"flagStatus": "notFlagged"},
    "isDeliveryReceiptRequested": lambda _: None,
    "isReadReceiptRequested": lambda _: False,
    "isDraft": lambda m: m.is_draft,
    "webLink": lambda m: f"https://outlook.office365.com/owa/?ItemID={m.ordinary_id}",
    "sender": lambda m: _first(m.reading.sender),
    "from": lambda m: _first(m.reading.sender),
    "toRecipients": lambda m: [_recipient(one) for one in m.reading.to],
    "ccRecipients": lambda m: [_recipient(one) for one in m.reading.cc],
    "bccRecipients": lambda m: [_recipient(one) for one in m.reading.bcc],
    "replyTo": lambda m: [_recipient(one) for one in m.reading.reply_to],
    "internetMessageHeaders": lambda m: [
        {"name": name, "value": value} for name, value in m.reading.headers
    ],
}
MESSAGE_PROPERTIES = ("id", "body", *_SIMPLE)


def shape_message(
    message: StoredMessage, preferences: Preferences, *, select: tuple[str, ...] = ()
) -> dict[str, object]:
    """Return a message; `id` and the etag are always there."""
    names = select or tuple(name for name in MESSAGE_PROPERTIES if name not in _ON_REQUEST)
    shaped: dict[str, object] = {
        "@odata.etag": f'W/"{message.change_key}"',
        "id": message_id(message, preferences),
    }
    for name in names:
        if name == "body":
            shaped["body"] = _body(message, preferences)
        elif name in _SIMPLE:
            shaped[name] = _SIMPLE[name](message)
    return shaped


FOLDER_PROPERTIES = (
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "isHidden",
)


def shape_folder(
    folder: Folder, mailbox: Mailbox, *, select: tuple[str, ...] = ()
) -> dict[str, object]:
    """Return a folder with its counts."""
    inside = mailbox.messages_in(folder)
    whole: dict[str, object] = {
        "id": folder.id,
        "displayName": folder.name,
        "parentFolderId": folder.parent_id or folder.id,
        "childFolderCount": len(mailbox.children(folder)),
        "unreadItemCount": sum(not one.is_read for one in inside),
        "totalItemCount": mailbox.count_in(folder),
        "isHidden": False,
    }
    return {name: value for name, value in whole.items() if not select or name in {"id", *select}}


PERSON_PROPERTIES = (
    "id",
    "displayName",
    "mail",
    "userPrincipalName",
    "proxyAddresses",
    "accountEnabled",
)
_DEFAULT_PERSON = ("id", "displayName", "mail", "userPrincipalName")


def shape_person(person: Person, *, select: tuple[str, ...] = ()) -> dict[str, object]:
    """Return somebody of the directory."""
    whole: dict[str, object] = {
        "id": person.object_id,
        "displayName": person.display_name,
        "mail": person.address if person.mailbox else None,
        "userPrincipalName": person.address,
        "proxyAddresses": [
            f"SMTP:{person.address}",
            *(f"smtp:{alias}" for alias in person.aliases),
        ],
        "accountEnabled": not person.disabled,
    }
    return {name: whole[name] for name in select or _DEFAULT_PERSON}


def attachment_id(message: StoredMessage, place: int) -> str:
    """Return the id of the n-th attachment; it stays when another one is taken off."""
    parts = message.reading.parts
    part = parts[place]
    digest = hashlib.sha256(part.content).hexdigest()
    twins = sum(one == part for one in parts[:place])
    names = (part.name, part.content_type, part.content_id, digest, twins)
    return store_id("AAMkADI5", message.owner, message.number, *names)


ATTACHMENT_PROPERTIES = (
    "id",
    "name",
    "contentType",
    "size",
    "isInline",
    "contentId",
    "contentBytes",
    "lastModifiedDateTime",
)


def shape_attachment(
    message: StoredMessage, part: Part, *, place: int, encoded: str, select: tuple[str, ...] = ()
) -> dict[str, object]:
    """Return one attachment; `encoded` is its content in base64."""
    kind = "itemAttachment" if part.content_type == "message/rfc822" else "fileAttachment"
    whole: dict[str, object] = {
        "@odata.type": f"#microsoft.graph.{kind}",
        "@odata.mediaContentType": part.content_type,
        "id": attachment_id(message, place),
        "lastModifiedDateTime": to_iso(message.modified_at),
        "name": part.name,
        "contentType": part.content_type,
        "size": len(part.content),
        "isInline": part.is_inline,
        "contentId": part.content_id or None,
    }
    if kind == "fileAttachment":
        whole["contentBytes"] = encoded
    kept = {"@odata.type", "id", *select}
    return {name: value for name, value in whole.items() if not select or name in kept}


def shape_attachments(
    message: StoredMessage, *, select: tuple[str, ...] = ()
) -> list[dict[str, object]]:
    """Return all attachments of a message with their content."""
    return [
        shape_attachment(
            message, part, place=n, encoded=base64.b64encode(part.content).decode(), select=select
        )
        for n, part in enumerate(message.reading.parts)
    ]
