"""Turns a provider's refusal into a decision: must a person act, or is it worth waiting.

Behaviour follows ``error`` and the status; the AADSTS numbers choose the words, and name the few
faults that pass by themselves although ``error`` says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.base.explain import Explanation, explain, is_listed, most_specific
from postdesk.base.explanations import Outcome
from postdesk.base.logs import redact
from postdesk.oauth.description import ErrorDescription, parse_description

_PASSING_ERRORS = frozenset({"temporarily_unavailable", "server_error"})
# "Request loop detected" and "too many requests of the tenant" need a long silence.
_SILENCE_CODES = frozenset({50196, 90055})
_SILENCE_SECONDS = 15 * 60.0
_LONGEST_RAW = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the provider said. ``codes`` may be empty; ``claims`` must be replayed to authorize.

    ``services`` are the names under which the explanations list the provider's errors.
    """

    status: int
    error: str
    description: ErrorDescription
    codes: tuple[int, ...]
    suberror: str
    claims: str
    services: tuple[str, ...] = ()

    @property
    def explanation(self) -> Explanation:
        """The refusal in plain words: by Entra's number, else by what says most."""
        if number := most_specific(self.codes):
            return explain(number, error=self.error)
        exact = [
            f"{service} {word}"
            for service in self.services
            for word in (self.suberror, self.error)
            if word
        ]
        listed = (code for code in exact if is_listed(code))
        return explain(next(listed, self.error))

    def as_line(self, *, action: str = "OAuth token request failed") -> str:
        """Return the line for the account's History, without secrets and cut to size."""
        status = f" (statusCode: {self.status})" if self.status else ""
        numbers = f" [{', '.join(map(str, self.codes))}]" if self.codes else ""
        line = f"{action}{status}: {self.error}{numbers} {self.description.message}"
        return redact(line.rstrip())[:_LONGEST_RAW]


class StillPending(TryLater):
    """Nobody has typed the code of a device sign-in in yet (``authorization_pending``)."""


class AskedTooOften(TryLater):
    """The provider wants five seconds more between questions (``slow_down``, RFC 8628 3.5)."""


class SignInRefused(NeedsPerson):
    """The provider refused tokens until a person acts; ``refusal`` has all that it said."""

    def __init__(self, refusal: Refusal, *, raw: str) -> None:
        explanation = refusal.explanation
        super().__init__(
            explanation.happened,
            remedy=explanation.remedy,
            code=explanation.code or refusal.error,
            raw=raw,
        )
        self.refusal = refusal


_WAITING = {"authorization_pending": StillPending, "slow_down": AskedTooOften}


def read_refusal(
    status: int, body: Mapping[str, object], *, services: tuple[str, ...] = ()
) -> Refusal:
    """Return the refusal in an error body (or in the query of a redirect, status 0)."""
    description = parse_description(_text(body, "error_description"))
    codes = _codes(body.get("error_codes")) or ((description.code,) if description.code else ())
    if not codes and body.get("error_subcode") == "cancel":
        codes = (65004,)  # the person pressed Cancel on the consent page
    return Refusal(
        status=status,
        error=_text(body, "error")[:100],
        description=description,
        codes=codes,
        suberror=(_text(body, "suberror") or _text(body, "error_subtype"))[:100],
        claims=_text(body, "claims"),
        services=services,
    )


def decide(
    refusal: Refusal,
    *,
    retry_after: float | None = None,
    action: str = "OAuth token request failed",
) -> CarriesDecision:
    """Return TryLater for what passes by itself, SignInRefused for all else.

    StillPending and AskedTooOften, which are TryLater too, are no failures of a device sign-in.
    """
    line = refusal.as_line(action=action)
    if refusal.error in _WAITING:
        return _WAITING[refusal.error](line, retry_after=retry_after, raw=line)
    if _SILENCE_CODES.intersection(refusal.codes):
        return TryLater(line, retry_after=retry_after or _SILENCE_SECONDS, raw=line)
    if _is_passing(refusal):
        return TryLater(line, retry_after=retry_after, raw=line)
    return SignInRefused(refusal, raw=line)


def _is_passing(refusal: Refusal) -> bool:
    if refusal.status == 429 or refusal.status >= 500 or refusal.error in _PASSING_ERRORS:
        return True
    # Entra's passing faults come as invalid_grant or invalid_request too.
    return refusal.explanation.outcome is Outcome.PASSING


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _codes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(code for code in value if isinstance(code, int) and not isinstance(code, bool))
