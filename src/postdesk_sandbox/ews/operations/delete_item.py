"""DeleteItem: into Deleted Items, or out for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.identity import version_of

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation


def delete_item(operation: Operation) -> _Element:
    """Answer for each message whether it is gone."""
    to_bin = operation.body.get("DeleteType") == "MoveToDeletedItems"

    def delete(reference: _Element) -> list[_Element]:
        item = operation.open_item(reference)
        if key := reference.get("ChangeKey", ""):
            # An old one does no harm here; one that is none is refused.
            version_of(item.message, key)
        if to_bin:
            mailbox = item.mailbox
            mailbox.move(item.message, mailbox.well_known("deleteditems"), now=operation.call.now)
        else:
            # Without a dumpster, soft deletion is no other than the hard one.
            item.mailbox.remove(item.message)
        return []

    return answer_each("DeleteItem", operation.require_child("ItemIds"), delete)
