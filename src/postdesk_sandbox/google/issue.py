"""Writing tokens: opaque ones for access and renewal, a signed one that tells who it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.google.scopes import is_sign_in
from postdesk_sandbox.google_grants import (
    TESTING_LIFE,
    GoogleAccessToken,
    GoogleRefreshToken,
)

if TYPE_CHECKING:
    from postdesk_sandbox.google_directory import GoogleAccount, GoogleClient
    from postdesk_sandbox.web import Call

ISSUER = "https://accounts.google.com"


def answer_with_token(
    call: Call, client: GoogleClient, account: GoogleAccount, scopes: tuple[str, ...]
) -> dict[str, object]:
    """Return a fresh access token for a person, as the token endpoint words it."""
    return write_access_token(
        call, client_id=client.client_id, user_id=account.user_id, scopes=scopes
    )


def write_access_token(
    call: Call,
    *,
    client_id: str,
    user_id: str,
    scopes: tuple[str, ...],
    service_account: str = "",
) -> dict[str, object]:
    """Keep a new access token and return it with its length of life."""
    seconds = call.world.google.switches.access_token_seconds
    fresh = GoogleAccessToken(
        value=tokens.new_secret("ya29.a0"),
        client_id=client_id,
        user_id=user_id,
        scopes=scopes,
        issued_at=call.now,
        expires_at=call.now + timedelta(seconds=seconds),
        service_account=service_account,
    )
    call.world.google.grants.add_access_token(fresh)
    return {"access_token": fresh.value, "expires_in": seconds, "token_type": "Bearer"}


def new_refresh_token(
    call: Call, client: GoogleClient, account: GoogleAccount, scopes: tuple[str, ...]
) -> dict[str, object]:
    """Keep a new refresh token; of a client in testing it ends after seven days.

    Not where the scopes only tell who somebody is.
    """
    ends = client.is_testing and not all(is_sign_in(one) for one in scopes)
    fresh = GoogleRefreshToken(
        value=tokens.new_secret("1//0"),
        client_id=client.client_id,
        user_id=account.user_id,
        scopes=scopes,
        issued_at=call.now,
        used_at=call.now,
        ends_at=call.now + TESTING_LIFE if ends else None,
    )
    call.world.google.grants.add_refresh_token(fresh)
    if not ends:
        return {"refresh_token": fresh.value}
    seconds = int(TESTING_LIFE.total_seconds()) - 1
    return {"refresh_token": fresh.value, "refresh_token_expires_in": seconds}


def sign_id_token(
    call: Call,
    client: GoogleClient,
    account: GoogleAccount,
    scopes: tuple[str, ...],
    *,
    nonce: str = "",
) -> str:
    """Return the id token; address and name only where their scope was granted."""
    issued = int(call.now.timestamp())
    claims: dict[str, object] = {
        "iss": ISSUER,
        "azp": client.client_id,
        "aud": client.client_id,
        "sub": account.user_id,
        "iat": issued,
        "exp": issued + 3600,
    }
    if account.domain:
        claims["hd"] = account.domain
    if any(one.endswith("/userinfo.email") for one in scopes):
        claims |= {"email": account.address, "email_verified": True}
    if any(one.endswith("/userinfo.profile") for one in scopes):
        claims["name"] = account.display_name
    if nonce:
        claims["nonce"] = nonce
    return tokens.sign(claims)
