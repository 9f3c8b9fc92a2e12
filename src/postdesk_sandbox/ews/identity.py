"""Ids as Exchange Web Services write them: those of Graph in ordinary base64, with padding.

Graph shows the same identifiers in base64url, so one message is named alike in both.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ids import change_key

if TYPE_CHECKING:
    from postdesk_sandbox.mailboxes import Folder, StoredMessage

_ITEM, _FOLDER, _IMMUTABLE = "AAMkADEx", "AQMkADEx", "AAkALgAA"
# The length of a store id in octets: six of prefix and the digest.
_STORE_ID_OCTETS = 38
_ATTACHMENT_MARK = b"\x01\x12\x10"


def to_ews(store_id: str) -> str:
    """Return a Graph id as EWS writes it."""
    plain = store_id.replace("-", "+").replace("_", "/")
    return plain + "=" * (-len(plain) % 4)


def read_item_id(text: str) -> str:
    """Return the store id that names an item. Raises EwsError."""
    octets = _decode(text)
    if len(octets) != _STORE_ID_OCTETS:
        raise _malformed()
    if text.startswith(_FOLDER):
        raise EwsError(
            "ErrorCannotUseFolderIdForItemId", "Id represents a folder, not an item or attachment."
        )
    if not text.startswith((_ITEM, _IMMUTABLE)):
        raise _malformed()
    return _to_store(text)


def read_folder_id(text: str) -> str:
    """Return the store id that names a folder. Raises EwsError."""
    octets = _decode(text)
    if text.startswith((_ITEM, _IMMUTABLE)):
        raise EwsError("ErrorCannotUseItemIdForFolderId", "Id represents an item, not a folder.")
    if len(octets) != _STORE_ID_OCTETS or not text.startswith(_FOLDER):
        raise _malformed()
    return _to_store(text)


def attachment_id(message: StoredMessage, place: int) -> str:
    """Return the id of the n-th attachment of a message."""
    item = base64.urlsafe_b64decode(to_ews(message.ordinary_id).translate(_URLSAFE))
    octets = item + _ATTACHMENT_MARK + place.to_bytes(4, "big")
    return base64.b64encode(octets).decode()


def read_attachment_id(text: str) -> tuple[str, int]:
    """Return the store id of the message and the place of the attachment. Raises EwsError."""
    octets = _decode(text)
    item, rest = octets[:_STORE_ID_OCTETS], octets[_STORE_ID_OCTETS:]
    if len(rest) != len(_ATTACHMENT_MARK) + 4 or not rest.startswith(_ATTACHMENT_MARK):
        raise EwsError("ErrorInvalidAttachmentId", "The attachment ID is invalid.")
    return _to_store(base64.b64encode(item).decode()), int.from_bytes(rest[-4:], "big")


def item_change_key(message: StoredMessage) -> str:
    """Return the version of an item."""
    return to_ews(message.change_key)


def folder_change_key(folder: Folder, place: int) -> str:
    """Return the version of a folder: its name, its parent and what it holds."""
    return to_ews(change_key(folder.id, folder.name, folder.parent_id, place))


def version_of(message: StoredMessage, key: str) -> int:
    """Return the place in the change log at which the item had this change key.

    Raises EwsError for what is no key at all; returns -1 for one of another item.
    """
    if key == item_change_key(message):
        return message.changed
    try:
        base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EwsError("ErrorInvalidChangeKey", "The change key is invalid.") from error
    places = range(message.changed, message.arrived - 1, -1)
    keys = ((place, to_ews(change_key(message.owner, message.number, place))) for place in places)
    return next((place for place, known in keys if known == key), -1)


_URLSAFE = str.maketrans("+/", "-_")


def _to_store(text: str) -> str:
    return text.translate(_URLSAFE).rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error


def _malformed() -> EwsError:
    return EwsError("ErrorInvalidIdMalformed", "Id is malformed.")
