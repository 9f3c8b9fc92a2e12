"""Changing a message property by property: one that is being made, or one in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.extended_setters import set_extended
from postdesk_sandbox.ews.names import local_name
from postdesk_sandbox.ews.paths import Path, read_path
from postdesk_sandbox.ews.property_setters import ONLY_DRAFTS, READ_ONLY, SETTERS

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.draft import Draft


def set_field(draft: Draft, path: Path, element: _Element | None) -> None:
    """Set a property to what an element says, or delete it. Raises EwsError."""
    if path.is_extended:
        set_extended(draft, path, element)
        return
    setter = SETTERS.get(path.uri)
    if path.uri in READ_ONLY or path.index:
        raise EwsError("ErrorInvalidPropertySet", f"Set action is invalid for property: {path}")
    if setter is None:
        raise draft.operation.refuse(f"setting {path}")
    if path.uri in ONLY_DRAFTS and not draft.is_draft:
        raise EwsError(
            "ErrorInvalidPropertyUpdateSentMessage",
            "Update operation is invalid for property of a sent message.",
        )
    setter(draft, element)


def set_all(draft: Draft, element: _Element) -> None:
    """Set everything that an Item or Message element says, in its order."""
    for one in element:
        name = local_name(one.tag)
        if name == "ExtendedProperty":
            set_field(draft, read_path(one[0]), one)
        else:
            set_field(draft, Path(uri=_uri_of(name)), one)


def _uri_of(name: str) -> str:
    message = f"message:{name}"
    return message if message in SETTERS or message in READ_ONLY else f"item:{name}"
