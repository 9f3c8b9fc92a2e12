"""DeleteFolder: folders that people made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.mailboxes import FolderExistsError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation


def delete_folder(operation: Operation) -> _Element:
    """Answer for each folder whether it is gone."""
    for_good = operation.body.get("DeleteType") != "MoveToDeletedItems"

    def delete(reference: _Element) -> list[_Element]:
        here = operation.open_folder(reference)
        folder, mailbox = here.folder, here.mailbox
        if folder.well_known:
            raise EwsError(
                "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."
            )
        bin_folder = mailbox.well_known("deleteditems")
        if for_good or mailbox.is_below(folder, bin_folder):
            mailbox.remove_folder(folder)
            return []
        try:
            mailbox.move_folder(folder, bin_folder)
        except FolderExistsError as error:
            raise EwsError(
                "ErrorFolderExists", "A folder with the specified name already exists."
            ) from error
        return []

    return answer_each("DeleteFolder", operation.require_child("FolderIds"), delete)
