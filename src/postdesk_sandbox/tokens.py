"""What Entra hands out and remembers: codes, refresh tokens, sign-ins, signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who signed in and how: what a code, a device and all later refresh tokens rest on.

    `scopes` may hold `{resource}/.default`; `contexts` are the authentication contexts met.
    """

    person_id: str
    signed_in_at: datetime
    second_factor: bool
    scopes: tuple[str, ...]
    contexts: tuple[str, ...] = ()
    nonce: str = ""


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorization code, good once and for ten minutes."""

    value: str
    client_id: str
    redirect_uri: str
    challenge: str
    challenge_method: str
    issued_at: datetime
    sign_in: SignIn
    redeemed: bool = False


@dataclass(slots=True, kw_only=True)
class DeviceCode:
    """A device that waits until somebody enters its code: `sign_in` when they did."""

    value: str
    user_code: str
    client_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    interval_seconds: float
    polled_at: datetime | None = None
    sign_in: SignIn | None = None
    declined: bool = False
    redeemed: bool = False


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    """A refresh token: bound to person and client, not to a resource.

    `fixed_end` is the end that no use moves (single-page applications).
    """

    value: str
    client_id: str
    issued_at: datetime
    sign_in: SignIn
    confidential: bool
    fixed_end: datetime | None = None
    retired: bool = False

    def is_stale(self, now: datetime) -> bool:
        """Say whether it lay unused for 90 days."""
        return now - self.issued_at >= REFRESH_LIFE


@dataclass(slots=True)
class BrowserSession:
    """Who entered a password in one browser, the last first, and who a second factor."""

    person_ids: list[str] = field(default_factory=list)
    second_factors: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Grants:
    """Everything given out that a later request may bring back."""

    codes: dict[str, Code] = field(default_factory=dict)
    device_codes: dict[str, DeviceCode] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    # By the value of the browser's cookie.
    browsers: dict[str, BrowserSession] = field(default_factory=dict)

    def add_code(self, code: Code) -> None:
        """Remember a code until it is redeemed or the sandbox is reset."""
        self.codes[code.value] = code

    def add_refresh_token(self, token: RefreshToken) -> None:
        """Remember a refresh token; older ones stay good until their own end."""
        self.refresh_tokens[token.value] = token

    def device_for(self, user_code: str) -> DeviceCode | None:
        """Find the device that shows a user code; the latest one counts."""
        wanted = "".join(user_code.split()).upper()
        fitting = [one for one in self.device_codes.values() if one.user_code == wanted]
        return fitting[-1] if fitting else None

    def enter_password(self, cookie: str, person_id: str) -> None:
        """Note that somebody entered the password in this browser."""
        browser = self.browsers.setdefault(cookie, BrowserSession())
        others = [one for one in browser.person_ids if one != person_id]
        browser.person_ids = [person_id, *others]
        browser.second_factors.discard(person_id)

    def sign_out(self, person_id: str) -> None:
        """Forget somebody in every browser."""
        for browser in self.browsers.values():
            browser.person_ids = [one for one in browser.person_ids if one != person_id]
            browser.second_factors.discard(person_id)


def new_secret(prefix: str = "") -> str:
    """Return an unguessable value."""
    return prefix + secrets.token_urlsafe(32)


def new_unique_id(now: datetime) -> str:
    """Return the `uti` of an access token. It hides the microsecond that `iat` has no room for."""
    return f"{int(now.timestamp() * 1_000_000):015x}{secrets.token_hex(4)}"[:22]


def issued_at(claims: Mapping[str, Any]) -> datetime:
    """Return when an access token of ours was issued, to the microsecond."""
    return datetime.fromtimestamp(int(claims["uti"][:15], 16) / 1_000_000, UTC)


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
