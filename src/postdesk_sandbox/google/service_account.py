"""Service accounts: a JWT signed with their key becomes an access token (RFC 7523).

With `sub` it acts for a person of the Workspace, if its administrator delegated the scopes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt

from postdesk_sandbox.google.errors import GoogleError
from postdesk_sandbox.google.form import read_field
from postdesk_sandbox.google.issue import write_access_token
from postdesk_sandbox.google.scopes import is_delegable

if TYPE_CHECKING:
    from postdesk_sandbox.google_directory import GoogleAccount, ServiceAccount
    from postdesk_sandbox.web import Call

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MAX_CHARACTERS = 32 * 1024
MAX_LIFE_SECONDS = 3600
_SKEW_SECONDS = 300
# Seconds of the epoch beyond which no clock here goes.
_END_OF_TIME = 2**40
_AUDIENCES = (
    "https://oauth2.googleapis.com/token",
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v4/token",
)
_NOT_ALLOWED = (
    "Client is unauthorized to retrieve access tokens using this method, or client not "
    "authorized for any of the scopes requested."
)
_NOT_SHORT = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


def redeem_assertion(call: Call) -> dict[str, object]:
    """Return an access token; there is never a refresh token. Raises GoogleError."""
    assertion = read_field(call, "assertion")
    header, claims = _read_unchecked(assertion)
    service = _find_service(call, claims.get("iss"))
    _check_signature(service, assertion, key_id=header.get("kid"))
    _check_audience(call, claims.get("aud"))
    _check_times(call, claims)
    scopes = _read_scopes(claims.get("scope"))
    account = _find_subject(call, service, claims.get("sub"), scopes)
    return write_access_token(
        call,
        client_id=service.unique_id,
        user_id=account.user_id if account else "",
        scopes=scopes,
        service_account=service.email,
    )


def _read_unchecked(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims: what it says of itself, before its key can be known."""
    if len(assertion) > MAX_CHARACTERS:
        raise _refuse("Bad Request")
    try:
        parts = jwt.api_jws.decode_complete(assertion, options={"verify_signature": False})
        claims = json.loads(parts["payload"])
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _refuse("Invalid JWT: malformed.") from error
    if not isinstance(claims, dict):
        raise _refuse("Invalid JWT: malformed.")
    return parts["header"], claims


def _find_service(call: Call, issuer: object) -> ServiceAccount:
    service = call.world.google.service_accounts.get(issuer) if isinstance(issuer, str) else None
    if service is None:
        raise _refuse("Invalid grant: account not found")
    if service.disabled:
        raise _refuse("Invalid grant: account is disabled")
    return service


def _check_signature(service: ServiceAccount, assertion: str, *, key_id: object) -> None:
    """Check by the key named in the header, or any of the account's where none is."""
    keys = [pem for name, pem in service.keys.items() if key_id is None or key_id == name]
    if not any(_is_signed_with(pem, assertion) for pem in keys):
        raise _refuse("Invalid JWT Signature.")


def _is_signed_with(pem: str, assertion: str) -> bool:
    try:
        jwt.api_jws.decode_complete(assertion, pem, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        return False
    return True


def _check_audience(call: Call, audience: object) -> None:
    own = f"{call.base_url}{call.request.path}"
    if not isinstance(audience, str) or audience not in {*_AUDIENCES, own}:
        raise _refuse("Invalid JWT: Failed audience check.")


def _check_times(call: Call, claims: dict[str, Any]) -> None:
    issued, ends = _moment(claims, "iat"), _moment(claims, "exp")
    now = call.now.timestamp()
    is_short = 0 < ends - issued <= MAX_LIFE_SECONDS
    if not is_short or not issued - _SKEW_SECONDS <= now < ends + _SKEW_SECONDS:
        raise _refuse(_NOT_SHORT)


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(_NOT_SHORT)
    if not 0 <= value < _END_OF_TIME:
        raise _refuse(_NOT_SHORT)
    return float(value)


def _read_scopes(text: object) -> tuple[str, ...]:
    scopes = tuple(text.split()) if isinstance(text, str) else ()
    if not scopes:
        raise GoogleError("invalid_scope", "Empty or missing scope not allowed.")
    if not all(is_delegable(one) for one in scopes):
        raise GoogleError("invalid_scope", "Invalid OAuth scope or ID audience provided.")
    return scopes


def _find_subject(
    call: Call, service: ServiceAccount, subject: object, scopes: tuple[str, ...]
) -> GoogleAccount | None:
    """Return the person it acts for; None without `sub`, which is the account itself."""
    if subject is None:
        return None
    if not isinstance(subject, str) or "@" not in subject:
        raise _refuse("Not a valid email or user ID.")
    google = call.world.google
    domain = subject.lower().rpartition("@")[2]
    # The administrator's word counts in the own Workspace only.
    if not set(scopes) <= service.delegated or domain not in google.domains:
        raise GoogleError("unauthorized_client", _NOT_ALLOWED)
    account = google.account(subject)
    if account is None or account.disabled:
        raise _refuse("Invalid email or User ID")
    return account


def _refuse(reason: str) -> GoogleError:
    return GoogleError("invalid_grant", reason)
