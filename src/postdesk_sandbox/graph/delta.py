"""Delta: what changed in a folder since the last time, page by page."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.filters import passes, read_filter
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import MESSAGE_PROPERTIES, shape_message
from postdesk_sandbox.mailboxes import Removal

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import Folder, StoredMessage

DEFAULT_PAGE = 10
FILTERED_CAP = 5000
# A place in the change log, and what happened there.
_Change: TypeAlias = "tuple[int, StoredMessage | Removal]"
_FIRST_CALL = ("$select", "$top", "$filter", "$orderby", "changeType")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What a link carries. `position` is the place in the change log read so far.

    Removals count only after `base`, where this round began: what left the folder
    before a first sync was never shown.
    """

    generation: int
    folder: str
    position: int = 0
    base: int = 0
    given: int = 0
    select: tuple[str, ...] = ()
    filter: str = ""
    only_created: bool = False
    page_size: int | None = None
    began: bool = False


def delta(operation: Operation, folder: str) -> Response:
    """Answer `GET mailFolders/{folder}/messages/delta` and the links that it gave out."""
    operation.place.require_reading()
    found = operation.find_folder(folder)
    args = operation.call.request.args
    token = args.get("$deltatoken") or args.get("$skiptoken")
    cursor = _resume(operation, token, found) if token else _begin(operation, found)
    return _answer_page(operation, found, cursor)


def _begin(operation: Operation, folder: Folder) -> Cursor:
    options = read_options(operation.call, *_FIRST_CALL, properties=MESSAGE_PROPERTIES)
    if options.order_by not in {"", "receivedDateTime desc"}:
        raise not_implemented(operation.call, f"delta $orderby={options.order_by}")
    wanted = read_filter(operation.call, options.filter, properties=("receivedDateTime",))
    if any(one.operator not in {"ge", "gt"} for one in wanted):
        raise bad_request("The delta query supports only receivedDateTime ge or gt.")
    change_type = operation.call.request.args.get("changeType", "")
    if change_type not in {"", "created"}:
        raise not_implemented(operation.call, f"delta changeType={change_type}")
    return Cursor(
        generation=operation.place.mailbox.generation,
        folder=folder.id,
        base=operation.place.mailbox.sequence,
        select=options.select,
        filter=options.filter,
        only_created=change_type == "created",
        page_size=options.top,
    )


def _resume(operation: Operation, token: str, folder: Folder) -> Cursor:
    for name in operation.call.request.args:
        if name not in {"$deltatoken", "$skiptoken"}:
            raise bad_request(f"{name} must not be added to a delta link.")
    try:
        values = json.loads(base64.urlsafe_b64decode(token))
        cursor = Cursor(**{**values, "select": tuple(values["select"])})
    except (ValueError, TypeError, KeyError) as error:
        raise bad_request("Badly formed token.", code="SyncStateInvalid") from error
    if cursor.folder != folder.id:
        raise bad_request("The token belongs to another folder.", code="SyncStateInvalid")
    mailbox = operation.place.mailbox
    # A position ahead of the log was given out by an earlier life of this mailbox.
    if cursor.generation != mailbox.generation or cursor.position > mailbox.sequence:
        raise GraphError(
            410,
            "SyncStateNotFound",
            f"The sync state generation is not found; generation={cursor.generation};"
            f"[highest={mailbox.generation}].",
        )
    return cursor


def _answer_page(operation: Operation, folder: Folder, cursor: Cursor) -> Response:
    switches = operation.call.world.tenant.switches
    if switches.empty_delta_pages and not cursor.began:
        return _page(operation, [], replace(cursor, began=True), more=True)
    changes = _changes(operation, folder, cursor)
    size = operation.preferences.page_size or cursor.page_size or DEFAULT_PAGE
    if cursor.filter:
        size = min(size, FILTERED_CAP - cursor.given)
    page = changes[:size]
    given = cursor.given + len(page)
    capped = bool(cursor.filter) and given >= FILTERED_CAP
    more = len(changes) > len(page) and not capped
    position = page[-1][0] if more else operation.place.mailbox.sequence
    after = replace(cursor, position=position, given=given, began=True)
    return _page(operation, page, after, more=more)


def _changes(operation: Operation, folder: Folder, cursor: Cursor) -> list[_Change]:
    """Return what happened in the folder after the cursor, in the order of the log."""
    mailbox = operation.place.mailbox
    wanted = read_filter(operation.call, cursor.filter, properties=("receivedDateTime",))
    found: list[_Change] = [
        (place, one)
        for one in mailbox.messages_in(folder)
        if (place := one.arrived if cursor.only_created else one.changed) > cursor.position
        and passes(one, wanted)
    ]
    if not cursor.only_created:
        since = max(cursor.position, cursor.base)
        found += [
            (gone.sequence, gone)
            for gone in mailbox.removals
            if gone.sequence > since and gone.folder_id == folder.id
        ]
    return sorted(found, key=itemgetter(0))


def _page(operation: Operation, page: list[_Change], after: Cursor, *, more: bool) -> Response:
    if not more:
        after = replace(after, base=after.position, given=0, began=False)
    name, parameter = (
        ("@odata.nextLink", "$skiptoken") if more else ("@odata.deltaLink", "$deltatoken")
    )
    return operation.answer(
        {
            "@odata.context": operation.context("Collection(message)"),
            name: _link(operation, after, parameter),
            "value": [_shape(operation, what, after) for _, what in page],
        }
    )


def _shape(
    operation: Operation, what: StoredMessage | Removal, cursor: Cursor
) -> dict[str, object]:
    shaped: dict[str, object] = {"@odata.type": "#microsoft.graph.message"}
    if isinstance(what, Removal):
        shaped["id"] = what.immutable_id if operation.preferences.immutable_ids else what.id
        shaped["@removed"] = {"reason": "deleted"}
        return shaped
    return shaped | shape_message(what, operation.preferences, select=cursor.select)


def _link(operation: Operation, cursor: Cursor, parameter: str) -> str:
    token = base64.urlsafe_b64encode(json.dumps(asdict(cursor)).encode()).decode()
    folder = quote(cursor.folder, safe="")
    path = f"{operation.user_path}/mailFolders('{folder}')/messages/delta"
    return f"{operation.root}/{path}?{parameter}={quote(token)}"
