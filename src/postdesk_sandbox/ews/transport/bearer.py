"""Signing in with an access token of Entra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postdesk_sandbox import scopes, tokens
from postdesk_sandbox.ews.transport.refusing import EXCHANGE_APP_ID, SignInError, bare_403
from postdesk_sandbox.ews.transport.signed_in import SignedIn

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call

_SCOPES = {"EWS.AccessAsUser.All", "full_access_as_user"}
_ROLE = "full_access_as_app"
# How far a clock may be off before a token counts as not yet valid.
_SKEW_SECONDS = 300


def sign_in_by_token(call: Call, token: str) -> SignedIn:
    """Return whom a token stands for. Raises SignInError (401) or HttpRefusal (403)."""
    try:
        claims = tokens.verify(token)
    except tokens.BadTokenError as error:
        raise SignInError(
            _diagnostics(2000001, "OAuth token submitted with the request can not be parsed.")
        ) from error
    _check_validity(call, claims)
    if claims.get("idtyp") == "app":
        _require_scope(_ROLE in claims.get("roles", ()))
        return SignedIn(client_id=str(claims["appid"]), scheme="Bearer")
    _require_scope(not _SCOPES.isdisjoint(str(claims.get("scp", "")).split()))
    person = call.world.tenant.person(str(claims.get("oid", "")))
    if person is None or person.disabled:
        raise SignInError(_diagnostics(2000003, "The user of the token cannot be found."))
    return SignedIn(person=person, client_id=str(claims["appid"]), scheme="Bearer")


def _check_validity(call: Call, claims: dict[str, Any]) -> None:
    audience = str(claims.get("aud", ""))
    welcome = {EXCHANGE_APP_ID, *scopes.audiences_at(call.host, scopes.EXCHANGES)}
    if audience.rstrip("/") not in welcome:
        reason = (
            "The audience claim value is invalid for current resource. Audience claim is "
            f"'{audience}', request url is '{scopes.EXCHANGE}/EWS/Exchange.asmx' and resource "
            "type is 'Exchange'."
        )
        raise SignInError(_diagnostics(2000003, reason, category="invalid_resource"))
    if claims.get("exp", 0) <= call.now.timestamp():
        raise SignInError(_diagnostics(2000003, "The token has expired."))
    if claims.get("nbf", 0) > call.now.timestamp() + _SKEW_SECONDS:
        raise SignInError(_diagnostics(2000003, "The token is not yet valid."))
    tenant = call.world.tenant
    if claims.get("tid") != tenant.tenant_id or claims.get("appid") not in tenant.apps:
        raise SignInError(_diagnostics(2000003, "The application of the token is not known."))


def _require_scope(enough: bool) -> None:  # noqa: FBT001 -- reads as a statement where it is called
    # Attested in the wild with 403, for tokens of persons and of applications alike.
    if not enough:
        reason = "The token contains not enough scope to make this call."
        raise bare_403(_diagnostics(2000008, reason, category="invalid_grant"))


def _diagnostics(number: int, reason: str, *, category: str = "invalid_token") -> str:
    return f'{number};reason="{reason}";error_category="{category}"'
