"""Messages: list, read, raw octets, mark, move, copy, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from postdesk_sandbox.graph.drafting import DRAFT_PROPERTIES, rewrite_draft
from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.fields import read_marks
from postdesk_sandbox.graph.filters import MESSAGE_PROPERTIES as FILTERABLE
from postdesk_sandbox.graph.filters import passes, read_filter
from postdesk_sandbox.graph.operation import next_page_link
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.searching import is_found, read_search
from postdesk_sandbox.graph.shape import MESSAGE_PROPERTIES, shape_attachments, shape_message

if TYPE_CHECKING:
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.graph.options import Options
    from postdesk_sandbox.mailboxes import Folder, StoredMessage

DEFAULT_PAGE = 10
_LIST_OPTIONS = ("$select", "$top", "$skip", "$orderby", "$filter", "$count", "$search", "$expand")


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
    options = read_options(operation.call, "$select", "$expand", properties=MESSAGE_PROPERTIES)
    found = operation.find_message(message)
    shaped = _shape(operation, found, options)
    context = operation.context(f"{operation.user_path}/messages/$entity")
    return operation.answer({"@odata.context": context, **shaped})


def get_mime(operation: Operation, message: str) -> Response:
    """Answer `GET messages/{id}/$value`: the octets as they are stored."""
    operation.place.require_reading()
    read_options(operation.call)
    found = operation.find_message(message)
    return Response(found.mime, content_type="text/plain")


def change_message(operation: Operation, message: str) -> Response:
    """Answer `PATCH messages/{id}`: read mark, categories, and more of drafts."""
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


def delete_permanently(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/permanentDelete`: into Purges, which nobody sees."""
    operation.place.require_writing()
    operation.place.mailbox.remove(operation.find_message(message))
    return Response(status=204)


def count_messages(operation: Operation, folder: str | None = None) -> Response:
    """Answer `GET messages/$count` and the same of a folder: a bare number."""
    operation.place.require_reading()
    options = read_options(operation.call, "$filter", "$search")
    mailbox = operation.place.mailbox
    inside = mailbox.messages_in(operation.find_folder(folder)) if folder else None
    found = _choose(
        operation, options, list(mailbox.messages.values()) if inside is None else inside
    )
    return Response(str(len(found)), content_type="text/plain")


def _list(operation: Operation, messages: list[StoredMessage]) -> Response:
    options = read_options(operation.call, *_LIST_OPTIONS, properties=MESSAGE_PROPERTIES)
    found = _choose(operation, options, messages)
    _sort(operation, found, options)
    size = options.top or operation.preferences.page_size or DEFAULT_PAGE
    end = options.skip + size
    answer: dict[str, object] = {
        "@odata.context": operation.context(f"{operation.user_path}/messages"),
        "value": [_shape(operation, one, options) for one in found[options.skip : end]],
    }
    if options.wants_count:
        answer["@odata.count"] = len(found)
    if end < len(found):
        answer["@odata.nextLink"] = next_page_link(operation, options, skip=end)
    return operation.answer(answer)


def _shape(operation: Operation, message: StoredMessage, options: Options) -> dict[str, object]:
    shaped = shape_message(message, operation.preferences, select=options.select)
    if options.expands_attachments:
        shaped["attachments"] = shape_attachments(message)
    return shaped


def _choose(
    operation: Operation, options: Options, messages: list[StoredMessage]
) -> list[StoredMessage]:
    """Return what `$filter` or `$search` names; the two exclude one another."""
    if options.search and (options.filter or options.order_by):
        raise bad_request(
            "The query parameter '$search' can not be combined with '$filter' or '$orderby'.",
            code="SearchWithFilter" if options.filter else "SearchWithOrderBy",
        )
    if options.search:
        terms = read_search(operation.call, options.search)
        return [one for one in messages if is_found(one, terms)]
    wanted = read_filter(operation.call, options.filter, properties=FILTERABLE)
    if options.order_by and wanted and wanted[0].property != "receivedDateTime":
        raise bad_request(
            "The restriction or sort order is too complex for this operation.",
            code="InefficientFilter",
        )
    return [one for one in messages if passes(one, wanted)]


def _sort(operation: Operation, found: list[StoredMessage], options: Options) -> None:
    """Order by arrival, newest first unless `$orderby` says otherwise."""
    name, _, direction = (options.order_by or "receivedDateTime desc").partition(" ")
    if name != "receivedDateTime" or direction.strip().lower() not in {"", "asc", "desc"}:
        raise not_implemented(operation.call, f"$orderby={options.order_by}")
    found.sort(
        key=lambda one: (one.received_at, one.number), reverse=direction.strip().lower() == "desc"
    )


def _apply(operation: Operation, message: StoredMessage, changes: dict[str, Any]) -> None:
    """Set all the named properties or none of them."""
    if unknown := set(changes) - {"isRead", "categories"} - DRAFT_PROPERTIES:
        raise not_implemented(operation.call, f"PATCH message {sorted(unknown)}")
    is_read, categories = read_marks(
        changes, is_read=message.is_read, categories=message.categories
    )
    if changes.keys() & DRAFT_PROPERTIES:
        message.mime = rewrite_draft(operation, message, changes)
    message.is_read = is_read
    message.categories = categories


def _destination(operation: Operation) -> Folder:
    body = operation.read_body()
    if unknown := set(body) - {"destinationId", "DestinationId"}:
        raise not_implemented(operation.call, f"move properties {sorted(unknown)}")
    wanted = body.get("destinationId", body.get("DestinationId"))
    if not isinstance(wanted, str):
        raise bad_request("The destination folder is missing.", code="ErrorInvalidRequest")
    return operation.find_folder(wanted)
