"""Mailboxes: folders, messages with two kinds of ids, and a numbered log of changes."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time
from operator import attrgetter
from typing import TYPE_CHECKING

from postdesk_sandbox.change_log import FolderLog
from postdesk_sandbox.folder_tree import WELL_KNOWN, Folder, FolderExistsError, FolderTree
from postdesk_sandbox.ids import change_key, store_id
from postdesk_sandbox.reading_cache import read_cached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postdesk_sandbox.mime import Reading

__all__ = [
    "WELL_KNOWN", "Folder", "FolderExistsError", "FolderTree", "Mailbox", "Removal",
    "StoredMessage",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A message left a folder, at this place of the change log."""

    folder_id: str
    sequence: int
    id: str
    immutable_id: str
    # Where the message had arrived in the folder that it left.
    arrived: int = 0


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
    # The last change of anything but the read flag, which Exchange reports apart.
    edited: int = 0
    moves: int = 0
    # "delivery", "creation" or "copy": only the first is new mail to a subscriber.
    origin: str = "delivery"
    # MAPI properties that clients have set, by `Path.key` of Exchange Web Services.
    extended: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noted_read: bool = False
    _mark: int = 0

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

    def settle(self) -> bool:
        """Say whether anything but the read flag differs from the last time this was asked."""
        mark = hash((self.categories, self.is_draft, id(self.mime), repr(self.extended)))
        differs, self._mark = mark != self._mark, mark
        return differs

    @property
    def reading(self) -> Reading:
        """The parsed octets; only those read lately are kept."""
        return read_cached(self.mime)


@dataclass(slots=True)
class Mailbox(FolderTree):
    """The store of one address."""

    messages: dict[int, StoredMessage] = field(default_factory=dict)
    removals: list[Removal] = field(default_factory=list)
    # Random, so that no delta link of an earlier run or before a reset is taken for valid.
    generation: int = field(default_factory=lambda: secrets.randbelow(1_000_000))
    _numbers: dict[str, int] = field(default_factory=dict)
    _last_number: int = 0
    _logs: defaultdict[str, FolderLog[StoredMessage]] = field(
        default_factory=lambda: defaultdict(FolderLog)
    )

    def remove_folder(self, folder: Folder) -> None:
        """Take a folder out for good, with all that it holds."""
        for child in self.children(folder):
            self.remove_folder(child)
        for message in self.messages_in(folder):
            self.remove(message)
        del self.folders[folder.id]
        self._note_folder(folder.id)

    def messages_in(self, folder: Folder) -> list[StoredMessage]:
        """Return the messages of a folder, oldest arrival first."""
        return list(self._logs[folder.id].messages.values())

    def count_in(self, folder: Folder) -> int:
        """Return how many messages a folder holds, without going through them."""
        return len(self._logs[folder.id].messages)

    def changes_in(self, folder: Folder) -> FolderLog[StoredMessage]:
        """Return the folder's log, to be read from any place."""
        return self._logs[folder.id]

    def removals_after(self, place: int, folder: Folder) -> Iterator[Removal]:
        """Yield what left a folder after a place of the log, oldest first."""
        start = bisect_right(self.removals, place, key=attrgetter("sequence"))
        for index in range(start, len(self.removals)):
            if self.removals[index].folder_id == folder.id:
                yield self.removals[index]

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
        was_read, message.noted_read = message.noted_read, message.is_read
        if message.settle() or was_read == message.is_read:
            message.edited = self.sequence
        message.changed = self.sequence
        message.modified_at = now
        self._logs[message.folder_id].note(message)
        self.folder_changes[message.folder_id] = self.sequence

    def rewrite(self, message: StoredMessage, mime: bytes, *, now: datetime) -> None:
        """Replace the octets of a message where it lies."""
        message.mime = mime
        self.touch(message, now=now)

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
        twin.extended = dict(message.extended)
        twin.origin = "copy"
        twin.settle()
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
        message.arrived = message.changed = message.edited = self.sequence
        message.noted_read = message.is_read
        message.settle()
        self._logs[message.folder_id].note(message)
        self.folder_changes[message.folder_id] = self.sequence

    def _leave(self, message: StoredMessage) -> None:
        self.sequence += 1
        self._logs[message.folder_id].drop(message)
        self.folder_changes[message.folder_id] = self.sequence
        self._numbers.pop(message.ordinary_id, None)
        self.removals.append(
            Removal(
                folder_id=message.folder_id,
                sequence=self.sequence,
                id=message.ordinary_id,
                immutable_id=message.immutable_id,
                arrived=message.arrived,
            )
        )
