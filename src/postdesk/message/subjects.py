"""Subjects: the ticket number in them, and the subject of a reply."""

import re

# "Re:" as programs of other languages write it, also numbered (Re[2]:), and our own number.
_REPLY_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|svar|vs|odp|ynt|vá|rif|ref|res|rv|απ|回复|答复|回覆|返信|回信|회신"
    r"|ответ)(?:\s*\[\d{1,3}\]|\s*\(\d{1,3}\)|\^\d{1,3})?\s*[:\uff1a]\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\[#(\d{1,12})\]", re.ASCII)
_WHD_NUMBER = re.compile(r"\bTicket:\s?(\d{1,12})\b", re.ASCII | re.IGNORECASE)
_WHITE = re.compile(r"\s+")
_LONGEST = 900  # characters; with its encoding still below what servers accept


def reply_subject(subject: str, number: int) -> str:
    """Return ``Re: <subject> [#<number>]`` whatever prefixes and number ``subject`` has already."""
    bare = _NUMBER.sub(" ", _WHITE.sub(" ", subject[: 4 * _LONGEST]))
    while match := _REPLY_PREFIX.match(bare):
        bare = bare[match.end() :]
    bare = _WHITE.sub(" ", bare).strip()[:_LONGEST]
    return f"Re: {bare} [#{number}]" if bare else f"Re: [#{number}]"


def ticket_number_in_subject(subject: str) -> int | None:
    """Return the ticket number that a subject names: ``[#123]``, else WHD's ``Ticket:123``.

    The last one counts: answers to answers gather what other desks have added in front.
    """
    found = _NUMBER.findall(subject) or _WHD_NUMBER.findall(subject)
    return int(found[-1]) if found else None
