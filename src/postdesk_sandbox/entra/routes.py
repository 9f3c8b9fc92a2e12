"""From a path to what Entra does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from postdesk_sandbox.entra import (
    admin_consent,
    authorize,
    device_code,
    device_login,
    discovery,
    signing_out,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

# Path, methods, surface (for ordered faults), operation (for the journal), handler.
_TABLE: tuple[tuple[str, str, str, str, Callable[..., Response]], ...] = (
    ("/common/discovery/instance", "GET", "discovery", "discovery instance",
     discovery.discovery_instance),
    ("/<tenant>/v2.0/.well-known/openid-configuration", "GET", "discovery", "discovery",
     discovery.openid_configuration),
    ("/<tenant>/.well-known/openid-configuration", "GET", "discovery", "discovery v1",
     discovery.openid_configuration_v1),
    ("/<tenant>/discovery/v2.0/keys", "GET", "keys", "keys", discovery.keys),
    ("/<tenant>/discovery/keys", "GET", "keys", "keys", discovery.keys),
    ("/<tenant>/oauth2/v2.0/authorize", "GET POST", "authorize", "authorize",
     authorize.authorize),
    ("/<tenant>/oauth2/authorize", "GET POST", "authorize", "authorize v1",
     authorize.authorize_v1),
    ("/<tenant>/oauth2/v2.0/token", "POST", "token", "token", token.token),
    ("/<tenant>/oauth2/token", "POST", "token", "token v1", token.token_v1),
    ("/<tenant>/oauth2/v2.0/devicecode", "POST", "devicecode", "devicecode",
     device_code.begin),
    ("/devicelogin", "GET POST", "devicelogin", "devicelogin", device_login.device_login),
    ("/<tenant>/adminconsent", "GET POST", "authorize", "adminconsent",
     admin_consent.admin_consent_v1),
    ("/<tenant>/v2.0/adminconsent", "GET POST", "authorize", "adminconsent v2",
     admin_consent.admin_consent),
    ("/<tenant>/oauth2/v2.0/logout", "GET", "authorize", "logout", signing_out.sign_out),
    ("/<tenant>/oauth2/nativeclient", "GET", "authorize", "nativeclient",
     signing_out.native_client),
)  # fmt: skip
_MAP = Map(
    [
        Rule(path, methods=methods.split(), endpoint=index)
        for index, (path, methods, *_) in enumerate(_TABLE)
    ]
)


def find(call: Call) -> tuple[str, str, Callable[[], Response]] | None:
    """Return surface, operation and what answers a request, or None: not a path of Entra."""
    try:
        index, values = _MAP.bind("").match(call.request.path, method=call.request.method)
    except HTTPException:
        return None
    _, _, surface, operation, handler = _TABLE[index]

    def work() -> Response:
        with call.state.lock:
            answer: Response = handler(call, **values)
            return answer

    return surface, operation, work
