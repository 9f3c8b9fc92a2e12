"""Reading JSON that was posted, whatever it holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.graph.errors import bad_request

if TYPE_CHECKING:
    from werkzeug.wrappers import Request


def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request. Raises 400."""
    try:
        payload = json.loads(request.get_data(), parse_constant=_refuse_constant)
        # A lone surrogate can be written in JSON, and nowhere else.
        json.dumps(payload, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_request("Unable to read JSON request payload.") from error
    if not isinstance(payload, dict):
        raise bad_request("Unable to read JSON request payload.")
    return payload


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def text_of(values: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """Return a string. Raises 400 when it is none, or absent without a default."""
    value = values.get(name, default)
    if not isinstance(value, str):
        raise bad_request(f"{name} must be a string.", code="ErrorInvalidRequest")
    return value
