"""Answering one request: the operation's name finds what does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import wrap
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.checking import require_valid
from postdesk_sandbox.ews.names import local_name
from postdesk_sandbox.ews.operation import Operation
from postdesk_sandbox.ews.operations.change_attachments import create_attachment, delete_attachment
from postdesk_sandbox.ews.operations.convert_id import convert_id
from postdesk_sandbox.ews.operations.create_folder import create_folder
from postdesk_sandbox.ews.operations.create_item import create_item
from postdesk_sandbox.ews.operations.delete_folder import delete_folder
from postdesk_sandbox.ews.operations.delete_item import delete_item
from postdesk_sandbox.ews.operations.find_folder import find_folder
from postdesk_sandbox.ews.operations.find_item import find_item
from postdesk_sandbox.ews.operations.get_attachment import get_attachment
from postdesk_sandbox.ews.operations.get_events import get_events
from postdesk_sandbox.ews.operations.get_folder import get_folder
from postdesk_sandbox.ews.operations.get_item import get_item
from postdesk_sandbox.ews.operations.get_server_time_zones import get_server_time_zones
from postdesk_sandbox.ews.operations.move_item import copy_item, move_item
from postdesk_sandbox.ews.operations.resolve_names import resolve_names
from postdesk_sandbox.ews.operations.send_item import send_item
from postdesk_sandbox.ews.operations.subscribe import subscribe, unsubscribe
from postdesk_sandbox.ews.operations.sync_folder_hierarchy import sync_folder_hierarchy
from postdesk_sandbox.ews.operations.sync_folder_items import sync_folder_items
from postdesk_sandbox.ews.operations.update_item import update_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.calling import EwsCall
    from postdesk_sandbox.tenant import Person

_OPERATIONS: dict[str, Callable[[Operation], _Element]] = {
    "ConvertId": convert_id,
    "CopyItem": copy_item,
    "CreateAttachment": create_attachment,
    "CreateFolder": create_folder,
    "CreateItem": create_item,
    "DeleteAttachment": delete_attachment,
    "DeleteFolder": delete_folder,
    "DeleteItem": delete_item,
    "FindFolder": find_folder,
    "FindItem": find_item,
    "GetAttachment": get_attachment,
    "GetEvents": get_events,
    "GetFolder": get_folder,
    "GetItem": get_item,
    "GetServerTimeZones": get_server_time_zones,
    "MoveItem": move_item,
    "ResolveNames": resolve_names,
    "SendItem": send_item,
    "Subscribe": subscribe,
    "SyncFolderHierarchy": sync_folder_hierarchy,
    "SyncFolderItems": sync_folder_items,
    "Unsubscribe": unsubscribe,
    "UpdateItem": update_item,
}


def answer_envelope(call: EwsCall) -> bytes:
    """Return the octets of the answer's envelope. Raises EwsError for a whole-request fault."""
    name = local_name(call.operation.tag)
    with call.state.lock:
        if name not in _OPERATIONS:
            call.state.journal.miss(f"ews operation {name}")
            raise EwsError("ErrorInvalidRequest", f"The sandbox does not do this: {name}")
        require_valid(call.operation)
        answer = _OPERATIONS[name](Operation(call=call, acting=_acting(call)))
        return wrap(answer, product=call.world.tenant.switches.exchange.product)


def _acting(call: EwsCall) -> Person:
    """Return whose rights count: the impersonated person's before the caller's own."""
    person = call.person
    if call.impersonated:
        person = call.world.tenant.owner_of(call.impersonated)
    if person is None:
        raise EwsError(
            "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."
        )
    return person
