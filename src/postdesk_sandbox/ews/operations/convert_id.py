"""ConvertId: the same item named in other forms."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.identity import read_folder_id, read_item_id
from postdesk_sandbox.ews.names import local_name
from postdesk_sandbox.ews.writing import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation

# Entry ids of MAPI begin with four octets of flags, which are zero.
_FLAGS = b"\x00\x00\x00\x00"
_WRITE: dict[str, Callable[[str], str]] = {
    "EwsId": lambda text: text,
    "EntryId": lambda text: base64.b64encode(_FLAGS + base64.b64decode(text)).decode(),
    "HexEntryId": lambda text: (_FLAGS + base64.b64decode(text)).hex().upper(),
    "OwaId": lambda text: quote(text, safe=""),
}
_READ: dict[str, Callable[[str], str]] = {
    "EwsId": lambda text: text,
    "EntryId": lambda text: _without_flags(base64.b64decode(text, validate=True)),
    "HexEntryId": lambda text: _without_flags(bytes.fromhex(text)),
    "OwaId": unquote,
}
_NAMESPACED = "{http://www.w3.org/2001/XMLSchema-instance}type"


def convert_id(operation: Operation) -> _Element:
    """Answer with each id in the wanted form."""
    wanted = operation.body.get("DestinationFormat", "")

    def convert(source: _Element) -> list[_Element]:
        given = source.get("Format", "")
        if local_name(source.tag) != "AlternateId" or not {given, wanted} <= _WRITE.keys():
            raise operation.refuse(f"{local_name(source.tag)} from {given} to {wanted}")
        ews_id = _read(given, source.get("Id", ""))
        answer = make(
            "m:AlternateId",
            Format=wanted,
            Id=_WRITE[wanted](ews_id),
            Mailbox=_owner_of(operation, ews_id),
        )
        answer.set(_NAMESPACED, "t:AlternateIdType")
        return [answer]

    return answer_each("ConvertId", operation.require_child("SourceIds"), convert)


def _read(form: str, text: str) -> str:
    """Return the id in the form of EWS. Raises EwsError when it is none."""
    try:
        ews_id = _READ[form](text)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    try:
        read_item_id(ews_id)
    except EwsError:
        read_folder_id(ews_id)
    return ews_id


def _owner_of(operation: Operation, ews_id: str) -> str:
    """Return whose the id is; the mailbox that the request names is not looked at.

    DavMail sends an invented one and takes its own address from the answer.
    """
    try:
        key = read_item_id(ews_id)
    except EwsError:
        place = operation.open_folder(make("t:FolderId", Id=ews_id)).place
    else:
        place = operation.find_item(key).place
    return place.owner.address


def _without_flags(octets: bytes) -> str:
    if not octets.startswith(_FLAGS):
        raise _malformed()
    return base64.b64encode(octets[len(_FLAGS) :]).decode()


def _malformed() -> EwsError:
    return EwsError("ErrorInvalidIdMalformed", "Id is malformed.")
