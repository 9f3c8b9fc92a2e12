"""What Entra hands out and remembers: codes, refresh tokens, sign-ins, signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=90)
_KEY_ID = "sandbox-key-1"


class BadTokenError(Exception):
    """The octets are no token that this tenant signed."""


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorization code, good once and for ten minutes."""

    value: str
    client_id: str
    person_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    challenge_method: str
    nonce: str
    issued_at: datetime
    second_factor: bool
    redeemed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token: bound to person and client, not to a resource."""

    value: str
    client_id: str
    person_id: str
    issued_at: datetime
    second_factor: bool
    scopes: tuple[str, ...]

    def is_stale(self, now: datetime) -> bool:
        """Say whether it lay unused for 90 days."""
        return now - self.issued_at >= REFRESH_LIFE


@dataclass(slots=True)
class Grants:
    """Everything given out that a later request may bring back."""

    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    # Browser cookie -> the person ids signed in there, the last one first.
    sign_ins: dict[str, list[str]] = field(default_factory=dict)

    def add_code(self, code: Code) -> None:
        """Remember a code until it is redeemed or the sandbox is reset."""
        self.codes[code.value] = code

    def add_refresh_token(self, token: RefreshToken) -> None:
        """Remember a refresh token; older ones stay good until their own end."""
        self.refresh_tokens[token.value] = token

    def sign_in(self, cookie: str, person_id: str) -> None:
        """Note that somebody entered the password in this browser."""
        others = [one for one in self.sign_ins.get(cookie, []) if one != person_id]
        self.sign_ins[cookie] = [person_id, *others]


def new_secret(prefix: str = "") -> str:
    """Return an unguessable value."""
    return prefix + secrets.token_urlsafe(32)


def encode_json(payload: Mapping[str, object]) -> str:
    """Return base64url JSON without padding."""
    return base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")


def matches_challenge(verifier: str, *, challenge: str, method: str) -> bool:
    """Check a PKCE verifier (RFC 7636 section 4.6)."""
    if method == "plain":
        return secrets.compare_digest(verifier.encode(), challenge.encode())
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    return secrets.compare_digest(digest.rstrip(b"="), challenge.encode())


@lru_cache(maxsize=1)
def _signing_key() -> rsa.RSAPrivateKey:
    # One key a process: making it costs 100 ms, and its value is no secret worth more.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(claims: dict[str, Any]) -> str:
    """Return a JWT signed with RS256."""
    return jwt.encode(claims, _signing_key(), algorithm="RS256", headers={"kid": _KEY_ID})


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a token of ours, times unchecked. Raises BadTokenError."""
    try:
        return jwt.decode(
            token,
            _signing_key().public_key(),
            algorithms=["RS256"],
            options={"verify_aud": False, "verify_exp": False, "verify_nbf": False,
                     "verify_iat": False},
        )  # fmt: skip
    except jwt.InvalidTokenError as error:
        raise BadTokenError(str(error)) from error


def public_keys(issuer: str) -> dict[str, object]:
    """Return the key set that discovery points to (RFC 7517)."""
    key = cast(
        "dict[str, object]",
        jwt.algorithms.RSAAlgorithm.to_jwk(_signing_key().public_key(), as_dict=True),
    )
    return {"keys": [{**key, "kid": _KEY_ID, "use": "sig", "alg": "RS256", "issuer": issuer}]}
