"""How a refusal reaches the caller: as JSON, as a page, or by a redirect."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra.codes import EntraError, precise, refusal
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


def refusal_of(call: Call, fault: Fault) -> EntraError:
    """Turn an ordered fault into the refusal that it describes."""
    error = refusal(int(fault.code or 0), **_usual_words(call))
    error.error = fault.error or error.error
    error.sentence = fault.message or error.sentence
    error.suberror = fault.suberror or error.suberror
    error.claims = fault.claims or error.claims
    error.wrapper = fault.wrapper
    if fault.status:
        error.status = fault.status
    elif fault.error:
        error.status = 401 if fault.error == "invalid_client" else 400
    return error


def _usual_words(call: Call) -> dict[str, object]:
    """Return what fills the blanks of a sentence that nothing in the request called for."""
    asked = call.request.values
    tenant = call.world.tenant
    client_id = asked.get("client_id") or next(iter(tenant.apps), "")
    app = tenant.apps.get(client_id)
    month_ago = call.now - timedelta(days=30)
    return {
        "app": client_id,
        "app_name": app.name if app else client_id,
        "audience": "https://example.com",
        "begins": precise(month_ago),
        "cloud": "login.microsoftonline.us",
        "ends": precise(month_ago + timedelta(minutes=10)),
        "endpoint": "common",
        "expected": f"{call.base_url}/{tenant.tenant_id}/oauth2/v2.0/token",
        "grant_type": asked.get("grant_type", ""),
        "idp": "live.com",
        "issued_at": precise(month_ago),
        "name": "scope",
        "now": precise(call.now),
        "reason": "The key was not found.",
        "redirect_uri": asked.get("redirect_uri", ""),
        "resource": scopes.GRAPH,
        "response_type": asked.get("response_type", ""),
        "scope": asked.get("scope", ""),
        "seconds": 3600,
        "tenant": tenant.domain,
        "thumbprint": "0" * 40,
        "user": asked.get("login_hint") or f"somebody@{tenant.domain}",
        "valid_from": precise(call.now),
    }


def _correlation_id(call: Call) -> str:
    try:
        return str(uuid.UUID(call.request.headers.get("client-request-id", "")))
    except ValueError:
        return str(uuid.uuid4())
