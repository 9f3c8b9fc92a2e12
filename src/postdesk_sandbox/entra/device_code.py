"""The device code flow, the device's side: asking for a code and polling for tokens."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import find_app, read_scopes
from postdesk_sandbox.entra.refusing import answer_token_error
from postdesk_sandbox.entra.token_request import read_field
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import App
    from postdesk_sandbox.web import Call

DEVICE_CODE_LIFE = timedelta(minutes=15)
INTERVAL_SECONDS = 5
# Clocks of machines differ a little; only a client in a hurry is told to slow down.
_GRACE_SECONDS = 0.5
# No vowels and nothing that looks like something else.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"


def begin(call: Call, tenant: str) -> Response:
    """Answer `POST /{tenant}/oauth2/v2.0/devicecode`."""
    try:
        return answer_json(_begin(call, tenant))
    except EntraError as error:
        return answer_token_error(call, error)


def _begin(call: Call, tenant_name: str) -> dict[str, object]:
    app = find_app(
        call.world.tenant, tenant_name=tenant_name, client_id=read_field(call, "client_id")
    )
    code = tokens.DeviceCode(
        value=tokens.new_secret("DAQABIQ"),
        user_code="".join(secrets.choice(_LETTERS) for _ in range(9)),
        client_id=app.client_id,
        scopes=read_scopes(read_field(call, "scope"), tenant=call.world.tenant),
        issued_at=call.now,
        interval_seconds=INTERVAL_SECONDS,
    )
    call.world.grants.device_codes[code.value] = code
    page = f"{call.base_url}/devicelogin"
    return {
        "user_code": code.user_code,
        "device_code": code.value,
        "verification_uri": page,
        "expires_in": int(DEVICE_CODE_LIFE.total_seconds()),
        "interval": INTERVAL_SECONDS,
        "message": (
            f"To sign in, use a web browser to open the page {page} "
            f"and enter the code {code.user_code} to authenticate."
        ),
    }


def redeem(call: Call, app: App) -> tokens.SignIn:
    """Return the sign-in that a device waited for.

    Raises EntraError: authorization_pending, slow_down, authorization_declined,
    bad_verification_code or expired_token.
    """
    code = call.world.grants.device_codes.get(read_field(call, "device_code"))
    if code is None or code.client_id != app.client_id or code.redeemed:
        raise refusal(70018)
    if call.now - code.issued_at >= DEVICE_CODE_LIFE:
        raise refusal(70019)
    if code.declined:
        raise _named("authorization_declined", refusal(65004))
    if code.sign_in is None:
        raise _pending(call, code)
    code.redeemed = True
    return code.sign_in


def _pending(call: Call, code: tokens.DeviceCode) -> EntraError:
    """Return the refusal of a poll, harsher when it came before its time."""
    last, code.polled_at = code.polled_at, call.now
    waited = (call.now - last).total_seconds() if last else code.interval_seconds
    if waited >= code.interval_seconds - _GRACE_SECONDS:
        return refusal(70016)
    code.interval_seconds += 5  # RFC 8628 section 3.5
    return _named("slow_down", refusal(70016))


def _named(name: str, error: EntraError) -> EntraError:
    error.error = name
    return error
