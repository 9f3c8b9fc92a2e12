"""What a mail server that plays Gmail is told about an access token of Google's.

Google has no such address for others' servers; it stands under `/_sandbox/`, for both houses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.google.issue import ISSUER
from postdesk_sandbox.google.refreshing import is_ended_by_password
from postdesk_sandbox.google.scopes import OPENS
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.google_directory import GoogleAccount
    from postdesk_sandbox.google_grants import GoogleAccessToken
    from postdesk_sandbox.web import Call

# How every access token of Google's begins.
PREFIX = "ya29."


def introspect(call: Call, token: str) -> Response:
    """Say whether the token opens IMAP, POP or SMTP, and whose mailbox (RFC 7662).

    `protocol` and `mailbox` of the request narrow it as they do for tokens of Entra.
    """
    values = call.request.values
    protocol = values.get("protocol", "")
    if protocol and protocol not in OPENS:
        return answer_json({"error": f"protocol is one of {', '.join(OPENS)}"}, status=400)
    known = call.world.google.grants.access_tokens.get(token)
    account = _owner(call, known) if known else None
    wanted = [OPENS[protocol]] if protocol else list(OPENS.values())
    if (
        known is None
        or account is None
        or not any(scope in known.scopes for opening in wanted for scope in opening)
        # Gmail opens nobody else's mailbox with a token.
        or values.get("mailbox", account.address).lower() != account.address
    ):
        return answer_json({"active": False})
    return answer_json(_describe(known, account))


def _owner(call: Call, token: GoogleAccessToken) -> GoogleAccount | None:
    """Return whose mailbox it opens now, None for nobody's."""
    google = call.world.google
    account = google.account_by_id(token.user_id)
    if account is None or account.disabled or not account.gmail:
        return None
    if not token.issued_at <= call.now < token.expires_at or not _is_client_well(call, token):
        return None
    # An impersonated person's password is no business of the service account.
    if not token.service_account and is_ended_by_password(
        account, token.scopes, issued_at=token.issued_at
    ):
        return None
    return account


def _is_client_well(call: Call, token: GoogleAccessToken) -> bool:
    if token.service_account:
        service = call.world.google.service_accounts.get(token.service_account)
        return service is not None and not service.disabled
    client = call.world.google.clients.get(token.client_id)
    return client is not None and not client.deleted and not client.disabled


def _describe(token: GoogleAccessToken, account: GoogleAccount) -> dict[str, object]:
    return {
        "active": True,
        "username": account.address,
        "scope": " ".join(token.scopes),
        "client_id": token.client_id,
        "token_type": "Bearer",
        "aud": token.client_id,
        "iss": ISSUER,
        "sub": account.user_id,
        "iat": int(token.issued_at.timestamp()),
        "nbf": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }
