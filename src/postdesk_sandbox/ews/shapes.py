"""Which properties an answer is to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import full_name
from postdesk_sandbox.ews.paths import Path, read_path

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation

# Parts of ItemShape that change nothing here: the sandbox hands HTML out as it came, in UTF-8.
_HARMLESS = frozenset({"BaseShape", "AdditionalProperties", "IncludeMimeContent", "BodyType"})
_IDLE = {"FilterHtmlContent": "false", "ConvertHtmlCodePageToUTF8": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A base shape, what is wanted beside it, and the form of bodies."""

    base: str
    more: tuple[Path, ...] = ()
    with_mime: bool = False
    body_type: str = "Best"
    # FindItem and SyncFolderItems show less than GetItem: the former refuses what it does not
    # show, the latter leaves it out, as clients of the real service rely on.
    is_summary: bool = False
    refuses: bool = True

    @property
    def uris(self) -> frozenset[str]:
        """The plain properties that are wanted beside the base shape."""
        return frozenset(one.uri for one in self.more if one.uri and not one.index)

    @property
    def extended(self) -> tuple[Path, ...]:
        """The extended properties that are wanted, each once."""
        return tuple(dict.fromkeys(one for one in self.more if one.is_extended))

    @property
    def headers(self) -> tuple[str, ...]:
        """The single headers that are wanted by IndexedFieldURI."""
        return tuple(one.index for one in self.more if one.index)


def read_item_shape(operation: Operation, *, is_summary: bool, refuses: bool = True) -> Shape:
    """Read ItemShape. Raises EwsError for what the sandbox cannot do."""
    element = operation.require_child("ItemShape")
    _refuse_unknown_parts(operation, element)
    return Shape(
        base=_base(operation, element),
        more=_more(element),
        with_mime=_is_true(_text(element, "IncludeMimeContent")),
        body_type=_text(element, "BodyType") or "Best",
        is_summary=is_summary,
        refuses=refuses,
    )


def read_attachment_shape(operation: Operation) -> Shape:
    """Read AttachmentShape, which may be missing."""
    element = operation.child("AttachmentShape")
    if element is None:
        return Shape(base="AllProperties")
    _refuse_unknown_parts(operation, element)
    return Shape(
        base="AllProperties",
        more=_more(element),
        with_mime=_is_true(_text(element, "IncludeMimeContent")),
        body_type=_text(element, "BodyType") or "Best",
    )


def read_folder_shape(operation: Operation) -> Shape:
    """Read FolderShape."""
    element = operation.require_child("FolderShape")
    return Shape(base=_base(operation, element), more=_more(element))


def property_not_here(uri: str) -> EwsError:
    """Return the refusal of a property that this operation never shows."""
    return EwsError(
        "ErrorInvalidPropertyForOperation",
        f"Property is not valid for this operation: {uri}",
    )


def _refuse_unknown_parts(operation: Operation, element: _Element) -> None:
    for part in element:
        name = str(part.tag).rpartition("}")[2]
        idle = name in _IDLE and _text(element, name) == _IDLE[name]
        if name not in _HARMLESS and not idle:
            raise operation.refuse(f"{name} in a shape")


def _base(operation: Operation, element: _Element) -> str:
    base = _text(element, "BaseShape")
    if base == "PcxPeopleSearch":
        raise operation.refuse("BaseShape PcxPeopleSearch")
    return base


def _more(element: _Element) -> tuple[Path, ...]:
    wanted = element.find(full_name("t:AdditionalProperties"))
    return () if wanted is None else tuple(read_path(one) for one in wanted)


def _text(element: _Element, name: str) -> str:
    return (element.findtext(full_name(f"t:{name}")) or "").strip()


def _is_true(text: str) -> bool:
    return text in {"true", "1"}
