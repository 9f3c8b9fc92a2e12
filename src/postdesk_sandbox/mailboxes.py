"""Mailboxes: folders, messages with two kinds of ids, and a numbered log of changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time

from postdesk_sandbox.ids import change_key, store_id
from postdesk_sandbox.mime import Reading, read_message

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A message left a folder, at this place of the change log."""

    folder_id: str
    sequence: int
    id: str
    immutable_id: str


@dataclass(slots=True, kw_only=True, eq=False)
class StoredMessage:
    """One message. `arrived` and `changed` are places in the mailbox's change log."""

    number: int
    owner: str
    mime: bytes
    folder_id: str
    received_at: datetime
    modified_at: datetime
    is_read: bool = False
    is_draft: bool = False
    categories: tuple[str, ...] = ()
    arrived: int = 0
    changed: int = 0
    moves: int = 0
    _reading: Reading | None = None

    @property
    def immutable_id(self) -> str:
        """The id that survives moves inside the mailbox."""
        return store_id("AAkALgAA", self.owner, self.number)

    @property
    def ordinary_id(self) -> str:
        """The id that changes with every move."""
        return store_id("AAMkADEx", self.owner, self.number, self.moves)

    @property
    def change_key(self) -> str:
        """The version of the item."""
        return change_key(self.owner, self.number, self.changed)

    @property
    def conversation_id(self) -> str:
        """The thread, told by the first Message-ID that the references name."""
        reading = self.reading
        first = (reading.references or reading.in_reply_to or reading.message_id).split()
        return store_id("AAQkADEx", self.owner, first[0] if first else self.number)

    @property
    def reading(self) -> Reading:
        """The parsed octets, read once."""
        if self._reading is None:
            self._reading = read_message(self.mime)
        return self._reading


@dataclass(slots=True)
class Mailbox:
    """The store of one address."""

    address: str
    folders: dict[str, Folder] = field(default_factory=dict)
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    removals: list[Removal] = field(default_factory=list)
    sequence: int = 0
    # Random, so that no delta link of an earlier run or before a reset is taken for valid.
    generation: int = field(default_factory=lambda: secrets.randbelow(1_000_000))
    _numbers: dict[str, int] = field(default_factory=dict)
    _last_number: int = 0
    _by_well_known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        root = self._add_folder(WELL_KNOWN["msgfolderroot"], "", "msgfolderroot")
        for key, name in WELL_KNOWN.items():
            if key != "msgfolderroot":
                self._add_folder(name, root.id, key)

    # Folders
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
        key = store_id("AQMkADEx", self.address, well_known or f"{parent_id}/{name.lower()}")
        folder = Folder(id=key, name=name, parent_id=parent_id, well_known=well_known)
        self.folders[key] = folder
        if well_known:
            self._by_well_known[well_known] = key
        return folder

    # Messages
    def messages_in(self, folder: Folder) -> list[StoredMessage]:
        """Return the messages of a folder, oldest arrival first."""
        return [one for one in self.messages.values() if one.folder_id == folder.id]

    def message(self, ref: str) -> StoredMessage | None:
        """Find a message by its present ordinary id or its immutable id."""
        number = self._numbers.get(ref)
        return self.messages.get(number) if number is not None else None

    def add(
        self,
        mime: bytes,
        *,
        folder: Folder,
        now: datetime,
        received_at: datetime | None = None,
        is_read: bool = False,
        is_draft: bool = False,
    ) -> StoredMessage:
        """Store octets as a new message."""
        self._last_number += 1
        message = StoredMessage(
            number=self._last_number,
            owner=self.address,
            mime=mime,
            folder_id=folder.id,
            received_at=received_at or now,
            modified_at=now,
            is_read=is_read,
            is_draft=is_draft,
        )
        self.messages[message.number] = message
        self._index(message)
        self._arrive(message)
        return message

    def touch(self, message: StoredMessage, *, now: datetime) -> None:
        """Note that a message was changed where it lies."""
        self.sequence += 1
        message.changed = self.sequence
        message.modified_at = now

    def move(self, message: StoredMessage, folder: Folder, *, now: datetime) -> None:
        """Put a message into another folder; its ordinary id changes."""
        self._leave(message)
        message.folder_id = folder.id
        message.moves += 1
        message.modified_at = now
        self._index(message)
        self._arrive(message)

    def copy(self, message: StoredMessage, folder: Folder, *, now: datetime) -> StoredMessage:
        """Add a copy with ids of its own."""
        twin = self.add(
            message.mime,
            folder=folder,
            now=now,
            received_at=message.received_at,
            is_read=message.is_read,
            is_draft=message.is_draft,
        )
        twin.categories = message.categories
        return twin

    def remove(self, message: StoredMessage) -> None:
        """Take a message out for good."""
        self._leave(message)
        self._numbers.pop(message.immutable_id, None)
        del self.messages[message.number]

    def invalidate_sync(self) -> None:
        """Make every delta link given out so far answer 410."""
        self.generation += 1

    def _index(self, message: StoredMessage) -> None:
        self._numbers[message.immutable_id] = message.number
        self._numbers[message.ordinary_id] = message.number

    def _arrive(self, message: StoredMessage) -> None:
        self.sequence += 1
        message.arrived = message.changed = self.sequence

    def _leave(self, message: StoredMessage) -> None:
        self.sequence += 1
        self._numbers.pop(message.ordinary_id, None)
        self.removals.append(
            Removal(
                folder_id=message.folder_id,
                sequence=self.sequence,
                id=message.ordinary_id,
                immutable_id=message.immutable_id,
            )
        )
