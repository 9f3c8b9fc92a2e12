"""SyncFolderHierarchy: which folders came, changed or went since a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.identity import to_ews
from postdesk_sandbox.ews.operation import FolderHere
from postdesk_sandbox.ews.shapes import read_folder_shape
from postdesk_sandbox.ews.showing import check_folder_shape, show_folder
from postdesk_sandbox.ews.sync_state import invalid_state, read_state, write_state
from postdesk_sandbox.ews.tree import below, find_distinguished
from postdesk_sandbox.ews.writing import add, make, put

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.ews.shapes import Shape
    from postdesk_sandbox.mailboxes import Folder

_BESIDE_ERRORS = ("m:SyncState", "m:IncludesLastFolderInRange=true")


def sync_folder_hierarchy(operation: Operation) -> _Element:
    """Answer with all changes at once and the state after them."""
    shape = read_folder_shape(operation)

    def sync(_: None) -> list[_Element]:
        check_folder_shape(operation, shape)
        start = _start(operation)
        known = _read(operation, start)
        present = {one.id: one for one in below(start.mailbox, start.folder)}
        state = write_state(
            {
                "generation": start.mailbox.generation,
                "start": start.folder.id,
                "folders": {key: _print_of(one) for key, one in present.items()},
            }
        )
        return [
            make("m:SyncState", state),
            make("m:IncludesLastFolderInRange", "true"),
            _write_changes(start, known, present, shape),
        ]

    return answer_each("SyncFolderHierarchy", [None], sync, otherwise=_BESIDE_ERRORS)


def _start(operation: Operation) -> FolderHere:
    given = operation.open_target("SyncFolderId")
    if given is not None:
        return given
    place = operation.own_place()
    root = find_distinguished(place.mailbox, "root")
    if root is None:
        raise invalid_state()
    return FolderHere(place=place, folder=root)


def _read(operation: Operation, start: FolderHere) -> dict[str, str]:
    """Return what the client knows: the print of each folder by its id."""
    element = operation.child("SyncState")
    if element is None or not (element.text or "").strip():
        return {}
    values = read_state(element.text or "")
    folders = values.get("folders")
    is_ours = (values.get("generation"), values.get("start")) == (
        start.mailbox.generation,
        start.folder.id,
    )
    if not is_ours or not isinstance(folders, dict):
        raise invalid_state()
    return folders


def _print_of(folder: Folder) -> str:
    """Return what makes a folder another one to its clients; its content does not."""
    return f"{folder.parent_id}/{folder.name}"


def _write_changes(
    start: FolderHere, known: dict[str, str], present: dict[str, Folder], shape: Shape
) -> _Element:
    changes = make("m:Changes")
    for key, folder in present.items():
        if known.get(key) != _print_of(folder):
            here = FolderHere(place=start.place, folder=folder)
            kind = "t:Update" if key in known else "t:Create"
            put(add(changes, kind), show_folder(here, shape))
    for key in known.keys() - present.keys():
        add(add(changes, "t:Delete"), "t:FolderId", Id=to_ews(key))
    return changes
