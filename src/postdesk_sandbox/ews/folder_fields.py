"""The properties of a folder in the order of the schema, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from postdesk_sandbox.ews.extended import Value, write_property, write_value
from postdesk_sandbox.ews.identity import folder_change_key, to_ews
from postdesk_sandbox.ews.message_writers import write_rights
from postdesk_sandbox.ews.paths import write_path
from postdesk_sandbox.ews.tree import (
    children_of,
    class_of,
    distinguished_name,
    element_of,
    holds_mail,
)
from postdesk_sandbox.ews.writing import add

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import FolderHere
    from postdesk_sandbox.ews.paths import Path
    from postdesk_sandbox.ews.shapes import Shape
    from postdesk_sandbox.mailboxes import StoredMessage

Simple: TypeAlias = "Callable[[FolderHere], Value | None]"
Writer: TypeAlias = "Callable[[_Element, FolderHere, Shape], None]"


_MAY = (
    "CanCreateItems",
    "CanCreateSubFolders",
    "IsFolderOwner",
    "IsFolderVisible",
    "IsFolderContact",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One property: its URI, how it is written, and its value if it is a simple one."""

    uri: str
    write: Writer
    value: Simple | None = None


def change_key_of(here: FolderHere) -> str:
    """Return the version of a folder."""
    place = here.mailbox.folder_changes.get(here.folder.id, 0)
    return folder_change_key(here.folder, place)


def write_folder_id(parent: _Element, here: FolderHere) -> None:
    """Append FolderId with the change key."""
    add(parent, "t:FolderId", Id=to_ews(here.folder.id), ChangeKey=change_key_of(here))


def messages_in(here: FolderHere) -> list[StoredMessage]:
    """Return the messages of a folder; those that hold no mail are empty."""
    if not holds_mail(here.mailbox, here.folder):
        return []
    return here.mailbox.messages_in(here.folder)


def _count(here: FolderHere) -> int:
    held = holds_mail(here.mailbox, here.folder)
    return here.mailbox.count_in(here.folder) if held else 0


def _unread(here: FolderHere) -> int:
    return sum(not one.is_read for one in messages_in(here))


def _simple(uri: str, value: Simple) -> Field:
    name = f"t:{uri.partition(':')[2]}"

    def write(parent: _Element, here: FolderHere, shape: Shape) -> None:  # noqa: ARG001
        found = value(here)
        if found is not None:
            add(parent, name, write_value(found))

    return Field(uri=uri, write=write, value=value)


def _write_id(parent: _Element, here: FolderHere, shape: Shape) -> None:  # noqa: ARG001
    write_folder_id(parent, here)


def _write_parent(parent: _Element, here: FolderHere, shape: Shape) -> None:  # noqa: ARG001
    add(parent, "t:ParentFolderId", Id=to_ews(here.folder.parent_id), ChangeKey="AQAAAA==")


def _write_rights(parent: _Element, here: FolderHere, shape: Shape) -> None:  # noqa: ARG001
    write_rights(parent)


def _write_permissions(parent: _Element, here: FolderHere, shape: Shape) -> None:  # noqa: ARG001
    """Append what everybody else may do, which is nothing. A calendar has a set of its own kind."""
    if element_of(here.folder) == "CalendarFolder":
        return
    holder = add(add(parent, "t:PermissionSet"), "t:Permissions")
    for who in ("Default", "Anonymous"):
        permission = add(holder, "t:Permission")
        add(add(permission, "t:UserId"), "t:DistinguishedUser", who)
        for name in _MAY:
            add(permission, f"t:{name}", "false")
        for name in ("EditItems", "DeleteItems", "ReadItems", "PermissionLevel"):
            add(permission, f"t:{name}", "None")


def _unread_if_shown(here: FolderHere) -> int | None:
    """CalendarFolder and ContactsFolder have no such element."""
    return _unread(here) if element_of(here.folder) in {"Folder", "TasksFolder"} else None


def _write_extended(parent: _Element, here: FolderHere, shape: Shape) -> None:
    for path in shape.extended:
        value = value_of(here, path)
        if value is not None:
            parent.append(write_property(write_path(path), value))


def _changed_at(here: FolderHere) -> Value | None:
    return max((one.modified_at for one in messages_in(here)), default=None)


_KEPT: dict[str, Simple] = {
    "String 0x3001": lambda here: here.folder.name,
    "Integer 0x3602": _count,
    "Integer 0x3603": _unread,
    "Boolean 0x360a": lambda here: bool(children_of(here.mailbox, here.folder)),
    "String 0x3613": lambda here: class_of(here.folder) or None,
    "Integer 0x0e08": lambda here: sum(len(one.mime) for one in messages_in(here)),
    "Long 0x0e08": lambda here: sum(len(one.mime) for one in messages_in(here)),
    "Boolean 0x10f4": lambda _: False,
    "String 0x10f3": lambda here: here.folder.name,
    "Binary 0x0ff9": lambda here: here.folder.id.encode(),
    "Binary 0x0fff": lambda here: here.folder.id.encode(),
    "SystemTime 0x3008": _changed_at,
    "SystemTime 0x670a": _changed_at,
    # The next IMAP number and the highest given; see 0x0e23 of messages.
    "Integer 0x6751": lambda here: here.mailbox.sequence + 1,
    "Integer 0x6752": lambda here: max((one.arrived for one in messages_in(here)), default=0),
}
# A folder of this sandbox never has them: flat URL name.
_UNSET = frozenset({0x670E})


def is_known(path: Path) -> bool:
    """Say whether the sandbox can tell the value of an extended property."""
    return path.tag is None or path.key in _KEPT or path.tag in _UNSET


def value_of(here: FolderHere, path: Path) -> Value | None:
    """Return the value of an extended property, None when the folder has none."""
    return _KEPT[path.key](here) if path.key in _KEPT else None


FIELDS = (
    Field(uri="folder:FolderId", write=_write_id),
    Field(uri="folder:ParentFolderId", write=_write_parent),
    _simple("folder:FolderClass", lambda here: class_of(here.folder) or None),
    _simple("folder:DisplayName", lambda here: here.folder.name),
    _simple("folder:TotalCount", _count),
    _simple("folder:ChildFolderCount", lambda here: len(children_of(here.mailbox, here.folder))),
    Field(uri="", write=_write_extended),
    Field(uri="folder:EffectiveRights", write=_write_rights),
    _simple("folder:DistinguishedFolderId", lambda here: distinguished_name(here.folder) or None),
    Field(uri="folder:PermissionSet", write=_write_permissions),
    _simple("folder:UnreadCount", _unread_if_shown),
)
BY_URI = {one.uri: one for one in FIELDS if one.uri}
# Known to Exchange, and not on these folders.
ABSENT = frozenset(
    {
        "folder:SearchParameters", "folder:ManagedFolderInformation", "folder:PolicyTag",
        "folder:ArchiveTag", "folder:ReplicaList", "folder:SharingEffectiveRights",
    }
)  # fmt: skip
BASES = {
    "IdOnly": frozenset({"folder:FolderId"}),
    "Default": frozenset(
        f"folder:{name}"
        for name in ("FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount")
    ),
    "AllProperties": frozenset(BY_URI) - {"folder:PermissionSet"},
}
