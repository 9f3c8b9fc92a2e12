"""What Google publishes about itself for OpenID Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.google.issue import ISSUER
from postdesk_sandbox.web import GOOGLE_HOSTS, answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

_REAL = tuple(f"https://{host}" for host in GOOGLE_HOSTS)


def openid_configuration(call: Call) -> Response:
    """Answer the discovery document, with the addresses under which the caller reaches us."""
    own = f"{call.request.host_url.rstrip('/')}/google"
    reroutes = call.request.host.partition(":")[0].lower() in GOOGLE_HOSTS
    accounts, oauth, keys_at = _REAL if reroutes else (own, own, own)
    return answer_json(
        {
            "issuer": ISSUER,
            "authorization_endpoint": f"{accounts}/o/oauth2/v2/auth",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "jwks_uri": f"{keys_at}/oauth2/v3/certs",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }
    )


def keys(call: Call) -> Response:  # noqa: ARG001 -- the same for everybody
    """Answer the keys that sign id tokens."""
    return answer_json(tokens.public_keys(ISSUER))
