"""What is new in an IMAP folder: UIDVALIDITY and UID (RFC 3501 section 2.3.1.1), page by page.

UIDs only ever grow while UIDVALIDITY stays, so nothing depends on flags, dates or the order of
arrival. Exchange Online offers neither CONDSTORE nor QRESYNC.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient.exceptions import ProtocolError

PAGE = 50
# imaplib takes answers of at most a million octets; so many UIDs stay well below.
_UIDS_A_SEARCH = 20_000
_SEARCHES_A_PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a folder was listed. ``last_uid`` 0 is before everything."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The UIDs of one page, where the next one begins, and whether there is one already."""

    uids: Sequence[int]
    last_uid: int
    more: bool


def read_place(cursor: str) -> Place | None:
    """Return what a cursor says, or None for one that is none of ours."""
    try:
        stored = json.loads(cursor)
        return Place(uidvalidity=int(stored["uidvalidity"]), last_uid=int(stored["last_uid"]))
    except (ValueError, TypeError, KeyError):
        return None


def write_place(place: Place) -> str:
    """Return the cursor of a place."""
    return json.dumps({"uidvalidity": place.uidvalidity, "last_uid": place.last_uid})


def find_page(client: Any, last_uid: int, *, uidnext: int) -> Page:
    """Return the next UIDs after ``last_uid`` in the open folder.

    Gaps of any size are walked in ranges. Only behind gaps does the place move past what was seen:
    a message that arrives just now may become visible after a higher UID was promised.
    """
    for _search in range(_SEARCHES_A_PAGE):
        end = min(last_uid + _UIDS_A_SEARCH, uidnext - 1)
        if end <= last_uid:
            return Page(uids=(), last_uid=last_uid, more=False)
        found = sorted(client.search(f"UID {last_uid + 1}:{end}"))
        is_last = end == uidnext - 1
        if found:
            uids = found[:PAGE]
            return Page(uids=uids, last_uid=uids[-1], more=len(found) > PAGE or not is_last)
        if is_last:
            return Page(uids=(), last_uid=last_uid, more=False)
        last_uid = end
    return Page(uids=(), last_uid=last_uid, more=True)


def read_dates(client: Any, uids: Sequence[int]) -> dict[int, datetime]:
    """Return when messages came in; one strange date leaves out all, for nothing depends on it."""
    if not uids:
        return {}
    try:
        facts = client.fetch(list(uids), ["INTERNALDATE"])
    except (ValueError, ProtocolError):
        return {}
    dates = {uid: fact.get(b"INTERNALDATE") for uid, fact in facts.items()}
    return {uid: date for uid, date in dates.items() if date is not None and date.tzinfo}
