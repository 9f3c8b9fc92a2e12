"""Pages of FindItem and FindFolder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import local_name
from postdesk_sandbox.ews.writing import make, truth

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation

Thing = TypeVar("Thing")
# The policy EWSFindCountLimit of Exchange: no answer has more.
MAX_ENTRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Thing]):
    """What one answer shows of everything found."""

    things: list[Thing]
    total: int
    next_offset: int
    is_last: bool
    is_paged: bool

    def write_root(self) -> _Element:
        """Return `m:RootFolder` with the paging attributes."""
        root = make(
            "m:RootFolder",
            TotalItemsInView=str(self.total),
            IncludesLastItemInRange=truth(self.is_last),
        )
        if self.is_paged:
            root.set("IndexedPagingOffset", str(self.next_offset))
        return root


def read_page(operation: Operation, kind: str, found: list[Thing]) -> Page[Thing]:
    """Cut a page out of everything found; `kind` is `Item` or `Folder`.

    Raises EwsError for an impossible page.
    """
    view = operation.child(f"IndexedPage{kind}View")
    if view is None:
        _refuse_other_views(operation)
        things = found[:MAX_ENTRIES]
        whole = len(things) == len(found)
        return Page(
            things=things, total=len(found), next_offset=len(things), is_last=whole, is_paged=False
        )
    size = min(int(view.get("MaxEntriesReturned", MAX_ENTRIES)), MAX_ENTRIES)
    offset = int(view.get("Offset", "0"))
    if offset < 0:
        raise EwsError(
            "ErrorInvalidIndexedPagingParameters", "The indexed paging parameters are invalid."
        )
    if view.get("BasePoint") == "End":
        return _from_the_end(found, offset, size)
    things = found[offset : offset + size]
    end = min(offset + size, len(found))
    return Page(
        things=things,
        total=len(found),
        next_offset=max(end, offset) if offset <= len(found) else len(found),
        is_last=end >= len(found),
        is_paged=True,
    )


def _from_the_end(found: list[Thing], offset: int, size: int) -> Page[Thing]:
    """Offset counts backwards from the last; the things keep their order."""
    end = max(len(found) - offset, 0)
    start = max(end - size, 0)
    return Page(
        things=found[start:end],
        total=len(found),
        next_offset=len(found) - start,
        is_last=start == 0,
        is_paged=True,
    )


def _refuse_other_views(operation: Operation) -> None:
    for child in operation.body:
        name = local_name(child.tag)
        if name.endswith("View"):
            raise operation.refuse(name)
