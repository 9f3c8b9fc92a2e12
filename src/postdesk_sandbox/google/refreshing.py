"""Refresh tokens brought back: what still works, and the ways in which one has died."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox.google.errors import BAD_REQUEST, GoogleError, session_ended
from postdesk_sandbox.google.form import read_field
from postdesk_sandbox.google.issue import answer_with_token, sign_id_token
from postdesk_sandbox.google.scopes import is_gmail

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.google_directory import GoogleAccount, GoogleClient
    from postdesk_sandbox.google_grants import GoogleRefreshToken
    from postdesk_sandbox.web import Call


def use_refresh_token(call: Call, client: GoogleClient) -> dict[str, object]:
    """Return a new access token and never a new refresh token. Raises GoogleError."""
    known = call.world.google.grants.refresh_tokens.get(read_field(call, "refresh_token"))
    if known is None:
        raise GoogleError("invalid_grant", _reason_unknown(call))
    if known.client_id != client.client_id:
        raise GoogleError("unauthorized_client")
    account = check_account(call, known.user_id)
    if known.is_over(call.now) or is_ended_by_password(
        account, known.scopes, issued_at=known.issued_at
    ):
        raise GoogleError("invalid_grant")
    _check_policies(call, account, known)
    scopes = _narrow(call, known.scopes)
    known.used_at = call.now
    answer = answer_with_token(call, client, account, scopes)
    answer["scope"] = " ".join(scopes)
    if "openid" in scopes:
        answer["id_token"] = sign_id_token(call, client, account, scopes)
    return answer


def check_account(call: Call, user_id: str) -> GoogleAccount:
    """Return whose grant it is. Raises GoogleError where the account is gone or shut."""
    account = call.world.google.account_by_id(user_id)
    if account is None:
        raise GoogleError("invalid_grant", "Account has been deleted")
    if account.disabled:
        raise GoogleError("invalid_grant", "Account has been disabled")
    return account


def is_ended_by_password(
    account: GoogleAccount, scopes: tuple[str, ...], *, issued_at: datetime
) -> bool:
    """Say whether a new password ended a grant: only one that reaches mail."""
    changed_at = account.password_changed_at
    return changed_at is not None and issued_at <= changed_at and any(map(is_gmail, scopes))


def _reason_unknown(call: Call) -> str:
    """Tell a token that once was one from what never was."""
    given = call.request.form["refresh_token"]
    return GoogleError("invalid_grant").description if given.startswith("1//") else BAD_REQUEST


def _check_policies(call: Call, account: GoogleAccount, known: GoogleRefreshToken) -> None:
    """Refuse by what the administrator of a Workspace has set. Raises GoogleError."""
    if not account.domain:
        return
    switches = call.world.google.switches
    if switches.restricts_gmail and any(map(is_gmail, known.scopes)):
        raise GoogleError("admin_policy_enforced")
    length = timedelta(seconds=switches.session_seconds)
    if length and call.now - known.issued_at >= length:
        raise session_ended()


def _narrow(call: Call, granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes asked for, which may be fewer (RFC 6749 section 6)."""
    asked = tuple(call.request.form.get("scope", "").split())
    if set(asked) - set(granted):
        raise GoogleError("invalid_scope", BAD_REQUEST)
    return asked or granted
