"""Extended properties: those that Exchange keeps itself, and what clients have stored."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from postdesk_sandbox.ews import facts
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.writing import add, make, moment, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.paths import Path
    from postdesk_sandbox.mailboxes import StoredMessage

Value: TypeAlias = "str | int | bool | datetime | bytes | tuple[str, ...]"
_Kept: TypeAlias = "Callable[[StoredMessage], Value]"
_FLAG_STATUS = "Integer 0x1090"
_IMPORTANCE = ("Low", "Normal", "High")
_SENSITIVITY = ("Normal", "Personal", "Private", "Confidential")
# Tags of MS-OXPROPS by the key of their path; what a client stored under the same key wins.
KEPT: dict[str, _Kept] = {
    "String 0x001a": facts.item_class,
    "Integer 0x0017": lambda m: _IMPORTANCE.index(facts.importance(m)),
    "Integer 0x0036": lambda m: _SENSITIVITY.index(facts.sensitivity(m)),
    "String 0x0037": lambda m: m.reading.subject,
    "SystemTime 0x0039": facts.sent_at,
    "String 0x0070": facts.topic,
    "String 0x007d": facts.transport_headers,
    "String 0x0e02": lambda m: facts.display_names(m.reading.bcc),
    "String 0x0e03": lambda m: facts.display_names(m.reading.cc),
    "String 0x0e04": lambda m: facts.display_names(m.reading.to),
    "SystemTime 0x0e06": lambda m: m.received_at,
    "Integer 0x0e07": facts.flags,
    "Integer 0x0e08": lambda m: len(m.mime),
    "Long 0x0e08": lambda m: len(m.mime),
    "Boolean 0x0e1b": facts.has_attachments,
    "String 0x0e1d": facts.topic,
    # The IMAP number: grows with every arrival and changes when the message moves.
    "Integer 0x0e23": lambda m: m.arrived,
    "Binary 0x0ff9": lambda m: m.immutable_id.encode(),
    "Binary 0x0fff": lambda m: m.ordinary_id.encode(),
    "Binary 0x300b": lambda m: m.immutable_id.encode(),
    "String 0x1000": facts.text_body,
    "String 0x1035": lambda m: m.reading.message_id,
    "String 0x1039": lambda m: m.reading.references,
    "String 0x1042": lambda m: m.reading.in_reply_to,
    "String 0x10f3": lambda m: f"{m.reading.subject or 'No Subject'}.EML",
    "SystemTime 0x3007": lambda m: m.received_at,
    "SystemTime 0x3008": lambda m: m.modified_at,
}
# Clients may put their own value in place of Exchange's.
MAY_BE_SET = frozenset({"String 0x001a", "String 0x10f3"})
# Nobody but a client sets these, so that a message without them has none: icon, last verb and
# its time, flag, flag request, flag completion, junk mark, flat URL name, calendar mark.
_UNSET = frozenset({0x1080, 0x1081, 0x1082, 0x1083, 0x1090, 0x1091, 0x1095, 0x670E, 0x65E8})
_WHOLE = frozenset({"Integer", "Long", "Short"})
KEYWORDS = "StringArray {00020329-0000-0000-c000-000000000046} name keywords"


def is_known(path: Path) -> bool:
    """Say whether the sandbox can tell the value, which may be that there is none."""
    return path.tag is None or path.key in KEPT or path.tag in _UNSET


def value_of(message: StoredMessage, path: Path) -> Value | None:
    """Return the value of an extended property, None when the message has none."""
    if path.key in message.extended:
        return _typed(path, message.extended[path.key])
    if path.key in KEPT:
        kept = KEPT[path.key](message)
        return kept if isinstance(kept, int) else kept or None
    if path.key == KEYWORDS:
        return message.categories or None
    if path.set_name == "InternetHeaders" and path.kind == "String":
        return facts.header(message, path.name) or None
    return None


def flag_status(message: StoredMessage) -> str:
    """Return the follow-up flag as item:Flag names it."""
    stored = message.extended.get(_FLAG_STATUS, ("0",))[0]
    return {"1": "Complete", "2": "Flagged"}.get(stored, "NotFlagged")


def set_flag_status(stored: dict[str, tuple[str, ...]], name: str) -> None:
    """Set the follow-up flag by the name of item:Flag, in what clients have stored."""
    number = {"Complete": "1", "Flagged": "2"}.get(name)
    if number is None:
        stored.pop(_FLAG_STATUS, None)
    else:
        stored[_FLAG_STATUS] = (number,)


def write_property(path_element: _Element, value: Value) -> _Element:
    """Return `t:ExtendedProperty` with a value."""
    element = make("t:ExtendedProperty")
    element.append(path_element)
    if isinstance(value, tuple):
        values = add(element, "t:Values")
        for one in value:
            add(values, "t:Value", one)
    else:
        add(element, "t:Value", write_value(value))
    return element


def write_value(value: Value) -> str:
    """Return one value as text."""
    if isinstance(value, bool):
        return truth(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def read_constant(text: str, kind: str) -> Value:
    """Read a text as a value of a MAPI type. Raises EwsError."""
    kind = kind.removesuffix("Array")
    try:
        return _read(text, kind)
    except (ValueError, OverflowError) as error:
        raise EwsError("ErrorInvalidExtendedPropertyValue", f"The value is no {kind}.") from error


def _read(text: str, kind: str) -> Value:
    if kind in _WHOLE:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    if kind == "Boolean":
        if text.lower() not in {"true", "false", "1", "0"}:
            raise ValueError(text)
        return text.lower() in {"true", "1"}
    if kind == "SystemTime":
        when = datetime.fromisoformat(text.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    if kind == "Binary":
        return base64.b64decode(text, validate=True)
    return text


def _typed(path: Path, values: tuple[str, ...]) -> Value:
    typed = [read_constant(one, path.kind) for one in values]
    return values if path.is_array else typed[0]
