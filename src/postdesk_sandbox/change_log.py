"""The order in which the messages of one folder arrived and changed, read from any place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLACK = 64


class Placed(Protocol):
    """A message with its number, and its places in the log of the mailbox."""

    number: int
    arrived: int
    changed: int


Message = TypeVar("Message", bound=Placed)


@dataclass(slots=True)
class FolderLog(Generic[Message]):
    """The messages of a folder by number, and where in the mailbox's log each one stands.

    A place is a number of `Mailbox.sequence`. An entry goes stale when its message leaves
    or changes again; stale ones are passed over, and swept out when they are the majority.
    """

    messages: dict[int, Message] = field(default_factory=dict)
    _places: list[int] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)

    def note(self, message: Message) -> None:
        """Take a message in at its place `changed`, which is the newest of the mailbox."""
        self.messages[message.number] = message
        self._places.append(message.changed)
        self._numbers.append(message.number)
        if len(self._places) > 4 * len(self.messages) + _SLACK:
            self._sweep()

    def drop(self, message: Message) -> None:
        """Take a message out."""
        self.messages.pop(message.number, None)

    def changed_after(self, place: int) -> Iterator[tuple[int, Message]]:
        """Yield messages by their last change, oldest first, with its place."""
        for index in range(bisect_right(self._places, place), len(self._places)):
            message = self.messages.get(self._numbers[index])
            if message is not None and message.changed == self._places[index]:
                yield message.changed, message

    def changed_before(self, place: int) -> Iterator[tuple[int, Message]]:
        """Yield messages by their last change, newest first, with its place."""
        for index in range(bisect_left(self._places, place) - 1, -1, -1):
            message = self.messages.get(self._numbers[index])
            if message is not None and message.changed == self._places[index]:
                yield message.changed, message

    def arrived_after(self, place: int) -> Iterator[tuple[int, Message]]:
        """Yield messages by their arrival in the folder, oldest first, with its place."""
        for index in range(bisect_right(self._places, place), len(self._places)):
            message = self.messages.get(self._numbers[index])
            if message is not None and message.arrived == self._places[index]:
                yield message.arrived, message

    def _sweep(self) -> None:
        kept = []
        for place, number in zip(self._places, self._numbers, strict=True):
            message = self.messages.get(number)
            if message is not None and place in {message.arrived, message.changed}:
                kept.append((place, number))
        self._places = [place for place, _ in kept]
        self._numbers = [number for _, number in kept]
