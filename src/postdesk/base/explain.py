"""Says in plain words what a provider's error code means and what to do about it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from postdesk.base.explanations import BY_CODE, BY_ERROR, OTHERWISE, Actor, Button, Outcome

_DIGITS = re.compile(r"\d{2,9}", re.ASCII)

# Codes that only wrap another one: "credentials invalid", "sign-in failed".
_WRAPPERS = frozenset({50000, 65000, 70000, 70002})


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One error for people. ``code`` is ``AADSTS...`` or ""; ``button`` is what to press here."""

    code: str
    happened: str
    who_acts: Actor
    remedy: str
    button: Button
    outcome: Outcome
    waiting_helps: bool


def explain(code: str | int, *, error: str = "") -> Explanation:
    """Return the explanation of ``code`` (``AADSTS700082``, ``700082`` or the number).

    An unlisted code is explained by the OAuth ``error`` (``invalid_grant``), which may also stand
    in for the code, and anything else in general words; there is always an answer.
    """
    digits = _DIGITS.search(str(code))
    number = int(digits[0]) if digits else 0
    entry = BY_CODE.get(number) or BY_ERROR.get(error or str(code)) or OTHERWISE
    return Explanation(code=f"AADSTS{number}" if number else "", **entry._asdict())


def most_specific(error_codes: Iterable[int]) -> int:
    """Return the number that tells most, or 0 without any.

    Entra may send several, as ``[70002, 54005]``: first those that we can explain and that are
    no mere wrapper, then any that is no wrapper, then what there is.
    """
    codes = list(error_codes)
    telling = [code for code in codes if code not in _WRAPPERS]
    known = [code for code in telling if code in BY_CODE]
    return next(iter(known + telling + codes), 0)
