"""The part of `$search` that the sandbox knows: words, and words in one property (KQL)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postdesk_sandbox.graph.errors import bad_request, not_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.mime import Mailer
    from postdesk_sandbox.web import Call

_TERM = re.compile(r"(?:(\w+):)?([^\s:\"()*]+)")
_KEYWORDS = {"and", "or", "not", "near"}


def _named(people: tuple[Mailer, ...]) -> str:
    return " ".join(f"{one.name} {one.address}" for one in people)


_PLACES: dict[str, Callable[[StoredMessage], str]] = {
    "subject": lambda message: message.reading.subject,
    "body": lambda message: f"{message.reading.text} {message.reading.html}",
    "from": lambda message: _named(message.reading.sender),
    "to": lambda message: _named(message.reading.to),
    "cc": lambda message: _named(message.reading.cc),
}
# What a word without a property is looked for in.
_DEFAULT = ("from", "subject", "body")


def read_search(call: Call, text: str) -> tuple[tuple[str, str], ...]:
    """Read `"word subject:word"`; all terms have to be found. Raises 400."""
    if len(text) < 3 or not (text.startswith('"') and text.endswith('"')):
        raise bad_request(
            "Syntax error: the value of $search stands in double quotes.",
            code="RequestBroker--ParseUri",
        )
    terms = []
    for one in text[1:-1].split():
        found = _TERM.fullmatch(one)
        if found is None or one.lower() in _KEYWORDS or found.group(1) not in {None, *_PLACES}:
            raise not_implemented(call, f"$search={text}")
        terms.append((found.group(1) or "", found.group(2).lower()))
    return tuple(terms)


def is_found(message: StoredMessage, terms: tuple[tuple[str, str], ...]) -> bool:
    """Say whether every term stands where it is looked for."""
    return all(
        any(word in _PLACES[place](message).lower() for place in ((name,) if name else _DEFAULT))
        for name, word in terms
    )
