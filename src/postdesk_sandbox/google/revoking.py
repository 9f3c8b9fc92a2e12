"""Taking access back: by the client, or by the person in their Google account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.google.errors import GoogleError, answer_token_error
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.google_directory import GoogleAccount, GoogleWorld
    from postdesk_sandbox.web import Call


def revoke(call: Call) -> Response:
    """Answer `POST /revoke`: the whole grant ends, whichever of its tokens is brought."""
    given = call.request.values.get("token", "")
    if not given:
        return answer_token_error(
            GoogleError("invalid_request", "Missing required parameter: token")
        )
    google = call.world.google
    grants = google.grants
    known = grants.refresh_tokens.get(given) or grants.access_tokens.get(given)
    account = google.account_by_id(known.user_id) if known else None
    if known is None or account is None:
        return answer_token_error(GoogleError("invalid_token", "Token expired or revoked"))
    end_access(google, account, known.client_id)
    return answer_json({})


def end_access(google: GoogleWorld, account: GoogleAccount, client_id: str = "") -> None:
    """Drop the grants and the consent of an account, for one client or for all."""
    google.grants.drop(user_id=account.user_id, client_id=client_id)
    for one in [client_id] if client_id else list(account.consents):
        account.consents.pop(one, None)
