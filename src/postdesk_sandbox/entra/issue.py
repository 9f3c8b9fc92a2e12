"""Writing the answer of a successful token request."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postdesk_sandbox import scopes, tokens

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App, Person
    from postdesk_sandbox.web import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a person is given: full scope names granted and asked, factor, nonce."""

    app: App
    scopes: tuple[str, ...]
    asked: tuple[str, ...]
    second_factor: bool
    nonce: str


def issue_for_person(call: Call, issue: Issue, person: Person) -> dict[str, object]:
    """Return access token, id token and a fresh refresh token that lives 90 days."""
    resource = next(iter(scopes.resources_of(issue.asked)), scopes.GRAPH)
    claims = _base_claims(call, issue.app, resource)
    claims |= {
        "scp": " ".join(scope.rpartition("/")[2] for scope in issue.scopes),
        "oid": person.object_id,
        "sub": _pairwise(person, issue.app),
        "upn": person.address,
        "unique_name": person.address,
        "name": person.display_name,
        "amr": ["pwd", "mfa"] if issue.second_factor else ["pwd"],
        "idtyp": "user",
    }
    seconds = call.world.tenant.switches.access_token_seconds
    answer: dict[str, object] = {
        "token_type": "Bearer",
        "scope": " ".join(issue.scopes),
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": tokens.sign(claims),
    }
    if "offline_access" in issue.asked:
        answer["refresh_token"] = _new_refresh_token(call, issue, person)
    if "openid" in issue.asked:
        answer["id_token"] = tokens.sign(_id_claims(call, issue, person))
    if call.request.form.get("client_info"):
        info = {"uid": person.object_id, "utid": call.world.tenant.tenant_id}
        answer["client_info"] = tokens.encode_json(info)
    return answer


def issue_for_app(
    call: Call, app: App, *, resource: str, roles: tuple[str, ...]
) -> dict[str, object]:
    """Return an app-only access token; there is never a refresh or id token."""
    claims = _base_claims(call, app, resource)
    claims |= {
        "roles": [role.rpartition("/")[2] for role in roles],
        "oid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"service-principal:{app.client_id}")),
        "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, f"service-principal:{app.client_id}")),
        "idtyp": "app",
    }
    seconds = call.world.tenant.switches.access_token_seconds
    return {
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": tokens.sign(claims),
    }


def _base_claims(call: Call, app: App, resource: str) -> dict[str, Any]:
    tenant = call.world.tenant
    issued = int(call.now.timestamp())
    return {
        "aud": resource,
        "iss": f"https://sts.windows.net/{tenant.tenant_id}/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + tenant.switches.access_token_seconds,
        "app_displayname": app.name,
        "appid": app.client_id,
        "appidacr": "1",
        "tid": tenant.tenant_id,
        "uti": tokens.new_secret()[:22],
        "ver": "1.0",
    }


def _id_claims(call: Call, issue: Issue, person: Person) -> dict[str, Any]:
    tenant_id = call.world.tenant.tenant_id
    issued = int(call.now.timestamp())
    claims = {
        "aud": issue.app.client_id,
        "iss": f"{call.base_url}/{tenant_id}/v2.0",
        "iat": issued,
        "nbf": issued,
        "exp": issued + call.world.tenant.switches.access_token_seconds,
        "name": person.display_name,
        "oid": person.object_id,
        "preferred_username": person.address,
        "sub": _pairwise(person, issue.app),
        "tid": tenant_id,
        "ver": "2.0",
    }
    if issue.nonce:
        claims["nonce"] = issue.nonce
    if "email" in issue.asked:
        claims["email"] = person.address
    return claims


def _new_refresh_token(call: Call, issue: Issue, person: Person) -> str:
    fresh = tokens.RefreshToken(
        value=tokens.new_secret("1.AX"),
        client_id=issue.app.client_id,
        person_id=person.object_id,
        issued_at=call.now,
        second_factor=issue.second_factor,
        scopes=tuple(dict.fromkeys(issue.asked)),
    )
    call.world.grants.add_refresh_token(fresh)
    return fresh.value


def _pairwise(person: Person, app: App) -> str:
    return hashlib.sha256(f"{person.object_id}/{app.client_id}".encode()).hexdigest()[:43]
