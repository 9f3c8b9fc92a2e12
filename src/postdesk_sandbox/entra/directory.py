"""Finding the tenant and the application that a request names, or refusing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra.codes import EntraError, refusal

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.tenant import App, Tenant

_SHARED_ENDPOINTS = ("common", "organizations", "consumers")


def find_app(tenant: Tenant, *, tenant_name: str, client_id: str) -> App:
    """Return the application. Raises EntraError 90002, 700016, 7000112 or 50194."""
    shared = tenant_name.lower() in _SHARED_ENDPOINTS
    if not shared and not tenant.is_named(tenant_name):
        raise refusal(90002, tenant=tenant_name)
    app = tenant.apps.get(client_id)
    if app is None:
        raise refusal(700016, app=client_id, tenant=tenant.domain)
    if app.disabled:
        raise refusal(7000112, app=app.client_id, app_name=app.name)
    if shared:
        raise refusal(50194, app=app.client_id, app_name=app.name)
    return app


def read_scopes(text: str, *, tenant: Tenant) -> tuple[str, ...]:
    """Return full scope names. Raises EntraError 500011, 70011 or 900144."""
    if not text.split():
        raise refusal(900144, name="scope")
    try:
        return tuple(dict.fromkeys(scopes.full_name(one) for one in text.split()))
    except scopes.UnknownResourceError as error:
        raise refusal(500011, resource=error, tenant=tenant.domain) from error
    except scopes.UnknownScopeError as error:
        raise refusal(70011, scope=error) from error


def widen_default(asked: tuple[str, ...], *, app: App) -> tuple[str, ...]:
    """Replace `{resource}/.default` by all that the application may have there."""
    wide: list[str] = []
    for scope in asked:
        if scope.endswith("/.default"):
            resource = scopes.resource_of(scope)
            wide += sorted(s for s in app.delegated if scopes.resource_of(s) == resource)
        else:
            wide.append(scope)
    return tuple(dict.fromkeys(wide))


def error_payload(
    error: EntraError, *, now: datetime, correlation_id: str, trace_id: str
) -> dict[str, object]:
    """Return the JSON body of the token endpoint, in the field order of the real one."""
    timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    payload: dict[str, object] = {
        "error": error.error,
        "error_description": (
            f"{error.description} Trace ID: {trace_id} "
            f"Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        "error_codes": [error.code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"https://login.microsoftonline.com/error?code={error.code}",
    }
    if error.suberror:
        payload["suberror"] = error.suberror
    if error.claims:
        payload["claims"] = error.claims
    return payload
