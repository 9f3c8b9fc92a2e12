"""Refusals that come before any SOAP: bare HTTP answers of the front end of Exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call

# Exchange Online's own application id, named in its challenge.
EXCHANGE_APP_ID = "00000002-0000-0ff1-ce00-000000000000"
_BEARER_CHALLENGE = (
    f'Bearer client_id="{EXCHANGE_APP_ID}", '
    'trusted_issuers="00000001-0000-0000-c000-000000000000@*", '
    'token_types="app_asserted_user_v1 service_asserted_app_v1", '
    'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'error="invalid_token"'
)


class HttpRefusal(Exception):
    """The front end answers itself: status, headers (a name may come twice) and body."""

    def __init__(
        self, status: int, *, headers: list[tuple[str, str]] | None = None, html: str = ""
    ) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers or []
        self.html = html

    def as_response(self) -> Response:
        """Return what goes over the line."""
        answer = Response(self.html, status=self.status)
        answer.headers.clear()
        if self.html:
            answer.content_type = "text/html; charset=utf-8"
        for name, value in self.headers:
            answer.headers.add(name, value)
        return answer


class SignInError(Exception):
    """Nobody is signed in by this request. `diagnostics` is for bearer tokens only.

    `reply` is the next step of an NTLM handshake, which replaces the other challenges.
    """

    def __init__(self, diagnostics: str = "", *, reply: str = "") -> None:
        super().__init__(diagnostics or reply or "no credentials")
        self.diagnostics = diagnostics
        self.reply = reply


def challenge(call: Call, error: SignInError) -> HttpRefusal:
    """Return the 401 that says how to sign in: by the schemes that this tenant offers."""
    if error.reply:
        return HttpRefusal(401, headers=[("WWW-Authenticate", error.reply)])
    host = call.request.host.partition(":")[0]
    lines = {
        "Negotiate": "Negotiate",
        "NTLM": "NTLM",
        "Basic": f'Basic realm="{host}"',
        "Bearer": _BEARER_CHALLENGE,
    }
    offered = call.world.tenant.switches.exchange.schemes
    headers = [("WWW-Authenticate", lines[one]) for one in lines if one in offered]
    if error.diagnostics:
        headers.append(("x-ms-diagnostics", error.diagnostics))
    return HttpRefusal(401, headers=headers)


def bare_403(diagnostics: str = "") -> HttpRefusal:
    """Return a 403 without a body: nothing in it says which policy refused."""
    return HttpRefusal(403, headers=[("x-ms-diagnostics", diagnostics)] if diagnostics else [])
