"""Writing messages and folders in the shape that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews import folder_fields, message_fields
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.extended import is_known
from postdesk_sandbox.ews.shapes import property_not_here
from postdesk_sandbox.ews.tree import element_of
from postdesk_sandbox.ews.writing import make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import FolderHere, ItemHere, Operation
    from postdesk_sandbox.ews.paths import Path
    from postdesk_sandbox.ews.shapes import Shape


def check_item_shape(operation: Operation, shape: Shape) -> None:
    """Raise EwsError for a property that cannot be shown here, or never in this sandbox."""
    if shape.with_mime and shape.is_summary and shape.refuses:
        raise property_not_here("item:MimeContent")
    for path in shape.more:
        _check_item_path(operation, path, is_summary=shape.is_summary and shape.refuses)


def _check_item_path(operation: Operation, path: Path, *, is_summary: bool) -> None:
    if path.is_extended:
        if not is_known(path):
            raise operation.refuse(f"extended property {path.key}")
        return
    if path.uri.startswith(message_fields.OTHER_KINDS) or path.uri in message_fields.ABSENT:
        return
    if path.index:
        if is_summary:
            raise property_not_here(path.uri)
        return
    field = message_fields.BY_URI.get(path.uri)
    if field is None and path.uri.startswith(("item:", "message:")):
        raise operation.refuse(f"property {path.uri}")
    if field is None or (is_summary and field.only_in_items):
        raise property_not_here(path.uri)


def show_item(item: ItemHere, shape: Shape) -> _Element:
    """Return `t:Message` with the properties of the shape."""
    element = make("t:Message")
    wanted = message_fields.BASES[shape.base] | shape.uris | {"item:ItemId"}
    if shape.with_mime and not shape.is_summary:
        wanted |= {"item:MimeContent"}
    if shape.headers:
        wanted |= {"item:InternetMessageHeaders"}
    for field in message_fields.FIELDS:
        shown = field.uri in wanted and not (shape.is_summary and field.only_in_items)
        if shown or not field.uri:
            field.write(element, item, shape)
    return element


def check_folder_shape(operation: Operation, shape: Shape) -> None:
    """Raise EwsError for a property that no folder shows, or never in this sandbox."""
    for path in shape.more:
        if path.is_extended:
            if not folder_fields.is_known(path):
                raise operation.refuse(f"folder property {path.key}")
        elif not path.uri.startswith("folder:"):
            raise EwsError(
                "ErrorInvalidPropertyRequest", f"{path.uri} is not a property of a folder."
            )
        elif path.uri not in folder_fields.BY_URI and path.uri not in folder_fields.ABSENT:
            raise operation.refuse(f"property {path.uri}")


def show_folder(here: FolderHere, shape: Shape) -> _Element:
    """Return `t:Folder` or one of its kin with the properties of the shape."""
    element = make(f"t:{element_of(here.folder)}")
    wanted = folder_fields.BASES[shape.base] | shape.uris | {"folder:FolderId"}
    for field in folder_fields.FIELDS:
        if not field.uri or field.uri in wanted:
            field.write(element, here, shape)
    return element
