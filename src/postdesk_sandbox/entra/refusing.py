"""How a refusal reaches the caller: as JSON, as a page, or by a redirect."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import error_payload
from postdesk_sandbox.web import answer_json, answer_page

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.faults import Fault
    from postdesk_sandbox.web import Call


def answer_token_error(call: Call, error: EntraError) -> Response:
    """Answer JSON as the token endpoint does."""
    return answer_json(error_details(call, error), status=error.status)


def answer_error_page(call: Call, error: EntraError) -> Response:
    """Answer the page on which Entra keeps the browser: nothing goes back to the client."""
    return answer_page(
        "refused.html",
        status=400,
        error=error,
        details=error_details(call, error),
        now=call.now,
    )


def error_details(call: Call, error: EntraError) -> dict[str, object]:
    """Return the fields of an error with the caller's correlation id."""
    return error_payload(
        error,
        now=call.now,
        correlation_id=_correlation_id(call),
        trace_id=str(uuid.uuid4()),
    )


def refusal_of(fault: Fault) -> EntraError:
    """Turn an ordered fault into the refusal that it describes."""
    error = refusal(int(fault.code or 0))
    error.error = fault.error or error.error
    error.sentence = fault.message or error.sentence
    error.suberror = fault.suberror or error.suberror
    error.claims = fault.claims or error.claims
    if fault.status:
        error.status = fault.status
    elif fault.error:
        error.status = 401 if fault.error == "invalid_client" else 400
    return error


def _correlation_id(call: Call) -> str:
    try:
        return str(uuid.UUID(call.request.headers.get("client-request-id", "")))
    except ValueError:
        return str(uuid.uuid4())
