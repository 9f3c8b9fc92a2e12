"""The part of `$filter` that the sandbox knows: comparisons joined by `and`."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.clock import read_moment
from postdesk_sandbox.graph.errors import bad_request, not_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.web import Call

_AND = re.compile(r"\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)", re.IGNORECASE)
_COMPARISON = re.compile(r"^(\w+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s']+)$")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One `property operator value`."""

    property: str
    operator: str
    value: Any

    def holds(self, actual: object) -> bool:
        """Compare a message's value with the wanted one."""
        return _OPERATORS[self.operator](actual, self.value)


_READERS: dict[str, Callable[[StoredMessage], object]] = {
    "internetMessageId": lambda message: message.reading.message_id,
    "receivedDateTime": lambda message: message.received_at.replace(microsecond=0),
    "isRead": lambda message: message.is_read,
    "isDraft": lambda message: message.is_draft,
    "hasAttachments": lambda message: bool(message.reading.parts),
    "subject": lambda message: message.reading.subject,
    "conversationId": lambda message: message.conversation_id,
}
MESSAGE_PROPERTIES = tuple(_READERS)


def read_filter(call: Call, text: str, *, properties: tuple[str, ...]) -> tuple[Comparison, ...]:
    """Parse a filter. Raises GraphError 400 for what is not implemented."""
    if not text:
        return ()
    found = []
    for one in _AND.split(text.strip()):
        match = _COMPARISON.match(one.strip())
        if match is None or match.group(1) not in properties:
            raise not_implemented(call, f"$filter={text}")
        found.append(
            Comparison(
                property=match.group(1),
                operator=match.group(2),
                value=_literal(match.group(3), of=match.group(1)),
            )
        )
    return tuple(found)


def passes(message: StoredMessage, comparisons: tuple[Comparison, ...]) -> bool:
    """Say whether a message fits every comparison."""
    return all(one.holds(_READERS[one.property](message)) for one in comparisons)


def _literal(text: str, *, of: str) -> object:
    if of in {"isRead", "isDraft", "hasAttachments"}:
        if text.lower() not in {"true", "false"}:
            raise bad_request(f"'{text}' is not a Boolean.", code="RequestBroker--ParseUri")
        return text.lower() == "true"
    if of == "receivedDateTime":
        try:
            return read_moment(text)
        except ValueError as error:
            raise bad_request(f"'{text}' is no date.", code="RequestBroker--ParseUri") from error
    if not text.startswith("'"):
        raise bad_request(f"'{text}' is not a string.", code="RequestBroker--ParseUri")
    return text[1:-1].replace("''", "'")
