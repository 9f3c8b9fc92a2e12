"""Finding the tenant and the application that a request names, or refusing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra.codes import EntraError, refusal

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.tenant import App, Tenant

_SHARED_ENDPOINTS = ("common", "organizations", "consumers")
# The directory in which Microsoft keeps personal accounts; no application of ours is there.
_PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"


def is_shared(tenant_name: str) -> bool:
    """Say whether a path names no tenant but one of the endpoints for all."""
    return tenant_name.lower() in _SHARED_ENDPOINTS


def find_app(tenant: Tenant, *, tenant_name: str, client_id: str) -> App:
    """Return the application. Raises EntraError 90002, 700016, 7000112 or 50194."""
    shared = is_shared(tenant_name)
    if not shared and not tenant.is_named(tenant_name):
        raise refusal(90002, tenant=tenant_name)
    app = tenant.apps.get(client_id)
    if app is None:
        raise refusal(700016, app=client_id, tenant=tenant.domain)
    if app.disabled:
        raise refusal(7000112, app=app.client_id, app_name=app.name)
    if shared and not app.multi_tenant:
        raise refusal(50194, app=app.client_id, app_name=app.name)
    if tenant_name.lower() == "consumers":
        raise refusal(700016, app=client_id, tenant=_PERSONAL_ACCOUNTS)
    return app


def read_scopes(text: str, *, tenant: Tenant) -> tuple[str, ...]:
    """Return full scope names. Raises EntraError 500011, 70011 or 900144.

    `{resource}/.default` stays as it is, and stands alone beside the OpenID scopes.
    """
    if not text.split():
        raise refusal(900144, name="scope")
    try:
        full = tuple(dict.fromkeys(scopes.full_name(one) for one in text.split()))
    except scopes.UnknownResourceError as error:
        raise refusal(500011, resource=error, tenant=tenant.domain) from error
    except scopes.UnknownScopeError as error:
        raise refusal(70011, scope=error) from error
    if any(one.endswith("/.default") for one in full) and len(_named(full)) > 1:
        raise refusal(70011, scope=text)
    return full


def _named(full: tuple[str, ...]) -> list[str]:
    return [scope for scope in full if scopes.resource_of(scope)]


def read_resource(name: str, *, tenant: Tenant) -> str:
    """Return the resource that a request of version 1 names. Raises EntraError 500011."""
    try:
        return scopes.known_resource(name)
    except scopes.UnknownResourceError as error:
        raise refusal(500011, resource=name, tenant=tenant.domain) from error


def widen_default(asked: tuple[str, ...], among: set[str]) -> tuple[str, ...]:
    """Replace `{resource}/.default` by those of `among` that belong to the resource."""
    wide: list[str] = []
    among = scopes.with_twins(among)
    for scope in asked:
        if scope.endswith("/.default"):
            resource = scopes.resource_of(scope)
            wide += sorted(s for s in among if scopes.resource_of(s) == resource)
        else:
            wide.append(scope)
    return tuple(dict.fromkeys(wide))


def missing_consent(asked: tuple[str, ...], consented: set[str]) -> list[str]:
    """Return the scopes that nobody allowed; `.default` is content with any of its resource."""
    allowed = {scopes.resource_of(scope) for scope in consented}
    return [
        scope
        for scope in asked
        if scopes.resource_of(scope)
        and scope not in consented
        and not (scope.endswith("/.default") and scopes.resource_of(scope) in allowed)
    ]


def error_payload(
    error: EntraError, *, now: datetime, correlation_id: str, trace_id: str
) -> dict[str, object]:
    """Return the JSON body of the token endpoint, in the field order of the real one."""
    timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    # Older answers, told by their wrapper code, put each part of the trailer on its line.
    gap = "\r\n" if error.wrapper else " "
    payload: dict[str, object] = {
        "error": error.error,
        "error_description": gap.join(
            (
                error.description,
                f"Trace ID: {trace_id}",
                f"Correlation ID: {correlation_id}",
                f"Timestamp: {timestamp}",
            )
        ),
        "error_codes": error.codes,
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
