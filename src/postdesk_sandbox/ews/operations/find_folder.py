"""FindFolder: the folders below others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews import folder_fields
from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.operation import FolderHere
from postdesk_sandbox.ews.restrictions import Reader
from postdesk_sandbox.ews.shapes import read_folder_shape
from postdesk_sandbox.ews.showing import check_folder_shape, show_folder
from postdesk_sandbox.ews.tree import below, children_of
from postdesk_sandbox.ews.views import read_page
from postdesk_sandbox.ews.writing import add, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.extended import Value
    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.ews.paths import Path


def find_folder(operation: Operation) -> _Element:
    """Answer with a page of the folders below each parent."""
    shape = read_folder_shape(operation)

    def find(parent: _Element) -> list[_Element]:
        check_folder_shape(operation, shape)
        test = Reader(operation=operation, find=_value_finder).read_restriction(
            operation.child("Restriction")
        )
        start = operation.open_folder(parent)
        found = [one for one in _folders_below(operation, start) if test(one)]
        page = read_page(operation, "Folder", found)
        root = page.write_root()
        put(add(root, "t:Folders"), *(show_folder(one, shape) for one in page.things))
        return [root]

    return answer_each("FindFolder", operation.require_child("ParentFolderIds"), find)


def _folders_below(operation: Operation, start: FolderHere) -> list[FolderHere]:
    traversal = operation.body.get("Traversal")
    if traversal == "SoftDeleted":
        raise operation.refuse("Traversal SoftDeleted")
    walk = below if traversal == "Deep" else children_of
    return [FolderHere(place=start.place, folder=one) for one in walk(start.mailbox, start.folder)]


def _value_finder(path: Path) -> Callable[[FolderHere], Value | None] | None:
    if path.is_extended:
        known = folder_fields.is_known(path)
        return (lambda here: folder_fields.value_of(here, path)) if known else None
    field = folder_fields.BY_URI.get(path.uri)
    return field.value if field else None
