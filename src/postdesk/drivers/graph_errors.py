"""What Graph's error answers mean for a mailbox: the status, the code, and what to do.

Codes differ in case between Microsoft's services, so they are compared in lower case; sentences
are shown to people and otherwise looked at only where two causes share one code.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage, TryLater
from postdesk.base.logs import redact
from postdesk.drivers.session import HttpAnswer

_LONGEST_RAW = 2048
_DEEPEST = 5
_SENDING_LIMIT_SECONDS = 3600.0


class Finding(NamedTuple):
    """What happened to ``{mailbox}`` and what to do about it."""

    what: str
    remedy: str


_AUTHORIZE = Finding(
    "Microsoft Graph does not accept the sign-in of {mailbox}.",
    "Press Authorize and sign in again.",
)
_NO_ACCESS = Finding(
    "The signed-in account may not open {mailbox}.",
    "Give that account Full Access to the mailbox in the Exchange admin center (and Send As, to "
    "send from it), or press Authorize and sign in as the mailbox's own person. A new right takes "
    "up to an hour to work.",
)
_NO_PERMISSION = Finding(
    "The application lacks a permission for {mailbox}.",
    "Grant the permissions that the account form lists (Entra, API permissions), then press "
    "Authorize.",
)
_NOT_FOUND = Finding(
    "Microsoft 365 knows no mailbox {mailbox}.",
    "Check the E-Mail Address for typing errors, and that it is a real address and no alias.",
)
_NOT_IN_THE_CLOUD = Finding(
    "{mailbox} has no active mailbox in Exchange Online: it has no licence, was deleted, or lives "
    "on an Exchange server of your own.",
    "Give it a licence or restore it in the Microsoft 365 admin center.",
)
_SEND_AS = Finding(
    "The signed-in account may not send as {mailbox}.",
    "Give that account Send As on the mailbox in the Exchange admin center. A new right takes up "
    "to an hour to work.",
)
_FULL = Finding(
    "The mailbox {mailbox} is full; it can neither receive nor send.",
    "Empty it or raise its quota in the Exchange admin center.",
)
_POLICY_OF_APPLICATION = Finding(
    "An application access policy of your Exchange keeps this application out of {mailbox}.",
    "Add the mailbox to the scope of that policy in Exchange Online; a change takes up to an hour "
    "to work.",
)
_POLICY_OF_CLIENTS = Finding(
    "Exchange lets only listed programs open {mailbox}, and Postdesk is not on the list.",
    "Add Postdesk/* to EwsAllowList of the organisation or the mailbox in Exchange Online.",
)
_FOLDER = Finding(
    "A folder of {mailbox} is gone.",
    "Check the name of the folder in the account.",
)

_BY_CODE = {
    "invalidauthenticationtoken": _AUTHORIZE,
    "authenticationerror": _AUTHORIZE,
    "erroraccessdenied": _NO_ACCESS,
    "accessdenied": _NO_ACCESS,
    "authorization_requestdenied": _NO_PERMISSION,
    "errorsendasdenied": _SEND_AS,
    "errorquotaexceeded": _FULL,
    "mailboxnotenabledforrestapi": _NOT_IN_THE_CLOUD,
    "mailboxnotsupportedforrestapi": _NOT_IN_THE_CLOUD,
    "resourcenotfound": _NOT_FOUND,
    "request_resourcenotfound": _NOT_FOUND,
    "errorinvaliduser": _NOT_FOUND,
    "mailboxnotfound": _NOT_FOUND,
    "errorfoldernotfound": _FOLDER,
}
_BY_STATUS = {401: _AUTHORIZE, 403: _NO_ACCESS, 404: _NOT_FOUND, 507: _FULL}
_ITEM_GONE = "erroritemnotfound"
_FOLDER_GONE = "errorfoldernotfound"
_TOO_LARGE = frozenset({"errormessagesizeexceeded", "requestentitytoolarge"})
_SENDING_LIMITS = frozenset({"errorexceededmessagelimit", "errormessagesubmissionblocked"})
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
        return TryLater(
            f"{mailbox} has reached its sending limit.", retry_after=wait, raw=error.line
        )
    finding = _find(error)
    if finding is not None:
        return NeedsPerson(
            finding.what.format(mailbox=mailbox),
            remedy=finding.remedy,
            code=error.code or str(error.status),
            raw=error.line,
        )
    if error.status in {400, 413, 422} or not _TOO_LARGE.isdisjoint(error.codes):
        return refuse_message(error)
    what = f"Microsoft Graph did not do what {mailbox} needs (status {error.status})."
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        what = f"Microsoft limits how fast {mailbox} may be read; it goes on by itself."
    return TryLater(
        what,
        retry_after=error.retry_after,
        raw=error.line,
    )


def refuse_message(error: GraphError) -> ThisMessage:
    """Return the decision for an error that concerns one message only."""
    if error.status == 413 or not _TOO_LARGE.isdisjoint(error.codes):
        what = "The message is larger than Microsoft 365 takes in one piece."
        remedy = "Send it again with smaller or fewer attachments."
    else:
        what = f"Microsoft Graph refused this message: {error.message or error.status}"
        remedy = "Open it in Outlook to see whether it can be read there; then try again."
    return ThisMessage(what, remedy=remedy, code=error.code or str(error.status))


def _find(error: GraphError) -> Finding | None:
    if error.status == 429 or (error.status >= 500 and error.status != 507):
        return None  # busy; whatever the code says passes by itself
    if error.status in {403, 404} and not error.codes:
        return None  # a page of a proxy or gateway: Graph always gives a code
    if error.status == 403 and "odata is disabled" in error.message.lower():
        by_application = "[raop]" in error.message.lower()
        return _POLICY_OF_APPLICATION if by_application else _POLICY_OF_CLIENTS
    # The innermost code knows most.
    known = [_BY_CODE[code] for code in reversed(error.codes) if code in _BY_CODE]
    return known[0] if known else _BY_STATUS.get(error.status)
