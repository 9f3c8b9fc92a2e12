"""How an application proves who it is: a secret, a certificate, or nothing when public."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from postdesk_sandbox.entra.assertion import check_assertion
from postdesk_sandbox.entra.codes import refusal
from postdesk_sandbox.entra.token_request import read_field

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App
    from postdesk_sandbox.web import Call

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# What an application with a secret may do without it, if it allows public client flows.
_PUBLIC_GRANTS = (DEVICE_GRANT, "refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a request brought to identify its application."""

    client_id: str
    secret: str = ""
    assertion: str = ""


def read_proof(call: Call) -> Proof:
    """Read client id and secret or assertion from the form or HTTP Basic.

    RFC 6749 section 2.3: one method at a time. Raises EntraError 9002313 or 900144.
    """
    form = call.request.form
    scheme, _, encoded = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client_id, secret = _read_basic(encoded)
        if form.get("client_secret") or form.get("client_id", client_id) != client_id:
            raise refusal(9002313)
    else:
        client_id, secret = read_field(call, "client_id"), form.get("client_secret", "")
    assertion = form.get("client_assertion", "")
    if assertion and read_field(call, "client_assertion_type") != ASSERTION_TYPE:
        raise refusal(9002313)
    if assertion and secret:
        raise refusal(9002313)
    return Proof(client_id=client_id, secret=secret, assertion=assertion)


def _read_basic(encoded: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise refusal(9002313) from error
    return unquote(name), unquote(secret)


def check_proof(call: Call, app: App, proof: Proof, *, tenant_name: str) -> bool:
    """Check the proof; returns whether the application counts as confidential.

    Raises EntraError 7000215, 7000218, 7000222, 700025, or those of an assertion.
    """
    if app.platform != "web":
        if proof.secret or proof.assertion:
            raise refusal(700025)
        return False
    if proof.assertion:
        check_assertion(call, app, proof.assertion, tenant_name=tenant_name)
        return True
    if proof.secret:
        _check_secret(call, app, proof.secret)
        return True
    if app.public_flows and call.request.form.get("grant_type", "") in _PUBLIC_GRANTS:
        return False
    raise refusal(7000218)


def _check_secret(call: Call, app: App, value: str) -> None:
    secret = app.find_secret(value)
    if secret is None:
        raise refusal(7000215, app=app.client_id)
    if secret.expires_at is not None and secret.expires_at <= call.now:
        raise refusal(7000222, app=app.client_id)
