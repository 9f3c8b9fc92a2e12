"""The token endpoint: codes, refresh tokens and service accounts' assertions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.google.authorize_request import find_client
from postdesk_sandbox.google.errors import BAD_REQUEST, GoogleError, answer_token_error
from postdesk_sandbox.google.form import read_field
from postdesk_sandbox.google.issue import answer_with_token, new_refresh_token, sign_id_token
from postdesk_sandbox.google.refreshing import check_account, use_refresh_token
from postdesk_sandbox.google.service_account import GRANT_TYPE, redeem_assertion
from postdesk_sandbox.google_grants import CODE_LIFE
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.google_directory import GoogleClient
    from postdesk_sandbox.google_grants import GoogleCode
    from postdesk_sandbox.web import Call


def token(call: Call) -> Response:
    """Answer `POST /token`."""
    try:
        return answer_json(_issue(call))
    except GoogleError as error:
        return answer_token_error(error)


def _issue(call: Call) -> dict[str, object]:
    grant_type = read_field(call, "grant_type")
    if grant_type == GRANT_TYPE:
        return redeem_assertion(call)
    if grant_type not in {"authorization_code", "refresh_token"}:
        call.state.journal.miss(f"google token grant_type={grant_type}")
        raise GoogleError("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
    client = _check_client(call)
    if grant_type == "refresh_token":
        return use_refresh_token(call, client)
    return _redeem_code(call, client)


def _check_client(call: Call) -> GoogleClient:
    """Return the client that proves itself by form or HTTP Basic. Raises GoogleError."""
    basic = call.request.authorization
    if basic is not None and basic.type == "basic":
        client_id, secret = basic.username or "", basic.password or ""
    else:
        client_id = read_field(call, "client_id")
        secret = call.request.form.get("client_secret", "")
    client = find_client(call, client_id)
    if not secret:
        raise GoogleError("invalid_request", "client_secret is missing.")
    if not client.knows_secret(secret):
        raise GoogleError("invalid_client", "Unauthorized")
    return client


def _redeem_code(call: Call, client: GoogleClient) -> dict[str, object]:
    code = _use_up_code(call, client)
    account = check_account(call, code.user_id)
    answer = answer_with_token(call, client, account, code.scopes)
    if code.brings_refresh_token:
        answer |= new_refresh_token(call, client, account, code.scopes)
    answer["scope"] = " ".join(code.scopes)
    if "openid" in code.scopes:
        answer["id_token"] = sign_id_token(call, client, account, code.scopes, nonce=code.nonce)
    return answer


def _use_up_code(call: Call, client: GoogleClient) -> GoogleCode:
    code = call.world.google.grants.codes.get(read_field(call, "code"))
    if code is None:
        raise GoogleError("invalid_grant", "Malformed auth code.")
    if code.client_id != client.client_id or code.redeemed:
        raise GoogleError("invalid_grant", BAD_REQUEST)
    if call.now - code.issued_at >= CODE_LIFE:
        raise GoogleError("invalid_grant", BAD_REQUEST)
    if read_field(call, "redirect_uri") != code.redirect_uri:
        raise GoogleError("redirect_uri_mismatch", BAD_REQUEST)
    _check_verifier(code, call.request.form.get("code_verifier", ""))
    code.redeemed = True
    return code


def _check_verifier(code: GoogleCode, verifier: str) -> None:
    if verifier and not code.challenge:
        raise GoogleError("invalid_grant", "code_verifier or verifier is not needed.")
    if code.challenge and not verifier:
        raise GoogleError("invalid_grant", "Missing code verifier.")
    if code.challenge and not tokens.matches_challenge(
        verifier, challenge=code.challenge, method=code.challenge_method
    ):
        raise GoogleError("invalid_grant", "Invalid code verifier.")
