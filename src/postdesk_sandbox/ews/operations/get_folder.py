"""GetFolder: folders by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.shapes import read_folder_shape
from postdesk_sandbox.ews.showing import check_folder_shape, show_folder
from postdesk_sandbox.ews.writing import make, put

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation


def get_folder(operation: Operation) -> _Element:
    """Answer with each folder, or with why it cannot be shown."""
    shape = read_folder_shape(operation)

    def show(reference: _Element) -> list[_Element]:
        check_folder_shape(operation, shape)
        folder = show_folder(operation.open_folder(reference), shape)
        return [put(make("m:Folders"), folder)]

    references = operation.require_child("FolderIds")
    return answer_each("GetFolder", references, show, otherwise=("m:Folders",))
