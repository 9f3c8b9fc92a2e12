"""Reading a form of the token endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.google.errors import GoogleError

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call


def read_field(call: Call, name: str) -> str:
    """Return a field of the form. Raises GoogleError when it is missing."""
    value = call.request.form.get(name, "")
    if not value:
        raise GoogleError("invalid_request", f"Missing required parameter: {name}")
    return value
