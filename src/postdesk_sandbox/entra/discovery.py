"""The documents that tell a client where everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.entra.codes import refusal
from postdesk_sandbox.entra.refusing import answer_token_error
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

_SHARED = ("common", "organizations", "consumers")


def openid_configuration(call: Call, tenant: str) -> Response:
    """Answer OpenID discovery for a tenant; an unknown one is 90002 with HTTP 400."""
    directory = call.world.tenant
    if tenant.lower() not in _SHARED and not directory.is_named(tenant):
        return answer_token_error(call, refusal(90002, tenant=tenant))
    base = call.base_url
    root = f"{base}/{tenant}"
    tenant_id = directory.tenant_id if tenant.lower() not in _SHARED else "{tenantid}"
    return answer_json(
        {
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "issuer": f"{base}/{tenant_id}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        }
    )


def discovery_instance(call: Call) -> Response:
    """Answer which host names are the same cloud; clients compare their authority with it."""
    return answer_json(
        {
            "tenant_discovery_endpoint": (
                f"{call.base_url}/common/v2.0/.well-known/openid-configuration"
            ),
            "api-version": "1.1",
            "metadata": [
                {
                    "preferred_network": "login.microsoftonline.com",
                    "preferred_cache": "login.windows.net",
                    "aliases": ["login.microsoftonline.com", "login.windows.net"],
                }
            ],
        }
    )


def keys(call: Call, tenant: str) -> Response:
    """Answer the keys that tokens are signed with."""
    return answer_json(tokens.public_keys(f"{call.base_url}/{tenant}/v2.0"))
