"""Finding out who a request comes from, by the schemes that the tenant offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.transport.basic import sign_in_by_password
from postdesk_sandbox.ews.transport.bearer import sign_in_by_token
from postdesk_sandbox.ews.transport.ntlm import remembered, sign_in_by_ntlm
from postdesk_sandbox.ews.transport.refusing import SignInError

if TYPE_CHECKING:
    from postdesk_sandbox.ews.transport.signed_in import SignedIn
    from postdesk_sandbox.web import Call


def sign_in(call: Call) -> SignedIn:
    """Return who asks. Raises SignInError (401), HttpRefusal (403)."""
    offered = {one.lower() for one in call.world.tenant.switches.exchange.schemes}
    scheme, _, credentials = call.request.headers.get("Authorization", "").partition(" ")
    name, credentials = scheme.lower(), credentials.strip()
    if not name and offered & {"ntlm", "negotiate"}:
        earlier = remembered(call)
        if earlier is not None:
            return earlier
    if name not in offered or not credentials:
        raise SignInError
    if name == "bearer":
        return sign_in_by_token(call, credentials)
    if name == "basic":
        return sign_in_by_password(call, credentials)
    return sign_in_by_ntlm(call, scheme, credentials)
