"""What a person's sign-in was turned into, brought back: a code or a refresh token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.entra.codes import precise, refusal
from postdesk_sandbox.entra.token_request import read_field

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App, Person
    from postdesk_sandbox.web import Call

# Refresh tokens of single-page applications live a day, however often they are used.
SPA_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A sign-in that may be turned into tokens now."""

    sign_in: tokens.SignIn
    issued_at: datetime
    # Tokens of a renewal carry no nonce, and always bring a refresh token.
    is_renewal: bool = False
    fixed_end: datetime | None = None


def redeem_code(call: Call, app: App) -> Grant:
    """Use up an authorization code. Raises EntraError 54005, 70000, 70008, 500112, 501481."""
    code = call.world.grants.codes.get(read_field(call, "code"))
    if code is None or code.client_id != app.client_id:
        raise refusal(70000)
    if code.redeemed:
        raise refusal(54005)
    if call.now - code.issued_at >= tokens.CODE_LIFE:
        raise refusal(70008)
    redirect_uri = read_field(call, "redirect_uri")
    if redirect_uri != code.redirect_uri:
        raise refusal(500112, redirect_uri=redirect_uri, expected=code.redirect_uri)
    verifier = call.request.form.get("code_verifier", "")
    if (code.challenge or verifier) and not tokens.matches_challenge(
        verifier, challenge=code.challenge, method=code.challenge_method
    ):
        raise refusal(501481)
    code.redeemed = True
    end = call.now + SPA_LIFE if app.platform == "spa" else None
    return Grant(sign_in=code.sign_in, issued_at=code.issued_at, fixed_end=end)


def use_refresh_token(call: Call, app: App) -> Grant:
    """Check a refresh token; the old one stays good unless the tenant rotates strictly.

    Raises EntraError 9002313, 70000, 700082, 700084 or 70043.
    """
    known = call.world.grants.refresh_tokens.get(read_field(call, "refresh_token"))
    if known is None:
        malformed = refusal(9002313)
        malformed.error = "invalid_grant"
        raise malformed
    if known.client_id != app.client_id or known.retired:
        raise refusal(70000)
    if known.fixed_end is not None and call.now >= known.fixed_end:
        raise refusal(700084, issued_at=precise(known.issued_at))
    if known.is_stale(call.now):
        raise refusal(700082, issued_at=precise(known.issued_at))
    return Grant(
        sign_in=known.sign_in,
        issued_at=known.issued_at,
        is_renewal=True,
        fixed_end=known.fixed_end,
    )


def retire_used(call: Call) -> None:
    """Let the refresh token of this request die, where the tenant rotates strictly."""
    known = call.world.grants.refresh_tokens.get(call.request.form.get("refresh_token", ""))
    if known is not None and call.world.tenant.switches.strict_rotation:
        known.retired = True


def check_revocation(call: Call, grant: Grant, person: Person, *, confidential: bool) -> None:
    """Refuse what was given before sessions were revoked or, to public clients, a new password.

    Raises EntraError 50173, or 70043 when the tenant wants fresh sign-ins.
    """
    ends = [person.tokens_valid_from]
    if not confidential:
        ends.append(person.password_changed_at)
    valid_from = max((end for end in ends if end is not None), default=None)
    if valid_from is not None and grant.issued_at < valid_from:
        raise refusal(50173, issued_at=precise(grant.issued_at), valid_from=precise(valid_from))
    seconds = call.world.tenant.switches.sign_in_frequency_seconds
    signed_in_at = grant.sign_in.signed_in_at
    if seconds and grant.is_renewal and call.now - signed_in_at >= timedelta(seconds=seconds):
        raise refusal(70043, issued_at=precise(signed_in_at), seconds=seconds)
