"""Delta: what changed in a folder since the last time, page by page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from heapq import merge
from itertools import islice, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.filters import passes, read_filter
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import MESSAGE_PROPERTIES, shape_message
from postdesk_sandbox.graph.state_token import read_token, write_token
from postdesk_sandbox.ids import change_key
from postdesk_sandbox.mailboxes import Removal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import Folder, StoredMessage

DEFAULT_PAGE = 10
FILTERED_CAP = 5000
# A place in the change log, and what happened there.
_Change: TypeAlias = "tuple[int, StoredMessage] | tuple[int, Removal]"
_FIRST_CALL = ("$select", "$top", "$filter", "$orderby", "changeType")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What a link carries. `position` is the place in the change log read so far.

    Removals count only after `base`, where this round began: what left the folder
    before a first sync was never shown. Newest first, `below` is the place down to which
    was read, and `position` moves only when the round ends.
    """

    generation: int
    folder: str
    position: int = 0
    base: int = 0
    below: int | None = None
    top: int = 0
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
    values = read_token(token)
    if not isinstance(values, dict):
        raise bad_request("The token belongs to another function.", code="SyncStateInvalid")
    cursor = Cursor(**{**values, "select": tuple(values["select"])})
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
    size = operation.preferences.page_size or cursor.page_size or DEFAULT_PAGE
    if cursor.filter:
        size = min(size, FILTERED_CAP - cursor.given)
    newest_first = switches.delta_order == "newest"
    if newest_first and cursor.below is None:
        # A round has one top; what changes while it is read belongs to the next one.
        sequence = operation.place.mailbox.sequence
        cursor = replace(cursor, below=sequence + 1, top=sequence)
    found = list(islice(_changes(operation, folder, cursor), size + 1))
    page, given = found[:size], cursor.given + min(size, len(found))
    more = len(found) > size and not (cursor.filter and given >= FILTERED_CAP)
    after = replace(cursor, given=given, began=True)
    if not more:
        return _page(operation, page, _end_round(operation, after), more=False)
    # Repeating: the next page begins with the last item of this one.
    last = page[-2 if switches.repeat_delta_items and size > 1 else -1][0]
    after = replace(after, below=last) if newest_first else replace(after, position=last)
    if switches.delta_order == "mixed":
        page.sort(key=lambda one: change_key(one[0]))
    return _page(operation, page, after, more=True)


def _end_round(operation: Operation, cursor: Cursor) -> Cursor:
    position = operation.place.mailbox.sequence if cursor.below is None else cursor.top
    return replace(cursor, position=position, base=position, below=None, given=0, began=False)


def _changes(operation: Operation, folder: Folder, cursor: Cursor) -> Iterator[_Change]:
    """Yield what happened in the folder after the cursor, in the order of the log."""
    wanted = read_filter(operation.call, cursor.filter, properties=("receivedDateTime",))
    kept = (one for one in _kept(operation, folder, cursor) if passes(one[1], wanted))
    if cursor.only_created:
        return kept
    since = max(cursor.position, cursor.base)
    gone = (
        (removal.sequence, removal)
        for removal in operation.place.mailbox.removals_after(since, folder)
    )
    if cursor.below is None:
        return merge(kept, gone, key=itemgetter(0))
    below = [one for one in gone if one[0] < cursor.below]
    return merge(kept, reversed(below), key=itemgetter(0), reverse=True)


def _kept(
    operation: Operation, folder: Folder, cursor: Cursor
) -> Iterator[tuple[int, StoredMessage]]:
    log = operation.place.mailbox.changes_in(folder)
    if cursor.below is None:
        return (log.arrived_after if cursor.only_created else log.changed_after)(cursor.position)
    newest_first = takewhile(lambda one: one[0] > cursor.position, log.changed_before(cursor.below))
    if cursor.only_created:
        return (one for one in newest_first if one[1].arrived > cursor.position)
    return newest_first


def _page(operation: Operation, page: list[_Change], after: Cursor, *, more: bool) -> Response:
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
    token = write_token(asdict(cursor))
    folder = quote(cursor.folder, safe="")
    path = f"{operation.user_path}/mailFolders('{folder}')/messages/delta"
    return f"{operation.root}/{path}?{parameter}={quote(token)}"
