"""What a sign-in asks for and what it brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """Where to send the browser, and what must be kept until it comes back.

    ``flow`` is plain JSON (state, redirect URI, scopes, nonce, code verifier): store it encrypted,
    bound to the session and the account, and hand it to ``redeem`` once.
    """

    url: str
    state: str
    flow: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """What to show somebody who signs in on another device (RFC 8628 section 3.2).

    ``user_code`` is typed in at ``verification_url``; ``message`` says so in the provider's words.
    It works for ``expires_in`` seconds and is asked about every ``interval`` seconds. ``flow`` is
    plain JSON with the device's secret: store it encrypted and hand it to each poll.
    """

    user_code: str
    verification_url: str
    message: str
    expires_in: int
    interval: int
    flow: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signed in, as the ID token says. ``upn`` is for people, ``oid`` never changes."""

    upn: str
    oid: str
    tenant_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSet:
    """Tokens fresh from the provider. ``expires_in`` is in seconds from the answer.

    ``refresh_token`` is "" when none came, then the old one stays in use. ``scopes`` are those
    granted, which may be fewer or more than asked. ``identity`` is None when no ID token came.
    """

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(repr=False)
    scopes: tuple[str, ...]
    identity: Identity | None
