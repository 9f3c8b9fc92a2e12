"""CreateFolder: new folders for mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.ews.operation import FolderHere
from postdesk_sandbox.ews.shapes import Shape
from postdesk_sandbox.ews.showing import show_folder
from postdesk_sandbox.ews.writing import make, put
from postdesk_sandbox.mailboxes import FolderExistsError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation

_SETTABLE = frozenset({"DisplayName", "FolderClass"})


def create_folder(operation: Operation) -> _Element:
    """Answer with the id of each folder created."""
    parent = operation.require_child("ParentFolderId")[0]

    def create(element: _Element) -> list[_Element]:
        name = _read_name(operation, element)
        above = operation.open_folder(parent)
        # What lies beside the folders of mail has no place in the mailbox.
        below = above.mailbox.well_known("msgfolderroot") if _is_root(above) else above.folder
        if below.id not in above.mailbox.folders:
            raise operation.refuse(f"a folder below {above.folder.name}")
        try:
            folder = above.mailbox.create_folder(below, name)
        except FolderExistsError as error:
            raise EwsError(
                "ErrorFolderExists", "A folder with the specified name already exists."
            ) from error
        here = FolderHere(place=above.place, folder=folder)
        return [put(make("m:Folders"), show_folder(here, Shape(base="IdOnly")))]

    folders = operation.require_child("Folders")
    return answer_each("CreateFolder", folders, create, otherwise=("m:Folders",))


def _is_root(above: FolderHere) -> bool:
    return above.folder.well_known == "msgfolderroot"


def _read_name(operation: Operation, element: _Element) -> str:
    kind = local_name(element.tag)
    given = {local_name(one.tag) for one in element}
    folder_class = element.findtext(full_name("t:FolderClass")) or "IPF.Note"
    if kind != "Folder" or folder_class != "IPF.Note" or given - _SETTABLE:
        raise operation.refuse(f"{kind} of class {folder_class} with {sorted(given - _SETTABLE)}")
    name = (element.findtext(full_name("t:DisplayName")) or "").strip()
    if not name:
        raise EwsError("ErrorFolderSavePropertyError", "The folder needs a DisplayName.")
    return name
