"""The folders of a mailbox: names, the ones that every mailbox has, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from postdesk_sandbox.ids import store_id

WELL_KNOWN = {
    "msgfolderroot": "Top of Information Store",
    "inbox": "Inbox",
    "drafts": "Drafts",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "junkemail": "Junk Email",
    "archive": "Archive",
    "outbox": "Outbox",
}


class FolderExistsError(Exception):
    """The parent folder already has a folder of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder; its id never changes."""

    id: str
    name: str
    parent_id: str
    well_known: str = ""


@dataclass(slots=True)
class FolderTree:
    """The folders of one address, and the number of changes that its mailbox has seen."""

    address: str
    folders: dict[str, Folder] = field(default_factory=dict)
    # Folder id -> the place at which the folder, or what it holds, last changed; a folder
    # that is gone stays here and is no longer in `folders`.
    folder_changes: dict[str, int] = field(default_factory=dict)
    sequence: int = 0
    _by_well_known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        root = self._add_folder(WELL_KNOWN["msgfolderroot"], "", "msgfolderroot")
        for key, name in WELL_KNOWN.items():
            if key != "msgfolderroot":
                self._add_folder(name, root.id, key)

    def folder(self, ref: str) -> Folder | None:
        """Find a folder by its id or its well-known name."""
        return self.folders.get(self._by_well_known.get(ref.lower(), ref))

    def folder_named(self, ref: str) -> Folder | None:
        """Find a folder by id, well-known name or the name that people see."""
        return self.folder(ref) or next(
            (one for one in self.folders.values() if one.name.lower() == ref.lower()), None
        )

    def well_known(self, name: str) -> Folder:
        """Return one of the folders that every mailbox has."""
        return self.folders[self._by_well_known[name]]

    def children(self, folder: Folder) -> list[Folder]:
        """Return the folders directly below, by name."""
        found = [one for one in self.folders.values() if one.parent_id == folder.id]
        return sorted(found, key=lambda one: one.name.lower())

    def create_folder(self, parent: Folder, name: str) -> Folder:
        """Add a folder. Raises FolderExistsError when the name is taken."""
        if any(one.name.lower() == name.lower() for one in self.children(parent)):
            raise FolderExistsError(name)
        return self._add_folder(name, parent.id, "")

    def _add_folder(self, name: str, parent_id: str, well_known: str) -> Folder:
        # Not by its name, which another one may have after this one was renamed or moved.
        key = store_id("AQMkADEx", self.address, well_known or f"{parent_id}/{self.sequence}")
        folder = Folder(id=key, name=name, parent_id=parent_id, well_known=well_known)
        self.folders[key] = folder
        self._note_folder(key)
        if well_known:
            self._by_well_known[well_known] = key
        return folder

    def rename_folder(self, folder: Folder, name: str) -> Folder:
        """Give a folder another name. Raises FolderExistsError when a sibling has it."""
        siblings = [one for one in self._siblings(folder.parent_id) if one.id != folder.id]
        if any(one.name.lower() == name.lower() for one in siblings):
            raise FolderExistsError(name)
        self.folders[folder.id] = renamed = replace(folder, name=name)
        self._note_folder(folder.id)
        return renamed

    def move_folder(self, folder: Folder, parent: Folder) -> Folder:
        """Put a folder below another one. Raises FolderExistsError when the name is taken."""
        if any(one.name.lower() == folder.name.lower() for one in self._siblings(parent.id)):
            raise FolderExistsError(folder.name)
        self.folders[folder.id] = moved = replace(folder, parent_id=parent.id)
        self._note_folder(folder.id)
        return moved

    def is_below(self, folder: Folder, parent: Folder) -> bool:
        """Say whether a folder is the other one, or lies somewhere below it."""
        here: Folder | None = folder
        while here is not None and here.id != parent.id:
            here = self.folders.get(here.parent_id)
        return here is not None

    def _siblings(self, parent_id: str) -> list[Folder]:
        return [one for one in self.folders.values() if one.parent_id == parent_id]

    def _note_folder(self, folder_id: str) -> None:
        self.sequence += 1
        self.folder_changes[folder_id] = self.sequence
