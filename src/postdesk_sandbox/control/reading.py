"""Reading the JSON of a control call: typed, and unknown keys are an error."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.clock import read_moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from postdesk_sandbox.web import Call


class ControlError(Exception):
    """The control call cannot be understood; the text says what it knows."""


class Payload:
    """The object that was posted, read key by key."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def require_known(self, known: Iterable[str]) -> None:
        """Refuse keys that this call does not know."""
        names = sorted(known)
        if unknown := sorted(set(self._values) - set(names)):
            raise ControlError(f"unknown key {', '.join(unknown)}; known are: {', '.join(names)}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; without a default it has to be there."""
        return str(self._typed(key, str, default))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        return bool(self._typed(key, bool, default))

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a whole number."""
        value = self._typed(key, int, default)
        if isinstance(value, bool):
            raise ControlError(f"{key} must be a whole number")
        return int(value)

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number."""
        return float(self._typed(key, (int, float), default))

    def texts(self, key: str, default: list[str]) -> list[str]:
        """Return a list of strings."""
        value = self._typed(key, list, default)
        if not all(isinstance(one, str) for one in value):
            raise ControlError(f"{key} must be a list of strings")
        return list(value)

    def raw(self, key: str) -> Any:
        """Return whatever stands there, None when nothing does."""
        return self._values.get(key)

    def octets(self, key: str) -> bytes:
        """Return decoded base64."""
        try:
            return base64.b64decode("".join(self.text(key).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ControlError(f"{key} must be base64: {error}") from error

    def moment(self, key: str) -> datetime | None:
        """Return an ISO 8601 moment, None when it is absent or null."""
        if self._values.get(key) is None:
            return None
        try:
            return read_moment(self.text(key))
        except ValueError as error:
            raise ControlError(f"{key} must be an ISO 8601 moment: {error}") from error

    def _typed(self, key: str, kind: Any, default: Any) -> Any:
        value = self._values.get(key, default)
        if value is None:
            raise ControlError(f"{key} is missing")
        if not isinstance(value, kind):
            raise ControlError(f"{key} has the wrong type: {value!r}")
        return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def read_payload(call: Call, known: Iterable[str]) -> Payload:
    """Read the JSON object of a call; an empty body is an empty object.

    Raises ControlError for anything that is no object or has unknown keys.
    """
    if not call.request.get_data():
        return Payload({})
    try:
        values = json.loads(call.request.get_data(), parse_constant=_refuse_constant)
        # A lone surrogate can be written in JSON, and nowhere else.
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ControlError("the body must be JSON in UTF-8") from error
    if not isinstance(values, dict):
        raise ControlError("the body must be a JSON object")
    payload = Payload(values)
    payload.require_known(known)
    return payload
