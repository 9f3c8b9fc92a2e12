"""Reading the form of a token request, in the words of version 1 or 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra.codes import refusal
from postdesk_sandbox.entra.directory import read_resource, read_scopes

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call


def read_field(call: Call, name: str) -> str:
    """Return a field of the form. Raises EntraError 900144 when it is missing."""
    value = call.request.form.get(name, "")
    if not value:
        raise refusal(900144, name=name)
    return value


def read_asked(call: Call, default: tuple[str, ...], *, is_v1: bool) -> tuple[str, ...]:
    """Return the scopes that tokens are asked for: one resource only (AADSTS28000).

    `default` stands in where the request names none; of several resources in it the
    first is taken, as Entra does with a code for more than one.
    """
    named = _read_v1(call) if is_v1 else _read_v2(call)
    asked = named or default
    resources = scopes.resources_of(asked)
    if len(resources) > 1 and named:
        raise refusal(28000, scope=call.request.form.get("scope", ""))
    if is_v1 and not resources:
        raise refusal(90014, name="resource")
    return tuple(scope for scope in asked if scopes.resource_of(scope) in {"", *resources[:1]})


def read_asked_by_app(call: Call, *, is_v1: bool) -> str:
    """Return the resource for which an application asks in its own name."""
    if is_v1:
        return read_resource(read_field(call, "resource"), tenant=call.world.tenant)
    asked = read_field(call, "scope")
    if "resource" in call.request.form:
        raise refusal(901002)
    resource, _, suffix = asked.rpartition("/")
    if suffix != ".default":
        raise refusal(1002012, scope=asked)
    return read_resource(resource, tenant=call.world.tenant)


def _read_v2(call: Call) -> tuple[str, ...]:
    if "resource" in call.request.form:
        raise refusal(901002)
    text = call.request.form.get("scope", "")
    return read_scopes(text, tenant=call.world.tenant) if text.strip() else ()


def _read_v1(call: Call) -> tuple[str, ...]:
    asked = call.request.form.get("scope", "").split()
    if unknown := set(asked) - set(scopes.OIDC_SCOPES):
        raise refusal(70011, scope=" ".join(sorted(unknown)))
    name = call.request.form.get("resource", "")
    if not name:
        return ()
    return (*scopes.OIDC_SCOPES, f"{read_resource(name, tenant=call.world.tenant)}/.default")
