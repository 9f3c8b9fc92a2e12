"""Setting extended properties; the few that Exchange keeps itself are told apart."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from postdesk_sandbox.ews import extended, facts
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import local_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.draft import Draft
    from postdesk_sandbox.ews.paths import Path

_HEADER_NAME = re.compile(r"[!-9;-~]+")


def set_extended(draft: Draft, path: Path, element: _Element | None) -> None:
    """Set an extended property to what an element says, or delete it. Raises EwsError."""
    if not extended.is_known(path):
        raise draft.operation.refuse(f"setting extended property {path.key}")
    values = () if element is None else _read_values(path, element)
    if path.set_name == "InternetHeaders" and path.kind == "String" and path.name:
        draft.set_header(_header_name(path), values[0] if values else None)
    elif path.key in _SPECIAL and values:
        _SPECIAL[path.key](draft, values[0])
    elif path.key == extended.KEYWORDS:
        draft.categories = values
    elif path.key in extended.KEPT and path.key not in extended.MAY_BE_SET:
        raise EwsError("ErrorInvalidPropertySet", f"Set action is invalid for property: {path}")
    elif values:
        draft.extended[path.key] = values
    else:
        draft.extended.pop(path.key, None)


def _header_name(path: Path) -> str:
    """Return a name that can stand in a header (RFC 5322 section 2.2). Raises EwsError."""
    if not _HEADER_NAME.fullmatch(path.name):
        raise EwsError("ErrorInvalidExtendedProperty", f"{path.name!r} is no name of a header.")
    return path.name


def _read_values(path: Path, element: _Element) -> tuple[str, ...]:
    """Return the texts of an ExtendedProperty. Raises EwsError when the type does not fit."""
    holder = element[1]
    several = local_name(holder.tag) == "Values"
    if several != path.is_array:
        raise EwsError(
            "ErrorInvalidExtendedPropertyValue", "The number of values does not fit the type."
        )
    values = tuple(one.text or "" for one in holder) if several else (holder.text or "",)
    for one in values:
        extended.read_constant(one, path.kind)
    return values


def _set_message_flags(draft: Draft, text: str) -> None:
    """The flag of unsent messages can be cleared while the message is made, and never later."""
    flags = int(text)
    if not draft.is_new:
        raise EwsError("ErrorInvalidPropertySet", "PidTagMessageFlags is set at creation only.")
    draft.is_draft = bool(flags & facts.UNSENT)
    draft.is_read = bool(flags & facts.READ)


def _set_received_at(draft: Draft, text: str) -> None:
    found = extended.read_constant(text, "SystemTime")
    if isinstance(found, datetime):
        draft.received_at = found


_SPECIAL: dict[str, Callable[[Draft, str], None]] = {
    "Integer 0x0e07": _set_message_flags,
    "SystemTime 0x0e06": _set_received_at,
    "String 0x0037": lambda draft, text: draft.set_header("Subject", text),
}
