"""What Graph's error answers mean for a mailbox: whether to wait, or who must act.

Codes differ in case between Microsoft's services, so they are compared in lower case. The words
are those of ``base.explanations``.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage, TryLater
from postdesk.base.explain import explain, is_listed
from postdesk.base.explanations import Outcome
from postdesk.base.logs import redact
from postdesk.drivers.session import HttpAnswer

_LONGEST_RAW = 2048
_WORDS = re.compile(r"[a-z]+")
_DEEPEST = 5
_SENDING_LIMIT_SECONDS = 3600.0
# Policies share the code ErrorAccessDenied; a name within the text tells them apart.
_POLICIES = {"raop": "ErrorAccessDenied RAOP", "odata": "ErrorAccessDenied OData"}
_STATUSES_FOR_PERSONS = frozenset({401, 403, 404, 507})
_FOR_PERSONS = frozenset({Outcome.REAUTHORIZE, Outcome.MISCONFIGURED, Outcome.BLOCKED})
_ITEM_GONE = "erroritemnotfound"
_FOLDER_GONE = "errorfoldernotfound"
_TOO_LARGE = frozenset({"errormessagesizeexceeded", "requestentitytoolarge"})
_SENDING_LIMITS = frozenset(
    {"errorexceededmessagelimit", "errormessagesubmissionblocked", "errorblockedormissingsender"}
)
_FORGOTTEN_CURSOR = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphError:
    """An error answer. ``codes`` are in lower case, outermost first; ``code`` is as it came."""

    status: int
    code: str
    codes: tuple[str, ...]
    message: str
    retry_after: float | None

    @property
    def line(self) -> str:
        """One line for the History, without secrets."""
        text = " ".join(f"{self.code} {self.message}".split())
        return redact(f"Graph request failed (statusCode: {self.status}): {text}")[:_LONGEST_RAW]


def read_error(answer: HttpAnswer) -> GraphError:
    """Return the error in an answer, whose body may be anything."""
    node: object = answer.read_object().get("error")
    code, message, codes = "", "", list[str]()
    for _ in range(_DEEPEST):
        if not isinstance(node, dict):
            break
        found = node.get("code")
        if isinstance(found, str):
            code = code or found[:200]
            codes.append(found[:200].lower())
        if not message and isinstance(node.get("message"), str):
            message = node["message"][:_LONGEST_RAW]
        node = node.get("innerError", node.get("innererror"))
    return GraphError(
        status=answer.status_code,
        code=code,
        codes=tuple(codes),
        message=message,
        retry_after=answer.retry_after,
    )


def has_forgotten_cursor(error: GraphError) -> bool:
    """Say whether a delta link is no longer known, so that the listing must begin anew."""
    return error.status == 410 or not _FORGOTTEN_CURSOR.isdisjoint(error.codes)


def is_gone(error: GraphError) -> bool:
    """Say whether one message is not there (any more), while its mailbox is."""
    return error.status == 404 and _ITEM_GONE in error.codes


def is_folder_gone(error: GraphError) -> bool:
    """Say whether the folder that a request names may be the one that is missing."""
    return error.status == 404 and not {_ITEM_GONE, _FOLDER_GONE}.isdisjoint(error.codes)


def decide(error: GraphError, *, mailbox: str) -> CarriesDecision:
    """Return the decision for an error of a whole request; the caller raises it."""
    if not _SENDING_LIMITS.isdisjoint(error.codes):
        wait = error.retry_after or _SENDING_LIMIT_SECONDS
        what = f"{mailbox}: {explain('ErrorExceededMessageLimit').happened}"
        return TryLater(what, retry_after=wait, raw=error.line)
    found = _find(error)
    if found:
        told = explain(found)
        return NeedsPerson(
            f"{mailbox}: {told.happened}", remedy=told.remedy, code=found, raw=error.line
        )
    if error.status in {400, 413, 422} or not _TOO_LARGE.isdisjoint(error.codes):
        return refuse_message(error)
    what = f"Microsoft Graph did not do what {mailbox} needs (status {error.status})."
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        what = f"{mailbox}: {explain('HTTP 429').happened} It goes on by itself."
    return TryLater(
        what,
        retry_after=error.retry_after,
        raw=error.line,
    )


def refuse_message(error: GraphError) -> ThisMessage:
    """Return the decision for an error that concerns one message only."""
    is_large = error.status == 413 or not _TOO_LARGE.isdisjoint(error.codes)
    told = explain("RequestEntityTooLarge" if is_large else "HTTP 400")
    what = told.happened if is_large else f"{told.happened} {error.message or error.status}"
    return ThisMessage(what, remedy=told.remedy, code=error.code or str(error.status))


def _find(error: GraphError) -> str:
    """Return the code that says what a person must do, or "" when nobody must."""
    if error.status == 429 or (error.status >= 500 and error.status != 507):
        return ""  # busy; whatever the code says passes by itself
    if error.status in {403, 404} and not error.codes:
        return ""  # a page of a proxy or gateway: Graph always gives a code
    if error.status == 403:
        words = set(_WORDS.findall(error.message.lower()))
        for mark, code in _POLICIES.items():
            if mark in words:
                return code
    # The innermost code knows most.
    for code in reversed(error.codes):
        if is_listed(code) and explain(code).outcome in _FOR_PERSONS:
            return error.code if error.code.lower() == code else code
    if error.status in _STATUSES_FOR_PERSONS:
        return f"HTTP {error.status}"
    return ""
