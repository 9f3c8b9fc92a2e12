"""How Google refuses: JSON at the token endpoint, a page of its own, or a redirect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.web import answer_json, answer_page

if TYPE_CHECKING:
    from postdesk_sandbox.faults import Fault
    from postdesk_sandbox.web import Call

DEAD_TOKEN = "Token has been expired or revoked."  # noqa: S105 -- Google's sentence
BAD_REQUEST = "Bad Request"
# What is not 400 wherever it is said.
_STATUS = {
    "invalid_client": 401, "deleted_client": 401, "disabled_client": 401,
    "unauthorized_client": 401, "org_internal": 403, "access_denied": 403,
}  # fmt: skip
_USUAL = {
    "invalid_grant": DEAD_TOKEN,
    "invalid_client": "The OAuth client was not found.",
    "deleted_client": "The OAuth client was deleted.",
    "disabled_client": "The OAuth client was disabled.",
    "unauthorized_client": "Unauthorized",
    "org_internal": "This client is restricted to users within its organization.",
    "admin_policy_enforced": "Access to your account data is restricted by policies within your "
    "organization. Please contact your administrator for more information.",
}  # fmt: skip


@dataclass(slots=True)
class GoogleError(Exception):
    """Google refuses. `subtype` is `error_subtype`, said under session control only."""

    error: str
    description: str = ""
    subtype: str = ""
    status: int = 0

    def __post_init__(self) -> None:
        self.description = self.description or _USUAL.get(self.error, BAD_REQUEST)
        self.status = self.status or _STATUS.get(self.error, 400)
        Exception.__init__(self, f"{self.error}: {self.description}")


class SentBackError(Exception):
    """The person or Google says no, and the client is told by the redirect."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def session_ended(subtype: str = "invalid_rapt") -> GoogleError:
    """Return the refusal of a Workspace whose session control wants a fresh sign-in."""
    return GoogleError("invalid_grant", f"reauth related error ({subtype})", subtype=subtype)


def answer_token_error(error: GoogleError) -> Response:
    """Answer JSON as the token endpoint does."""
    payload: dict[str, object] = {"error": error.error, "error_description": error.description}
    if error.subtype:
        payload["error_uri"] = "https://support.google.com/a/answer/9368756"
        payload["error_subtype"] = error.subtype
    return answer_json(payload, status=error.status)


def answer_error_page(call: Call, error: GoogleError) -> Response:
    """Answer the page on which Google keeps the browser: nothing goes back to the client."""
    return answer_page("google_refused.html", status=error.status, error=error, now=call.now)


def answer_fault(call: Call, fault: Fault) -> Response:
    """Answer as ordered, in the form of the surface; the kinds are words, not numbers."""
    if not fault.error:
        return Response(status=fault.status or 503)
    error = GoogleError(fault.error, fault.message, subtype=fault.suberror, status=fault.status)
    if fault.suberror and not fault.message:
        error.description = session_ended(fault.suberror).description
    if fault.surface == "google_authorize":
        return answer_error_page(call, error)
    return answer_token_error(error)
