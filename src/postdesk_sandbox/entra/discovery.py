"""The documents that tell a client where everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdesk_sandbox import tokens
from postdesk_sandbox.clouds import cloud_at
from postdesk_sandbox.entra.codes import refusal
from postdesk_sandbox.entra.directory import is_shared
from postdesk_sandbox.entra.refusing import answer_token_error
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

# What a client may ask instance discovery about, and what the metadata calls one cloud.
_ALIASES = (
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
)


def openid_configuration(call: Call, tenant: str) -> Response:
    """Answer OpenID discovery for a tenant; an unknown one is 90002 with HTTP 400."""
    if not _is_known(call, tenant):
        return answer_token_error(call, refusal(90002, tenant=tenant))
    root = f"{call.base_url}/{tenant}"
    tenant_id = "{tenantid}" if is_shared(tenant) else call.world.tenant.tenant_id
    return answer_json(
        {
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "issuer": f"{call.base_url}/{tenant_id}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            **_common(call),
        }
    )


def openid_configuration_v1(call: Call, tenant: str) -> Response:
    """Answer the same for version 1."""
    if not _is_known(call, tenant):
        return answer_token_error(call, refusal(90002, tenant=tenant))
    root = f"{call.base_url}/{tenant}"
    tenant_id = "{tenantid}" if is_shared(tenant) else call.world.tenant.tenant_id
    return answer_json(
        {
            "token_endpoint": f"{root}/oauth2/token",
            "jwks_uri": f"{root}/discovery/keys",
            "issuer": f"https://sts.windows.net/{tenant_id}/",
            "authorization_endpoint": f"{root}/oauth2/authorize",
            "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
            "scopes_supported": ["openid"],
            **_common(call),
        }
    )


def _common(call: Call) -> dict[str, object]:
    cloud = cloud_at(call.host)
    return {
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "request_uri_parameter_supported": False,
        "tenant_region_scope": "EU",
        "cloud_instance_name": cloud.instance if cloud else "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": cloud.graph if cloud else "graph.microsoft.com",
    }


def discovery_instance(call: Call) -> Response:
    """Answer which host names are the same cloud; clients compare their authority with it.

    The authority of `authorization_endpoint` must be one of them, or the host that was
    asked; any other is AADSTS50049.
    """
    asked = call.request.args.get("authorization_endpoint", "")
    if not asked:
        return answer_token_error(call, refusal(50050))
    try:
        parts = urlsplit(asked)
    except ValueError:
        return answer_token_error(call, refusal(50050))
    if parts.netloc.lower() not in {*_ALIASES, call.request.host.lower()}:
        return answer_token_error(call, refusal(50049))
    tenant = parts.path.lstrip("/").partition("/")[0] or "common"
    return answer_json(
        {
            "tenant_discovery_endpoint": (
                f"{call.base_url}/{tenant}/v2.0/.well-known/openid-configuration"
            ),
            "api-version": "1.1",
            "metadata": [
                {
                    "preferred_network": "login.microsoftonline.com",
                    "preferred_cache": "login.windows.net",
                    "aliases": list(_ALIASES),
                }
            ],
        }
    )


def keys(call: Call, tenant: str) -> Response:
    """Answer the keys that tokens are signed with."""
    if not _is_known(call, tenant):
        return answer_token_error(call, refusal(90002, tenant=tenant))
    return answer_json(tokens.public_keys(f"{call.base_url}/{tenant}/v2.0"))


def _is_known(call: Call, tenant: str) -> bool:
    return is_shared(tenant) or call.world.tenant.is_named(tenant)
