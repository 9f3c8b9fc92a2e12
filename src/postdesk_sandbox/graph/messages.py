"""Messages: list, read, raw octets, mark, move, copy, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.filters import MESSAGE_PROPERTIES as FILTERABLE
from postdesk_sandbox.graph.filters import passes, read_filter
from postdesk_sandbox.graph.operation import next_page_link
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import MESSAGE_PROPERTIES, shape_message

if TYPE_CHECKING:
    from postdesk_sandbox.graph.filters import Comparison
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.graph.options import Options
    from postdesk_sandbox.mailboxes import Folder, StoredMessage

DEFAULT_PAGE = 10
_LIST_OPTIONS = ("$select", "$top", "$skip", "$orderby", "$filter", "$count")


def list_messages(operation: Operation) -> Response:
    """Answer `GET messages`: those of all folders."""
    operation.place.require_reading()
    return _list(operation, list(operation.place.mailbox.messages.values()))


def list_folder_messages(operation: Operation, folder: str) -> Response:
    """Answer `GET mailFolders/{folder}/messages`."""
    operation.place.require_reading()
    found = operation.find_folder(folder)
    return _list(operation, operation.place.mailbox.messages_in(found))


def get_message(operation: Operation, message: str) -> Response:
    """Answer `GET messages/{id}`."""
    operation.place.require_reading()
    options = read_options(operation.call, "$select", properties=MESSAGE_PROPERTIES)
    found = operation.find_message(message)
    shaped = shape_message(found, operation.preferences, select=options.select)
    context = operation.context(f"{operation.user_path}/messages/$entity")
    return operation.answer({"@odata.context": context, **shaped})


def get_mime(operation: Operation, message: str) -> Response:
    """Answer `GET messages/{id}/$value`: the octets as they are stored."""
    operation.place.require_reading()
    read_options(operation.call)
    found = operation.find_message(message)
    return Response(found.mime, content_type="text/plain")


def change_message(operation: Operation, message: str) -> Response:
    """Answer `PATCH messages/{id}`: read mark and categories."""
    operation.place.require_writing()
    found = operation.find_message(message)
    expected = operation.call.request.headers.get("If-Match", "*")
    if expected not in {"*", f'W/"{found.change_key}"'}:
        raise GraphError(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed "
            "in the request does not match the current change key for the item.",
        )
    _apply(operation, found, operation.read_body())
    operation.place.mailbox.touch(found, now=operation.call.now)
    return operation.answer_message(found)


def move_message(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/move` with 201 and the message in its new place."""
    operation.place.require_writing()
    found, folder = operation.find_message(message), _destination(operation)
    operation.place.mailbox.move(found, folder, now=operation.call.now)
    return operation.answer_message(found, status=201)


def copy_message(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/copy` with 201 and the copy."""
    operation.place.require_writing()
    found, folder = operation.find_message(message), _destination(operation)
    twin = operation.place.mailbox.copy(found, folder, now=operation.call.now)
    return operation.answer_message(twin, status=201)


def delete_message(operation: Operation, message: str) -> Response:
    """Answer `DELETE messages/{id}`: to Deleted Items, and from there out of reach."""
    operation.place.require_writing()
    found = operation.find_message(message)
    mailbox = operation.place.mailbox
    bin_folder = mailbox.well_known("deleteditems")
    if found.folder_id == bin_folder.id:
        mailbox.remove(found)
    else:
        mailbox.move(found, bin_folder, now=operation.call.now)
    return Response(status=204)


def _list(operation: Operation, messages: list[StoredMessage]) -> Response:
    options = read_options(operation.call, *_LIST_OPTIONS, properties=MESSAGE_PROPERTIES)
    wanted = read_filter(operation.call, options.filter, properties=FILTERABLE)
    found = [one for one in messages if passes(one, wanted)]
    _sort(operation, found, options, wanted)
    size = options.top or operation.preferences.page_size or DEFAULT_PAGE
    end = options.skip + size
    answer: dict[str, object] = {
        "@odata.context": operation.context(f"{operation.user_path}/messages"),
        "value": [
            shape_message(one, operation.preferences, select=options.select)
            for one in found[options.skip : end]
        ],
    }
    if options.wants_count:
        answer["@odata.count"] = len(found)
    if end < len(found):
        answer["@odata.nextLink"] = next_page_link(operation, options, skip=end)
    return operation.answer(answer)


def _sort(
    operation: Operation,
    found: list[StoredMessage],
    options: Options,
    wanted: tuple[Comparison, ...],
) -> None:
    """Order by arrival, newest first unless `$orderby` says otherwise."""
    name, _, direction = (options.order_by or "receivedDateTime desc").partition(" ")
    if name != "receivedDateTime" or direction.strip().lower() not in {"", "asc", "desc"}:
        raise not_implemented(operation.call, f"$orderby={options.order_by}")
    if options.order_by and wanted and wanted[0].property != name:
        raise bad_request(
            "The restriction or sort order is too complex for this operation.",
            code="InefficientFilter",
        )
    found.sort(
        key=lambda one: (one.received_at, one.number), reverse=direction.strip().lower() == "desc"
    )


def _apply(operation: Operation, message: StoredMessage, changes: dict[str, object]) -> None:
    """Set all the named properties or none of them."""
    if unknown := set(changes) - {"isRead", "categories"}:
        raise not_implemented(operation.call, f"PATCH message {sorted(unknown)}")
    is_read = changes.get("isRead", message.is_read)
    categories = changes.get("categories", list(message.categories))
    if not isinstance(is_read, bool):
        raise bad_request("isRead must be true or false.")
    if not isinstance(categories, list) or not all(isinstance(one, str) for one in categories):
        raise bad_request("categories must be a list of strings.")
    message.is_read = is_read
    message.categories = tuple(categories)


def _destination(operation: Operation) -> Folder:
    body = operation.read_body()
    if unknown := set(body) - {"destinationId", "DestinationId"}:
        raise not_implemented(operation.call, f"move properties {sorted(unknown)}")
    wanted = body.get("destinationId", body.get("DestinationId"))
    if not isinstance(wanted, str):
        raise bad_request("The destination folder is missing.", code="ErrorInvalidRequest")
    return operation.find_folder(wanted)
