"""What happened in the folders of a mailbox, told as events from its change log."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from postdesk_sandbox.listeners import Listener
    from postdesk_sandbox.mailboxes import Mailbox, Removal, StoredMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event: `kind` such as NewMailEvent, its place in the log, and what it is about."""

    kind: str
    place: int
    at: datetime
    item_id: str
    change_key: str
    folder_id: str
    old_item_id: str = ""
    old_folder_id: str = ""


def happenings_after(
    place: int, mailbox: Mailbox, listener: Listener, *, now: datetime
) -> list[Happening]:
    """Return what a listener wants to know of, in the order of the log.

    The log keeps the last change of each message only: what was changed twice in between is
    told once, and what came and went is told as deleted.
    """
    left = _departures(mailbox, place)
    found = [
        one
        for folder in list(mailbox.folders.values())
        for _, message in mailbox.changes_in(folder).changed_after(place)
        for one in _tell(mailbox, message, place, left.get(message.immutable_id))
    ]
    found += [
        _tell_deleted(gone, now) for key, gone in left.items() if mailbox.message(key) is None
    ]
    heard = [one for one in found if _is_heard(listener, one)]
    return sorted(heard, key=attrgetter("place"))


def _is_heard(listener: Listener, one: Happening) -> bool:
    """Say whether it is wanted; a move is heard in the folder left and in the one reached."""
    folders = {one.folder_id, one.old_folder_id} - {""}
    if one.kind != "MovedEvent":
        folders = {one.folder_id}
    return one.kind in listener.event_types and any(listener.hears(key) for key in folders)


def _departures(mailbox: Mailbox, place: int) -> dict[str, Removal]:
    """Return the first departure of each message after the place, by immutable id."""
    newest_first = takewhile(lambda one: one.sequence > place, reversed(mailbox.removals))
    return {one.immutable_id: one for one in newest_first}


def _tell(
    mailbox: Mailbox, message: StoredMessage, place: int, departure: Removal | None
) -> Iterator[Happening]:
    """Yield what happened to a message that is there."""
    for kind in _kinds(mailbox, message, place, departure):
        was_moved = departure if kind == "MovedEvent" else None
        yield Happening(
            kind=kind,
            place=message.changed,
            at=message.modified_at,
            item_id=message.ordinary_id,
            change_key=message.change_key,
            folder_id=message.folder_id,
            old_item_id=was_moved.id if was_moved else "",
            old_folder_id=was_moved.folder_id if was_moved else "",
        )


def _kinds(
    mailbox: Mailbox, message: StoredMessage, place: int, departure: Removal | None
) -> list[str]:
    if message.arrived <= place:
        return ["ModifiedEvent"]
    if departure is not None:
        return ["MovedEvent"]
    if message.origin == "copy":
        return ["CopiedEvent"]
    is_new_mail = (
        message.origin == "delivery"
        and not message.is_draft
        and message.folder_id == mailbox.well_known("inbox").id
    )
    return ["CreatedEvent", "NewMailEvent"] if is_new_mail else ["CreatedEvent"]


def _tell_deleted(gone: Removal, now: datetime) -> Happening:
    return Happening(
        kind="DeletedEvent",
        place=gone.sequence,
        at=now,
        item_id=gone.id,
        change_key="",
        folder_id=gone.folder_id,
    )
