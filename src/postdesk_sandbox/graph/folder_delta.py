"""`mailFolders/delta`: folders that were added, changed or removed since the last time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from postdesk_sandbox.graph.errors import GraphError, bad_request
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import FOLDER_PROPERTIES, shape_folder
from postdesk_sandbox.graph.state_token import read_token, write_token

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation

DEFAULT_PAGE = 10


def folder_delta(operation: Operation) -> Response:
    """Answer `GET mailFolders/delta` and the links that it gave out."""
    operation.place.require_reading()
    mailbox, args = operation.place.mailbox, operation.call.request.args
    token = args.get("$deltatoken") or args.get("$skiptoken")
    if token:
        position, base, select = _resume(operation, token)
    else:
        options = read_options(operation.call, "$select", properties=FOLDER_PROPERTIES)
        position, base, select = 0, mailbox.sequence, options.select
    root = mailbox.well_known("msgfolderroot").id
    changed = sorted(
        (place, identity)
        for identity, place in mailbox.folder_changes.items()
        if place > position
        and identity != root
        # What was gone before the first round was never shown.
        and (identity in mailbox.folders or place > base)
    )
    size = operation.preferences.page_size or DEFAULT_PAGE
    page, more = changed[:size], len(changed) > size
    position = page[-1][0] if more else mailbox.sequence
    name, parameter = ("nextLink", "$skiptoken") if more else ("deltaLink", "$deltatoken")
    after = write_token([mailbox.generation, position, base if more else position, *select])
    path = f"{operation.root}/{operation.user_path}/mailFolders/delta"
    return operation.answer(
        {
            "@odata.context": operation.context("Collection(mailFolder)"),
            f"@odata.{name}": f"{path}?{parameter}={quote(after)}",
            "value": [_shape(operation, identity, select) for _, identity in page],
        }
    )


def _resume(operation: Operation, token: str) -> tuple[int, int, tuple[str, ...]]:
    if len(operation.call.request.args) > 1:
        raise bad_request("Nothing must be added to a delta link.")
    values = read_token(token)
    if not isinstance(values, list):
        raise bad_request("The token belongs to another function.", code="SyncStateInvalid")
    generation, position, base, *select = values
    mailbox = operation.place.mailbox
    if generation != mailbox.generation or position > mailbox.sequence:
        raise GraphError(410, "SyncStateNotFound", "The sync state generation is not found.")
    return position, base, tuple(select)


def _shape(operation: Operation, identity: str, select: tuple[str, ...]) -> dict[str, object]:
    folder = operation.place.mailbox.folders.get(identity)
    if folder is None:
        return {"id": identity, "@removed": {"reason": "deleted"}}
    return shape_folder(folder, operation.place.mailbox, select=select)
