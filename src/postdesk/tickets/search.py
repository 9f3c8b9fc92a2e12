"""Finding tickets by number, subject and people."""

import re
import unicodedata
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from postdesk.tickets.models import Ticket

MOST_WORDS = 12  # a pasted paragraph must not become a query of a thousand conditions
LARGEST_NUMBER = 2**63 - 1
NUMBER = re.compile(r"#?([0-9]{1,19})")


def fold(text: str) -> str:
    """Return ``text`` as it is compared: case, width and way of composing make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def build_search_text(subject: str, people: Iterable[str]) -> str:
    """Return what ``Ticket.search_text`` holds; ``people`` are names and addresses.

    One line each, so that a word of the search never matches across two of them.
    """
    lines = dict.fromkeys(" ".join(fold(line).split()) for line in [subject, *people])
    return "\n".join(line for line in lines if line)


def read_number(text: str) -> int | None:
    """Return the ticket number that ``text`` is (``123`` or ``#123``), or None."""
    found = NUMBER.fullmatch(text.strip())
    number = int(found.group(1)) if found else None
    return number if number is not None and number <= LARGEST_NUMBER else None


def search_tickets(text: str) -> QuerySet[Ticket]:
    """Return the tickets in which every word of ``text`` occurs, and the one of that number."""
    words = fold(text.replace("\0", " ")).split()[:MOST_WORDS]
    if not words:
        return Ticket.objects.none()
    condition = Q()
    for word in words:
        condition &= Q(search_text__contains=word)
    number = read_number(text)
    if number is not None:
        condition |= Q(number=number)
    return Ticket.objects.filter(condition)
