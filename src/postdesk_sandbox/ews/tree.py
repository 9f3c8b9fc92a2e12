"""The folders that EWS shows: those of mail, and the empty ones that every mailbox has beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ids import store_id
from postdesk_sandbox.mailboxes import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postdesk_sandbox.mailboxes import Mailbox

# Name -> what people see, the element, and the folder class. They hold nothing: the sandbox
# keeps mail only, but clients look for them when they sign in.
_EMPTY = {
    "calendar": ("Calendar", "CalendarFolder", "IPF.Appointment"),
    "contacts": ("Contacts", "ContactsFolder", "IPF.Contact"),
    "journal": ("Journal", "Folder", "IPF.Journal"),
    "notes": ("Notes", "Folder", "IPF.StickyNote"),
    "tasks": ("Tasks", "TasksFolder", "IPF.Task"),
}
_MAIL_CLASS = "IPF.Note"
# Well known to Graph, but no distinguished folder of EWS.
_GRAPH_ONLY = frozenset({"archive"})


def root_of(mailbox: Mailbox) -> Folder:
    """Return the folder above the one that people see as the top."""
    key = store_id("AQMkADEx", mailbox.address, "root")
    return Folder(id=key, name="Root", parent_id=key, well_known="root")


def all_folders(mailbox: Mailbox) -> list[Folder]:
    """Return every folder, the root first."""
    root, top = root_of(mailbox), mailbox.well_known("msgfolderroot")
    lifted = Folder(id=top.id, name=top.name, parent_id=root.id, well_known=top.well_known)
    beside = [
        Folder(
            id=store_id("AQMkADEx", mailbox.address, "beside", name),
            name=seen,
            parent_id=top.id,
            well_known=name,
        )
        for name, (seen, _, _) in _EMPTY.items()
    ]
    mail = [one for one in mailbox.folders.values() if one.id != top.id]
    return [root, lifted, *mail, *beside]


def find_folder(mailbox: Mailbox, key: str) -> Folder | None:
    """Find a folder by its id."""
    held = mailbox.folders.get(key)
    if held is not None and held.parent_id:
        return held
    return next((one for one in all_folders(mailbox) if one.id == key), None)


def find_distinguished(mailbox: Mailbox, name: str) -> Folder | None:
    """Find a folder by its name in DistinguishedFolderId."""
    if name in _GRAPH_ONLY:
        return None
    return next((one for one in all_folders(mailbox) if one.well_known == name), None)


def distinguished_name(folder: Folder) -> str:
    """Return the name that DistinguishedFolderId may give, or empty."""
    return "" if folder.well_known in _GRAPH_ONLY else folder.well_known


def children_of(mailbox: Mailbox, folder: Folder) -> list[Folder]:
    """Return the folders directly below, by name."""
    found = [
        one for one in all_folders(mailbox) if one.parent_id == folder.id and one.id != folder.id
    ]
    return sorted(found, key=lambda one: one.name.lower())


def below(mailbox: Mailbox, folder: Folder) -> Iterator[Folder]:
    """Yield all folders below, parents before their children."""
    for child in children_of(mailbox, folder):
        yield child
        yield from below(mailbox, child)


def element_of(folder: Folder) -> str:
    """Return the name of the element that shows such a folder."""
    return _EMPTY[folder.well_known][1] if folder.well_known in _EMPTY else "Folder"


def class_of(folder: Folder) -> str:
    """Return the folder class; the root has none."""
    if folder.well_known in _EMPTY:
        return _EMPTY[folder.well_known][2]
    return "" if folder.well_known == "root" else _MAIL_CLASS


def holds_mail(mailbox: Mailbox, folder: Folder) -> bool:
    """Say whether messages can lie in the folder."""
    return folder.id in mailbox.folders
