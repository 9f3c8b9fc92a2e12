"""Says in plain words what a provider's error code means and what to do about it.

Codes are matched, never sentences: ``AADSTS700082``, ``invalid_grant``, ``Google invalid_rapt``,
``ErrorAccessDenied``, ``EWS 403``, ``HTTP 507``, ``IMAP AUTHENTICATIONFAILED``,
``SMTP 535 5.7.139``. Upper and lower case are the same.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postdesk.base.explanations import (
    AADSTS,
    OTHERWISE,
    TABLE,
    WRAPPERS,
    Actor,
    Button,
    Entry,
    Outcome,
)

_AADSTS = re.compile(r"\s*(?:aadsts)?(\d{4,9})\b", re.ASCII | re.IGNORECASE)
_STATUS_ONLY = re.compile(r"\d{3}", re.ASCII)
_REPLY = re.compile(r"(?:smtp )?(\d{3})(?: (\d\.\d+\.\d+))?(?: ([\w.:-]+))?", re.ASCII)
_GLUED = re.compile(r"(ews|http|imap|pop|smtp|google)[ :_-]*(?=[\w-])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One error for people. ``code`` is the code as explained, "" for general words."""

    code: str
    happened: str
    who_acts: Actor
    remedy: str
    button: Button
    outcome: Outcome
    waiting_helps: bool


def explain(code: str | int, *, error: str = "") -> Explanation:
    """Return the explanation of ``code`` (``AADSTS700082``, the number, or any code above).

    An unlisted code is explained by the OAuth ``error`` (``invalid_grant``), which may also stand
    in for the code, and anything else in general words; there is always an answer.
    """
    number = _AADSTS.match(str(code))
    if number:
        entry = AADSTS.get(int(number[1])) or _find(error) or OTHERWISE
        return Explanation(code=f"AADSTS{int(number[1])}", **entry._asdict())
    found = _find(str(code))
    entry = found or _find(error) or OTHERWISE
    return Explanation(code=" ".join(str(code).split()) if found else "", **entry._asdict())


def is_listed(code: str | int) -> bool:
    """Say whether a table has words for the code, be it for its whole class only."""
    number = _AADSTS.match(str(code))
    return int(number[1]) in AADSTS if number else _find(str(code)) is not None


def most_specific(error_codes: Iterable[int]) -> int:
    """Return the number that tells most, or 0 without any.

    Entra may send several, as ``[70002, 54005]``: first those that we can explain and that are
    no mere wrapper, then any that is no wrapper, then what there is.
    """
    codes = list(error_codes)
    telling = [code for code in codes if code not in WRAPPERS]
    known = [code for code in telling if code in AADSTS]
    return next(iter(known + telling + codes), 0)


def _find(code: str) -> Entry | None:
    text = " ".join(code.lower().split())
    entries = (TABLE[writing] for writing in _writings(text) if writing in TABLE)
    return next(entries, None)


def _writings(code: str) -> Iterator[str]:
    """Yield the keys under which a code may be listed, the most exact one first."""
    yield code
    if _STATUS_ONLY.fullmatch(code):  # Graph's drivers name a status where no code came
        yield from (f"http {code}", f"smtp {code}")
        return
    reply = _REPLY.fullmatch(code)
    if reply:
        yield from _replies(*reply.groups(default=""))
    yield _GLUED.sub(r"\1 ", code, count=1)  # EWS403
    yield from (f"google {code}", f"imap {code}")
    yield code.removeprefix("google ")


def _replies(reply: str, status: str, mark: str) -> Iterator[str]:
    wholes = [(reply, status, mark), (reply, mark), (mark,), (reply, status), (status,), (reply,)]
    for parts in wholes:
        yield " ".join(filter(None, ("smtp", *parts)))
    if mark:
        yield f"smtp 535 {mark}"  # however the server words its refusal of a password
    yield f"smtp {reply[0]}yz"
