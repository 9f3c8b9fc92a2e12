"""SyncFolderItems: what changed in a folder since a state, page by page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.identity import item_change_key, to_ews
from postdesk_sandbox.ews.operation import ItemHere
from postdesk_sandbox.ews.shapes import read_item_shape
from postdesk_sandbox.ews.showing import check_item_shape, show_item
from postdesk_sandbox.ews.sync_state import invalid_state, read_state, write_state
from postdesk_sandbox.ews.tree import holds_mail
from postdesk_sandbox.ews.writing import add, make, put, truth
from postdesk_sandbox.mailboxes import Removal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import FolderHere, Operation
    from postdesk_sandbox.ews.shapes import Shape
    from postdesk_sandbox.mailboxes import StoredMessage

# A place in the change log, and what is to be told there.
_Change: TypeAlias = "tuple[int, StoredMessage | Removal]"


_BESIDE_ERRORS = ("m:SyncState", "m:IncludesLastItemInRange=true")


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """How far a client has come in the change log of the mailbox.

    A round tells everything between `base`, where the last one ended, and `top`, the end of
    the log when it began; `position` is the place told so far. What happens meanwhile belongs
    to the next round, so that every item is told once and a new one always as Create.
    """

    generation: int
    folder: str
    base: int = 0
    position: int = 0
    top: int = 0


def sync_folder_items(operation: Operation) -> _Element:
    """Answer with a page of changes and the state after it."""
    shape = read_item_shape(operation, is_summary=True, refuses=False)

    def sync(reference: _Element) -> list[_Element]:
        check_item_shape(operation, shape)
        here = _open(operation, reference)
        state = _read(operation, here)
        changes = _Changes(operation, here, state)
        return changes.write(shape)

    folders = [operation.require_child("SyncFolderId")[0]]
    return answer_each("SyncFolderItems", folders, sync, otherwise=_BESIDE_ERRORS)


def _open(operation: Operation, reference: _Element) -> FolderHere:
    try:
        return operation.open_folder(reference)
    except EwsError as error:
        if error.response_code != "ErrorFolderNotFound":
            raise
        raise EwsError(
            "ErrorSyncFolderNotFound", "The specified folder could not be found in the store."
        ) from error


def _read(operation: Operation, here: FolderHere) -> _State:
    """Return the state given, or a new round. Raises EwsError `ErrorInvalidSyncStateData`."""
    element = operation.child("SyncState")
    mailbox = here.mailbox
    if element is None or not (element.text or "").strip():
        state = _State(generation=mailbox.generation, folder=here.folder.id)
    else:
        try:
            state = _State(**read_state(element.text or ""))  # type: ignore[arg-type]
        except TypeError as error:
            raise invalid_state() from error
        numbers = (state.generation, state.base, state.position, state.top)
        if not all(isinstance(one, int) for one in numbers):
            raise invalid_state()
        is_ours = state.generation == mailbox.generation and state.folder == here.folder.id
        # A place ahead of the log was given out by an earlier life of this mailbox.
        if not is_ours or max(state.position, state.top) > mailbox.sequence:
            raise invalid_state()
    return replace(state, top=mailbox.sequence) if state.top == state.position else state


class _Changes:
    """The page of one answer."""

    def __init__(self, operation: Operation, here: FolderHere, state: _State) -> None:
        self.here = here
        self.state = state
        self.size = int(operation.require_child("MaxChangesReturned").text or "0")
        ignored = operation.child("Ignore")
        self.ignored = {one.get("Id") for one in (ignored if ignored is not None else ())}

    def write(self, shape: Shape) -> list[_Element]:
        """Return the parts of the ResponseMessage."""
        found = list(islice(self._pending(), self.size + 1))
        page, is_last = found[: self.size], len(found) <= self.size
        state = self.state
        if is_last:
            after = replace(state, base=state.top, position=state.top)
        else:
            after = replace(state, position=page[-1][0])
        changes = make("m:Changes")
        for _, what in page:
            self._write_change(changes, what, shape)
        return [
            make("m:SyncState", write_state(asdict(after))),
            make("m:IncludesLastItemInRange", truth(is_last)),
            changes,
        ]

    def _pending(self) -> Iterator[_Change]:
        """Yield what is to be told after the position, in the order of the log."""
        here, state = self.here, self.state
        if not holds_mail(here.mailbox, here.folder):
            return
        if state.base == 0:
            # The first round: everything that is there, by arrival, and nothing that is gone.
            log = here.mailbox.changes_in(here.folder)
            changes: Iterator[_Change] = iter(log.arrived_after(state.position))
        else:
            changes = iter(sorted(self._since_base(), key=itemgetter(0)))
        for place, what in changes:
            if place > state.top:
                break
            if self._id_of(what) not in self.ignored:
                yield place, what

    def _since_base(self) -> Iterator[_Change]:
        here, state = self.here, self.state
        # A change may lie after `top` while the arrival lies before it: both count from `base`.
        for _, message in here.mailbox.changes_in(here.folder).changed_after(state.base):
            place = message.arrived if message.arrived > state.base else message.changed
            if state.position < place:
                yield place, message
        for gone in here.mailbox.removals_after(state.position, here.folder):
            # What came and went without having been told is not told at all.
            if gone.arrived <= state.base or gone.arrived <= state.position:
                yield gone.sequence, gone

    def _id_of(self, what: StoredMessage | Removal) -> str:
        return to_ews(what.id if isinstance(what, Removal) else what.ordinary_id)

    def _write_change(self, changes: _Element, what: StoredMessage | Removal, shape: Shape) -> None:
        if isinstance(what, Removal):
            add(add(changes, "t:Delete"), "t:ItemId", Id=to_ews(what.id))
            return
        item = ItemHere(place=self.here.place, message=what)
        if what.arrived > self.state.base:
            put(add(changes, "t:Create"), show_item(item, shape))
        elif what.edited > self.state.base:
            put(add(changes, "t:Update"), show_item(item, shape))
        else:
            change = add(changes, "t:ReadFlagChange")
            add(change, "t:ItemId", Id=to_ews(what.ordinary_id), ChangeKey=item_change_key(what))
            add(change, "t:IsRead", truth(what.is_read))
