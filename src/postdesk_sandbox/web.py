"""Calls and answers: what every handler takes and gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response

from postdesk_sandbox.clouds import NATIONAL_HOSTS

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Request

    from postdesk_sandbox.state import State, World

_HERE = Path(__file__).parent
STATIC_DIR = _HERE / "static"
# Names under which Microsoft is reached; a client that reroutes keeps them in Host.
MICROSOFT_HOSTS = (
    "login.microsoftonline.com",
    "login.windows.net",
    "graph.microsoft.com",
    "outlook.office365.com",
    "outlook.office.com",
    *NATIONAL_HOSTS,
)
GOOGLE_HOSTS = ("accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request together with the state and the moment of the tenant's clock."""

    state: State
    request: Request
    now: datetime

    @property
    def world(self) -> World:
        """The tenant as it stands."""
        return self.state.world

    @property
    def host(self) -> str:
        """The name by which the caller reaches us, without a port."""
        return self.request.host.partition(":")[0].lower()

    @property
    def base_url(self) -> str:
        """The address under which the caller reaches us, without a final slash.

        Rerouted clients say Microsoft's host; they get https links of that host, which
        they reroute again, exactly as with the real service.
        """
        if self.host in MICROSOFT_HOSTS:
            return f"https://{self.host}"
        return self.request.host_url.rstrip("/")


def answer_json(
    payload: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return JSON that no cache keeps."""
    # With the character set, as Entra says it: DavMail takes nothing else for JSON.
    answer = Response(
        json.dumps(payload, ensure_ascii=False),
        status=status,
        content_type="application/json; charset=utf-8",
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.update(headers or {})
    return answer


def answer_page(
    template: str, *, status: int = 200, form_target: str = "", **context: object
) -> Response:
    """Render a page under a strict policy; `form_target` is one more allowed origin."""
    answer = Response(_templates.get_template(template).render(**context), status=status)
    answer.content_type = "text/html; charset=utf-8"
    answer.headers["Content-Security-Policy"] = (
        f"{_POLICY}; form-action 'self' {form_target}".strip()
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # Not no-referrer: browsers would then send forms to ourselves with Origin null.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def redirect(location: str, *, status: int = 303) -> Response:
    """Send the browser elsewhere; the caller has checked the address."""
    answer = Response(status=status)
    answer.headers["Location"] = location
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.autocorrect_location_header = False
    return answer


def is_foreign(call: Call, *, has_token: bool) -> bool:
    """Say whether another web page aims the browser at us.

    Told by its Origin, or by a host name that is not ours: a name of theirs may point
    to this machine. Beyond loopback the token protects instead, as any name may be right.
    """
    origin = call.request.headers.get("Origin", "")
    if origin and origin != call.request.host_url.rstrip("/"):
        return True
    host = call.request.host.rpartition(":")[0] if ":" in call.request.host else call.request.host
    return not has_token and not _is_ours(host.strip("[]").lower())


def _is_ours(host: str) -> bool:
    return host in {"localhost", "::1", *MICROSOFT_HOSTS} or host.startswith("127.")
