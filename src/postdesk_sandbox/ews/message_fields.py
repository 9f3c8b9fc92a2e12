"""The properties of a message in the order of the schema, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from postdesk_sandbox.ews import facts
from postdesk_sandbox.ews import message_writers as to
from postdesk_sandbox.ews.extended import Value, write_value
from postdesk_sandbox.ews.writing import add

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.message_writers import Writer
    from postdesk_sandbox.ews.operation import ItemHere
    from postdesk_sandbox.ews.shapes import Shape
    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.mime import Mailer

Simple: TypeAlias = "Callable[[StoredMessage], Value | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One property: its URI, its value if it is a simple one, and how it is written.

    `only_in_items` means that FindItem and SyncFolderItems refuse it.
    """

    uri: str
    write: Writer
    value: Simple | None = None
    only_in_items: bool = False


def _simple(uri: str, value: Simple) -> Field:
    name = f"t:{uri.partition(':')[2]}"

    def write(parent: _Element, item: ItemHere, shape: Shape) -> None:  # noqa: ARG001
        found = value(item.message)
        if found is not None:
            add(parent, name, write_value(found))

    return Field(uri=uri, write=write, value=value)


def _people(uri: str, choose: Callable[[StoredMessage], tuple[Mailer, ...]]) -> Field:
    """Return a field with one recipient or with many, told by its name."""
    name = uri.partition(":")[2]
    is_one = name in {"From", "Sender"}

    def write(parent: _Element, item: ItemHere, shape: Shape) -> None:
        people = choose(item.message)
        if people:
            holder = add(parent, f"t:{name}")
            for one in people[:1] if is_one else people:
                # A summary carries the name of From and Sender, never the address.
                to.write_mailbox(holder, one, only_name=shape.is_summary)

    return Field(
        uri=uri,
        write=write,
        value=lambda message: facts.display_names(choose(message)) or None,
        only_in_items=not is_one,
    )


def _sender(message: StoredMessage) -> tuple[Mailer, ...]:
    return message.reading.sender


def _or_none(text: str) -> str | None:
    return text or None


# ItemType, then MessageType, in the order of the schema. A property that is not listed here is
# either in ABSENT (a mail has none) or refused.
FIELDS = (
    Field(uri="item:MimeContent", write=to.write_mime, only_in_items=True),
    Field(uri="item:ItemId", write=to.write_id),
    Field(uri="item:ParentFolderId", write=to.write_parent),
    _simple("item:ItemClass", facts.item_class),
    _simple("item:Subject", lambda m: m.reading.subject),
    _simple("item:Sensitivity", facts.sensitivity),
    Field(uri="item:Body", write=to.body_writer("Body"), value=facts.text_body,
          only_in_items=True),
    Field(uri="item:Attachments", write=to.write_attachments, only_in_items=True),
    _simple("item:DateTimeReceived", lambda m: m.received_at),
    _simple("item:Size", lambda m: len(m.mime)),
    Field(uri="item:Categories", write=to.write_categories, value=lambda m: m.categories or None),
    _simple("item:Importance", facts.importance),
    _simple("item:InReplyTo", lambda m: _or_none(m.reading.in_reply_to)),
    _simple("item:IsSubmitted", lambda _: False),
    _simple("item:IsDraft", lambda m: m.is_draft),
    _simple("item:IsFromMe", lambda m: any(o.address.lower() == m.owner for o in _sender(m))),
    _simple("item:IsResend", lambda _: False),
    _simple("item:IsUnmodified", lambda m: m.edited == m.arrived),
    Field(uri="item:InternetMessageHeaders", write=to.write_headers, only_in_items=True),
    _simple("item:DateTimeSent", facts.sent_at),
    _simple("item:DateTimeCreated", lambda m: m.received_at),
    Field(uri="item:ResponseObjects", write=to.write_responses, only_in_items=True),
    _simple("item:ReminderIsSet", lambda _: False),
    _simple("item:ReminderMinutesBeforeStart", lambda _: 0),
    _simple("item:DisplayCc", lambda m: facts.display_names(m.reading.cc)),
    _simple("item:DisplayTo", lambda m: facts.display_names(m.reading.to)),
    _simple("item:DisplayBcc", lambda m: facts.display_names(m.reading.bcc)),
    _simple("item:HasAttachments", facts.has_attachments),
    Field(uri="", write=to.write_extended),
    _simple("item:Culture", lambda _: "en-US"),
    Field(uri="item:EffectiveRights", write=to.write_item_rights),
    _simple("item:LastModifiedName", lambda m: m.owner),
    _simple("item:LastModifiedTime", lambda m: m.modified_at),
    _simple("item:IsAssociated", lambda _: False),
    _simple("item:WebClientReadFormQueryString",
            lambda m: f"https://outlook.office365.com/owa/?ItemID={m.ordinary_id}"),
    Field(uri="item:ConversationId", write=to.write_conversation),
    Field(uri="item:UniqueBody", write=to.body_writer("UniqueBody"), only_in_items=True),
    Field(uri="item:Flag", write=to.write_flag),
    Field(uri="item:NormalizedBody", write=to.body_writer("NormalizedBody"), only_in_items=True),
    _simple("item:Preview", facts.preview),
    _simple("item:IsClutter", lambda _: False),
    _simple("item:BlockStatus", lambda _: False),
    _simple("item:HasBlockedImages", lambda _: False),
    Field(uri="item:TextBody", write=to.body_writer("TextBody", "Text"), only_in_items=True),
    _simple("item:IconIndex", lambda m: "MailRead" if m.is_read else "Default"),
    _people("message:Sender", _sender),
    _people("message:ToRecipients", lambda m: m.reading.to),
    _people("message:CcRecipients", lambda m: m.reading.cc),
    _people("message:BccRecipients", lambda m: m.reading.bcc),
    _simple("message:IsReadReceiptRequested",
            lambda m: bool(facts.header(m, "Disposition-Notification-To"))),
    _simple("message:IsDeliveryReceiptRequested",
            lambda m: bool(facts.header(m, "Return-Receipt-To"))),
    _simple("message:ConversationIndex", lambda m: _or_none(facts.conversation_index(m))),
    _simple("message:ConversationTopic", facts.topic),
    _people("message:From", _sender),
    _simple("message:InternetMessageId", lambda m: _or_none(m.reading.message_id)),
    _simple("message:IsRead", lambda m: m.is_read),
    _simple("message:IsResponseRequested", lambda _: False),
    _simple("message:References", lambda m: _or_none(m.reading.references)),
    _people("message:ReplyTo", lambda m: m.reading.reply_to),
    Field(uri="message:ReceivedBy", write=to.received_by_writer("ReceivedBy")),
    Field(uri="message:ReceivedRepresenting",
          write=to.received_by_writer("ReceivedRepresenting")),
)  # fmt: skip
BY_URI = {one.uri: one for one in FIELDS if one.uri}
# Known to Exchange, and never on an ordinary mail: asked for, they are simply not there.
ABSENT = frozenset(
    {
        "item:ReminderDueBy", "item:ReminderNextTime", "item:WebClientEditFormQueryString",
        "item:EntityExtractionResult", "item:PolicyTag", "item:ArchiveTag", "item:RetentionDate",
        "item:RightsManagementLicenseData", "item:PredictedActionReasons",
        "message:ApprovalRequestData", "message:VotingInformation", "message:ReminderMessageData",
        "message:MessageSafety", "message:PublishedCalendarItemIcs",
        "message:PublishedCalendarItemName",
    }
)  # fmt: skip
# Those of other kinds of items, which a request may name for a folder of mail all the same.
OTHER_KINDS = (
    "meeting:", "meetingRequest:", "calendar:", "task:", "contacts:", "distributionlist:",
    "postitem:", "sharingMessage:",
)  # fmt: skip
_DEFAULT = frozenset(
    f"item:{name}"
    for name in (
        "ItemId", "Subject", "Sensitivity", "Body", "Size", "DateTimeSent", "DateTimeCreated",
        "ResponseObjects", "HasAttachments",
    )
) | frozenset(
    f"message:{name}"
    for name in (
        "ToRecipients", "CcRecipients", "BccRecipients", "IsReadReceiptRequested",
        "IsDeliveryReceiptRequested", "From", "IsRead", "IsResponseRequested",
    )
)  # fmt: skip
# Big or dear: only when they are named.
_NEVER_IN_BASE = frozenset(
    {
        "item:MimeContent", "item:UniqueBody", "item:NormalizedBody", "item:TextBody",
        "item:DisplayBcc", "item:Preview",
    }
)  # fmt: skip
BASES = {
    "IdOnly": frozenset({"item:ItemId"}),
    "Default": _DEFAULT,
    "AllProperties": frozenset(BY_URI) - _NEVER_IN_BASE,
}
