"""Message-IDs: reading them tolerantly, and the References of a reply (RFC 5322 section 3.6.4)."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postdesk.message.parsed import ParsedMessage

_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_WHITE = re.compile(r"\s+")
_BARE = re.compile(r"[^\s<>,;()\"]+@[^\s<>,;()\"]+")
_MOST = 1000  # ids read from one header; longer chains are kept by their ends
_KEPT_AT_THE_END = 20  # ids a reply carries beside the very first one


def find_message_ids(value: str) -> tuple[str, ...]:
    """Return the Message-IDs in a header value, in order, with angle brackets, each once.

    White space that folding has put into an id is removed. A value without brackets gives the
    words that look like ids.
    """
    found = [_WHITE.sub("", match) for match in _BRACKETED.findall(value)]
    if not found:
        found = _BARE.findall(value)
    ids = tuple(dict.fromkeys(f"<{text}>" for text in found if text))
    return ids if len(ids) <= _MOST else ids[:1] + ids[1 - _MOST :]


def read_message_id(value: str) -> str:
    """Return the one id of a Message-ID header with angle brackets, or ""."""
    ids = find_message_ids(value)
    if ids:
        return ids[0]
    text = _WHITE.sub("", value).strip("<>")[:998]
    return f"<{text}>" if text else ""


def ids_newest_first(parsed: "ParsedMessage") -> tuple[str, ...]:
    """Return the ids that a message answers: In-Reply-To, then References from its end."""
    answered = find_message_ids(parsed.header("In-Reply-To"))
    return tuple(dict.fromkeys((*answered, *reversed(parsed.references))))


def references_for_reply(parent_references: "Iterable[str]", parent_id: str) -> tuple[str, ...]:
    """Return the References of an answer: those of the parent, then the parent itself.

    A long chain keeps its first id, by which most programs know the conversation, and its last
    twenty, so that the header stays far below what servers accept.
    """
    chain: Sequence[str] = [i for i in dict.fromkeys(parent_references) if i and i != parent_id]
    if parent_id:
        chain = [*chain, parent_id]
    if len(chain) > _KEPT_AT_THE_END + 1:
        chain = [chain[0], *chain[-_KEPT_AT_THE_END:]]
    return tuple(chain)
