"""Folders: read, list, find by name, create."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.filters import read_filter
from postdesk_sandbox.graph.operation import next_page_link
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import FOLDER_PROPERTIES, shape_folder
from postdesk_sandbox.mailboxes import FolderExistsError

if TYPE_CHECKING:
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


def change_folder(operation: Operation, folder: str) -> Response:
    """Answer `PATCH mailFolders/{folder}`: another name."""
    operation.place.require_writing()
    found, body = operation.find_folder(folder), operation.read_body()
    if unknown := set(body) - {"displayName"}:
        raise not_implemented(operation.call, f"PATCH folder {sorted(unknown)}")
    name = _read_name(body)
    _require_own(found)
    try:
        renamed = operation.place.mailbox.rename_folder(found, name)
    except FolderExistsError as error:
        raise _exists() from error
    return _answer_folder(operation, renamed)


def delete_folder(operation: Operation, folder: str) -> Response:
    """Answer `DELETE mailFolders/{folder}`: into Deleted Items, and from there for good."""
    operation.place.require_writing()
    found, mailbox = operation.find_folder(folder), operation.place.mailbox
    _require_own(found)
    bin_folder = mailbox.well_known("deleteditems")
    if mailbox.is_below(found, bin_folder):
        mailbox.remove_folder(found)
        return Response(status=204)
    try:
        mailbox.move_folder(found, bin_folder)
    except FolderExistsError:
        # A folder of this name was deleted before: this one goes beside it, renamed.
        taken = {one.name for one in mailbox.children(bin_folder)}
        names = (f"{found.name}{number}" for number in count(1))
        mailbox.move_folder(
            mailbox.rename_folder(found, next(one for one in names if one not in taken)), bin_folder
        )
    return Response(status=204)


def _require_own(folder: Folder) -> None:
    if folder.well_known:
        raise GraphError(
            403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."
        )


def _read_name(body: dict[str, Any]) -> str:
    name = body.get("displayName")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise bad_request("The folder needs a displayName.", code="ErrorInvalidRequest")
    return name.strip()


def _exists() -> GraphError:
    return GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")


def _answer_folder(operation: Operation, folder: Folder, *, status: int = 200) -> Response:
    context = operation.context(f"{operation.user_path}/mailFolders/$entity")
    shaped = shape_folder(folder, operation.place.mailbox)
    return operation.answer({"@odata.context": context, **shaped}, status=status)


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
    name, mailbox = _read_name(body), operation.place.mailbox
    try:
        folder = mailbox.create_folder(operation.find_folder(parent), name)
    except FolderExistsError as error:
        raise _exists() from error
    return _answer_folder(operation, folder, status=201)
