"""Folders: read, list, find by name, create."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.filters import read_filter
from postdesk_sandbox.graph.operation import next_page_link
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import FOLDER_PROPERTIES, shape_folder
from postdesk_sandbox.mailboxes import FolderExistsError

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import Folder

DEFAULT_PAGE = 10


def get_folder(operation: Operation, folder: str) -> Response:
    """Answer `GET mailFolders/{folder}`."""
    operation.place.require_reading()
    options = read_options(operation.call, "$select", properties=FOLDER_PROPERTIES)
    shaped = shape_folder(
        operation.find_folder(folder), operation.place.mailbox, select=options.select
    )
    context = operation.context(f"{operation.user_path}/mailFolders/$entity")
    return operation.answer({"@odata.context": context, **shaped})


def list_folders(operation: Operation) -> Response:
    """Answer `GET mailFolders`: the folders at the top."""
    return _list_below(operation, operation.place.mailbox.well_known("msgfolderroot"))


def list_child_folders(operation: Operation, folder: str) -> Response:
    """Answer `GET mailFolders/{folder}/childFolders`."""
    operation.place.require_reading()
    return _list_below(operation, operation.find_folder(folder))


def create_folder(operation: Operation) -> Response:
    """Answer `POST mailFolders`: a new folder at the top."""
    return _create_below(operation, "msgfolderroot")


def create_child_folder(operation: Operation, folder: str) -> Response:
    """Answer `POST mailFolders/{folder}/childFolders`."""
    return _create_below(operation, folder)


def _list_below(operation: Operation, parent: Folder) -> Response:
    operation.place.require_reading()
    options = read_options(
        operation.call, "$select", "$top", "$skip", "$filter", properties=FOLDER_PROPERTIES
    )
    wanted = read_filter(operation.call, options.filter, properties=("displayName",))
    found = [
        one
        for one in operation.place.mailbox.children(parent)
        if all(test.holds(one.name) for test in wanted)
    ]
    end = options.skip + (options.top or DEFAULT_PAGE)
    answer: dict[str, object] = {
        "@odata.context": operation.context(f"{operation.user_path}/mailFolders"),
        "value": [
            shape_folder(one, operation.place.mailbox, select=options.select)
            for one in found[options.skip : end]
        ],
    }
    if end < len(found):
        answer["@odata.nextLink"] = next_page_link(operation, options, skip=end)
    return operation.answer(answer)


def _create_below(operation: Operation, parent: str) -> Response:
    operation.place.require_writing()
    body = operation.read_body()
    if unknown := set(body) - {"displayName", "isHidden"}:
        raise not_implemented(operation.call, f"folder properties {sorted(unknown)}")
    name = body.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("The folder needs a displayName.", code="ErrorInvalidRequest")
    mailbox = operation.place.mailbox
    try:
        folder = mailbox.create_folder(operation.find_folder(parent), name.strip())
    except FolderExistsError as error:
        raise GraphError(
            409, "ErrorFolderExists", "A folder with the specified name already exists."
        ) from error
    context = operation.context(f"{operation.user_path}/mailFolders/$entity")
    return operation.answer(
        {"@odata.context": context, **shape_folder(folder, mailbox)}, status=201
    )
