"""GetItem: messages by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.shapes import read_item_shape
from postdesk_sandbox.ews.showing import check_item_shape, show_item
from postdesk_sandbox.ews.writing import make, put

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation


def get_item(operation: Operation) -> _Element:
    """Answer with each message, or with why it cannot be shown."""
    shape = read_item_shape(operation, is_summary=False)

    def show(reference: _Element) -> list[_Element]:
        check_item_shape(operation, shape)
        return [put(make("m:Items"), show_item(operation.open_item(reference), shape))]

    return answer_each("GetItem", operation.require_child("ItemIds"), show, otherwise=("m:Items",))
