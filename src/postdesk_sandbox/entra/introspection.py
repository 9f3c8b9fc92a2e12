"""Token introspection (RFC 7662) for servers that stand beside the tenant, such as Dovecot.

Entra has no such address; it stands under `/_sandbox/`. It says of an access token for
Exchange whether a mail server would still let its holder in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postdesk_sandbox import scopes, tokens
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

AUDIENCES = scopes.EXCHANGES
# Delegated permission or application role -> what it opens.
_SCOPES = {
    "imap": ("IMAP.AccessAsUser.All", "IMAP.AccessAsApp"),
    "pop": ("POP.AccessAsUser.All", "POP.AccessAsApp"),
    "smtp": ("SMTP.Send", "SMTP.SendAsApp"),
}


def introspect(call: Call) -> Response:
    """Answer `POST /_sandbox/introspect` with `token` in the form (or a Bearer header, or GET).

    `protocol` (imap, pop, smtp) demands the permission for it; `mailbox` names the shared
    mailbox that is opened, which an application alone has to give.
    """
    values = call.request.values
    protocol = values.get("protocol", "")
    if protocol and protocol not in _SCOPES:
        return answer_json({"error": f"protocol is one of {', '.join(_SCOPES)}"}, status=400)
    claims = _read(call, given_token(call))
    username = _username(call, claims, protocol, mailbox=values.get("mailbox", ""))
    if claims is None or not username:
        return answer_json({"active": False})
    return answer_json(
        {
            "active": True,
            "username": username,
            "scope": claims.get("scp") or " ".join(claims.get("roles", [])),
            "client_id": claims["appid"],
            "token_type": "Bearer",
            **{name: claims[name] for name in ("aud", "iss", "sub", "iat", "nbf", "exp", "oid")},
        }
    )


def given_token(call: Call) -> str:
    """Return the token that is asked about, from the form, the query or the header."""
    named = call.request.values.get("token", "")
    scheme, _, bearer = call.request.headers.get("Authorization", "").partition(" ")
    return named or (bearer.strip() if scheme.lower() == "bearer" else "")


def _read(call: Call, token: str) -> dict[str, Any] | None:
    """Return the claims of a token that is ours, for Exchange, and within its time."""
    try:
        claims = tokens.verify(token)
    except tokens.BadTokenError:
        return None
    now = call.now.timestamp()
    # Everything else that we signed, an id token for one, is no access token.
    if claims.get("aud") not in AUDIENCES or "appid" not in claims:
        return None
    if claims["tid"] != call.world.tenant.tenant_id or not claims["nbf"] <= now < claims["exp"]:
        return None
    return claims


def _username(call: Call, claims: dict[str, Any] | None, protocol: str, *, mailbox: str) -> str:
    """Return whose mailbox the token opens, empty when it opens none."""
    app = call.world.tenant.apps.get(claims["appid"]) if claims else None
    if claims is None or app is None or app.disabled:
        return ""
    held = claims.get("roles", []) if claims["idtyp"] == "app" else claims["scp"].split()
    wanted = [_SCOPES[protocol]] if protocol else list(_SCOPES.values())
    if not any(name in held for names in wanted for name in names):
        return ""
    owner = call.world.tenant.owner_of(mailbox) if mailbox else None
    if claims["idtyp"] == "app":
        # The registration of a service principal in Exchange is not simulated: all mailboxes.
        return owner.address if owner is not None and owner.mailbox else ""
    person = call.world.tenant.person(claims["oid"])
    if person is None or not _is_welcome(person, claims):
        return ""
    if mailbox and owner is not person:
        is_allowed = owner is not None and person.address in owner.full_access
        return owner.address if owner and is_allowed else ""
    return person.address


def _is_welcome(person: Person, claims: dict[str, Any]) -> bool:
    """Exchange evaluates continuously: revocation and disabling count at once."""
    revoked = person.tokens_valid_from
    if revoked is not None and tokens.issued_at(claims) < revoked:
        return False
    return not person.disabled and not person.blocked and person.mailbox
