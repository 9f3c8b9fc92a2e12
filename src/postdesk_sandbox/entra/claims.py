"""The `claims` parameter: what a client can do, and what it was told to bring."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.entra.codes import EntraError, refusal

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call

MAX_CLAIMS_CHARACTERS = 8192
# Microsoft's own sample of a challenge asks for this "context"; it means the capability.
_CAPABILITY = "cp1"
_KNOWN = ("xms_cc", "acrs", "nbf", "capolids", "xms_rp_ipaddr")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClaims:
    """What a request asks to have in its access token.

    `contexts` are authentication contexts (acrs) that need a second factor, as do
    `policies` (capolids); `not_before` is the moment of a revocation, in epoch seconds.
    """

    text: str = ""
    capabilities: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    policies: bool = False
    not_before: int = 0

    @property
    def is_capable(self) -> bool:
        """Say whether the client handles claims challenges (continuous access evaluation)."""
        return _CAPABILITY in {one.lower() for one in self.capabilities}

    @property
    def need_second_factor(self) -> bool:
        """Say whether a password alone does not satisfy them."""
        return self.policies or bool(self.contexts)


def read_claims(call: Call, text: str) -> AskedClaims:
    """Read the JSON of the parameter. Raises EntraError 9002313 for what is not understood."""
    if not text:
        return AskedClaims()
    asked = _read_object(text)
    if unknown := sorted(set(asked) - {"access_token"}):
        raise _unknown(call, unknown[0])
    wanted = asked.get("access_token", {})
    if not isinstance(wanted, dict):
        raise _malformed()
    if unknown := sorted(set(wanted) - set(_KNOWN)):
        raise _unknown(call, unknown[0])
    contexts = [one for one in _values(wanted, "acrs") if one.lower() != _CAPABILITY]
    moments = [one for one in _values(wanted, "nbf") if one.isascii() and one.isdecimal()]
    return AskedClaims(
        text=text,
        capabilities=tuple(_values(wanted, "xms_cc")),
        contexts=tuple(contexts),
        policies="capolids" in wanted,
        not_before=max((int(one) for one in moments), default=0),
    )


def _read_object(text: str) -> dict[str, Any]:
    if len(text) > MAX_CLAIMS_CHARACTERS:
        raise _malformed()
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(asked, dict):
        raise _malformed()
    return asked


def _values(wanted: dict[str, Any], name: str) -> list[str]:
    """Return `value` and `values` of one claim request (OpenID Connect Core 5.5.1)."""
    request = wanted.get(name)
    if request is None:
        return []
    if not isinstance(request, dict):
        raise _malformed()
    values = request.get("values", [])
    single = [request["value"]] if "value" in request else []
    if not isinstance(values, list) or not all(isinstance(v, str) for v in [*values, *single]):
        raise _malformed()
    return [*values, *single]


def _malformed() -> EntraError:
    error = refusal(9002313)
    error.sentence = "Invalid request. The parameter 'claims' is no JSON of the expected form."
    return error


def _unknown(call: Call, name: str) -> EntraError:
    call.state.journal.miss(f"claims {name}")
    error = _malformed()
    error.sentence = f"Invalid request. The claim '{name}' cannot be requested here."
    return error
