"""From a path to what Google does there.

The paths are Google's own below `/google/`. A client that reroutes keeps Google's name in
Host, and then needs no prefix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.google import authorize, discovery, revoking, token
from postdesk_sandbox.web import GOOGLE_HOSTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

PREFIX = "/google"
# Path -> methods, surface (for ordered faults), operation (for the journal), handler.
_TABLE: dict[str, tuple[tuple[str, ...], str, str, Callable[[Call], Response]]] = {
    "/o/oauth2/v2/auth": (
        ("GET", "POST"), "google_authorize", "google authorize", authorize.authorize,
    ),
    "/token": (("POST",), "google_token", "google token", token.token),
    "/revoke": (("POST",), "google_revoke", "google revoke", revoking.revoke),
    "/.well-known/openid-configuration": (
        ("GET",), "google_discovery", "google discovery", discovery.openid_configuration,
    ),
    "/oauth2/v3/certs": (("GET",), "google_discovery", "google keys", discovery.keys),
}  # fmt: skip


def find(call: Call) -> tuple[str, str, Callable[[], Response]] | None:
    """Return surface, operation and what answers a request, or None: not a path of Google's."""
    path = call.request.path
    host = call.request.host.partition(":")[0].lower()
    if path.startswith(f"{PREFIX}/"):
        path = path.removeprefix(PREFIX)
    elif host not in GOOGLE_HOSTS:
        return None
    if path not in _TABLE or call.request.method not in _TABLE[path][0]:
        return None
    _, surface, operation, handler = _TABLE[path]

    def work() -> Response:
        with call.state.lock:
            return handler(call)

    return surface, operation, work
