"""What Google hands out and remembers: codes, refresh tokens, access tokens, sign-ins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Google ends a refresh token that nobody used for six months.
UNUSED_LIFE = timedelta(days=183)
TESTING_LIFE = timedelta(days=7)
CODE_LIFE = timedelta(minutes=10)
# Live refresh tokens of one account for one client; the oldest goes without a word.
MAX_REFRESH_TOKENS = 100


@dataclass(slots=True, kw_only=True)
class GoogleCode:
    """An authorization code, good once and for ten minutes."""

    value: str
    client_id: str
    user_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    challenge_method: str
    issued_at: datetime
    # Offline access was asked for, and the person has seen the consent screen.
    brings_refresh_token: bool
    nonce: str = ""
    redeemed: bool = False


@dataclass(slots=True, kw_only=True)
class GoogleRefreshToken:
    """A refresh token, the same for its whole life. `ends_at` is the end no use moves."""

    value: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    used_at: datetime
    ends_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Say whether time alone has ended it."""
        return now - self.used_at >= UNUSED_LIFE or (
            self.ends_at is not None and now >= self.ends_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccessToken:
    """An opaque access token. Without `user_id` it is a service account's own."""

    value: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    service_account: str = ""


@dataclass(slots=True)
class GoogleGrants:
    """Everything given out that a later request may bring back."""

    codes: dict[str, GoogleCode] = field(default_factory=dict)
    refresh_tokens: dict[str, GoogleRefreshToken] = field(default_factory=dict)
    access_tokens: dict[str, GoogleAccessToken] = field(default_factory=dict)
    # By the value of the browser's cookie: the user ids signed in there, the last first.
    browsers: dict[str, list[str]] = field(default_factory=dict)
    accounts_made: int = 0

    def add_refresh_token(self, token: GoogleRefreshToken) -> None:
        """Keep a refresh token; the oldest of its account and client goes beyond a hundred."""
        self.refresh_tokens[token.value] = token
        alike = [
            one.value
            for one in self.refresh_tokens.values()
            if (one.client_id, one.user_id) == (token.client_id, token.user_id)
        ]
        for value in alike[:-MAX_REFRESH_TOKENS]:
            del self.refresh_tokens[value]

    def add_access_token(self, token: GoogleAccessToken) -> None:
        """Keep an access token, and forget those that have ended by now."""
        self.access_tokens = {
            value: one
            for value, one in self.access_tokens.items()
            if one.expires_at > token.issued_at
        }
        self.access_tokens[token.value] = token

    def sign_in(self, cookie: str, user_id: str) -> None:
        """Note that somebody entered the password in this browser."""
        others = [one for one in self.browsers.get(cookie, []) if one != user_id]
        self.browsers[cookie] = [user_id, *others]

    def sign_out(self, user_id: str) -> None:
        """Forget somebody in every browser."""
        self.browsers = {
            cookie: [one for one in user_ids if one != user_id]
            for cookie, user_ids in self.browsers.items()
        }

    def drop(self, *, user_id: str, client_id: str = "") -> None:
        """End all grants of an account, or those for one client."""

        def stays(one: GoogleCode | GoogleRefreshToken | GoogleAccessToken) -> bool:
            return one.user_id != user_id or client_id not in {"", one.client_id}

        self.codes = {key: one for key, one in self.codes.items() if stays(one)}
        self.refresh_tokens = {key: one for key, one in self.refresh_tokens.items() if stays(one)}
        self.access_tokens = {key: one for key, one in self.access_tokens.items() if stays(one)}
