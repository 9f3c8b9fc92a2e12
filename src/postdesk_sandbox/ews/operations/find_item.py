"""FindItem: the messages of folders, searched, ordered and cut into pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews import extended, facts, folder_fields, message_fields
from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.operation import ItemHere
from postdesk_sandbox.ews.restrictions import Reader
from postdesk_sandbox.ews.shapes import read_item_shape
from postdesk_sandbox.ews.showing import check_item_shape, show_item
from postdesk_sandbox.ews.views import read_page
from postdesk_sandbox.ews.writing import add, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.extended import Value
    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.ews.paths import Path
    from postdesk_sandbox.mailboxes import StoredMessage

_NOT_DONE = ("GroupBy", "DistinguishedGroupBy", "QueryString")


def find_item(operation: Operation) -> _Element:
    """Answer with a page of what each folder holds."""
    for name in _NOT_DONE:
        if operation.child(name) is not None:
            raise operation.refuse(name)
    shape = read_item_shape(operation, is_summary=True)

    def find(reference: _Element) -> list[_Element]:
        check_item_shape(operation, shape)
        here = operation.open_folder(reference)
        page = read_page(operation, "Item", _search(operation, folder_fields.messages_in(here)))
        root = page.write_root()
        items = (ItemHere(place=here.place, message=one) for one in page.things)
        put(add(root, "t:Items"), *(show_item(one, shape) for one in items))
        return [root]

    return answer_each("FindItem", operation.require_child("ParentFolderIds"), find)


def _search(operation: Operation, messages: list[StoredMessage]) -> list[StoredMessage]:
    """Return the messages that are meant, in the order that is wanted: else the newest first."""
    reader = Reader(operation=operation, find=_value_finder)
    test = reader.read_restriction(operation.child("Restriction"))
    order = operation.child("SortOrder")
    if operation.body.get("Traversal") != "Shallow":
        # Neither hidden items nor a dumpster exist here.
        messages = []
    found = [one for one in messages if test(one)]
    if order is None:
        return sorted(found, key=lambda one: (one.received_at, one.number), reverse=True)
    return reader.sort(found, order)


def _value_finder(path: Path) -> Callable[[StoredMessage], Value | None] | None:
    if path.is_extended:
        known = extended.is_known(path)
        return (lambda message: extended.value_of(message, path)) if known else None
    if path.index and path.uri == "item:InternetMessageHeader":
        return lambda message: facts.header(message, path.index) or None
    field = message_fields.BY_URI.get(path.uri)
    return field.value if field else None
