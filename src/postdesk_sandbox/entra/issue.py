"""Writing the answer of a successful token request."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time
from typing import TYPE_CHECKING, Any

from postdesk_sandbox import scopes, tokens

if TYPE_CHECKING:
    from postdesk_sandbox.entra.claims import AskedClaims
    from postdesk_sandbox.tenant import App, Person
    from postdesk_sandbox.web import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a person is given: full scope names granted and asked, and how they signed in."""

    app: App
    person: Person
    sign_in: tokens.SignIn
    resource: str
    scopes: tuple[str, ...]
    asked: tuple[str, ...]
    claims: AskedClaims
    confidential: bool
    with_refresh_token: bool
    with_id_token: bool
    nonce: str = ""
    fixed_end: datetime | None = None


def issue_for_person(call: Call, issue: Issue) -> dict[str, object]:
    """Return access token, id token and a fresh refresh token that lives 90 days."""
    seconds = _life_seconds(call, issue.claims, resource=issue.resource)
    answer: dict[str, object] = {
        "token_type": "Bearer",
        "scope": " ".join(issue.scopes),
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": tokens.sign(_person_claims(call, issue, seconds)),
    }
    if issue.with_refresh_token:
        answer["refresh_token"] = _new_refresh_token(call, issue)
    if issue.with_id_token:
        answer["id_token"] = tokens.sign(_id_claims(call, issue))
    if call.request.form.get("client_info"):
        info = {"uid": issue.person.object_id, "utid": call.world.tenant.tenant_id}
        answer["client_info"] = tokens.encode_json(info)
    return answer


def speak_v1(call: Call, issue: Issue, answer: dict[str, object]) -> dict[str, object]:
    """Return the same answer in the form of version 1: numbers as strings, short scope names."""
    seconds = int(str(answer["expires_in"]))
    issued = int(call.now.timestamp())
    return answer | {
        "scope": " ".join(scope.rpartition("/")[2] for scope in issue.scopes),
        "expires_in": str(seconds),
        "ext_expires_in": str(seconds),
        "expires_on": str(issued + seconds),
        "not_before": str(issued),
        "resource": call.request.form.get("resource") or issue.resource,
        "id_token": tokens.sign(_id_claims_v1(call, issue)),
    }


def issue_for_app(
    call: Call, app: App, claims: AskedClaims, *, resource: str, roles: tuple[str, ...]
) -> dict[str, object]:
    """Return an app-only access token; there is never a refresh or id token."""
    seconds = _life_seconds(call, claims, resource=resource)
    principal = str(uuid.uuid5(uuid.NAMESPACE_URL, f"service-principal:{app.client_id}"))
    told = _base_claims(call, app, resource, claims, seconds=seconds, confidential=True)
    told |= {
        "roles": [role.rpartition("/")[2] for role in roles],
        "oid": principal,
        "sub": principal,
        "idtyp": "app",
    }
    return {
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": tokens.sign(told),
    }


def _life_seconds(call: Call, claims: AskedClaims, *, resource: str) -> int:
    """Return the lifetime: long where client and resource take part in CAE."""
    switches = call.world.tenant.switches
    takes_part = claims.is_capable and scopes.worldwide(resource) in scopes.DELEGATED
    return switches.cae_token_seconds if takes_part else switches.access_token_seconds


def _base_claims(
    call: Call,
    app: App,
    resource: str,
    claims: AskedClaims,
    *,
    seconds: int,
    confidential: bool,
) -> dict[str, Any]:
    tenant = call.world.tenant
    issued = int(call.now.timestamp())
    told: dict[str, Any] = {
        "aud": resource,
        "iss": f"https://sts.windows.net/{tenant.tenant_id}/",
        "iat": issued,
        "nbf": issued,
        "exp": issued + seconds,
        "app_displayname": app.name,
        "appid": app.client_id,
        "appidacr": _proof_kind(call) if confidential else "0",
        "tid": tenant.tenant_id,
        "uti": tokens.new_unique_id(call.now),
        "ver": "1.0",
    }
    if claims.capabilities:
        told["xms_cc"] = list(claims.capabilities)
    return told


def _proof_kind(call: Call) -> str:
    """Tell how the application proved itself: 1 by a secret, 2 by a certificate."""
    return "2" if call.request.form.get("client_assertion") else "1"


def _person_claims(call: Call, issue: Issue, seconds: int) -> dict[str, Any]:
    person = issue.person
    told = _base_claims(
        call,
        issue.app,
        issue.resource,
        issue.claims,
        seconds=seconds,
        confidential=issue.confidential,
    )
    told |= {
        "scp": " ".join(scope.rpartition("/")[2] for scope in issue.scopes),
        "oid": person.object_id,
        "sub": _pairwise(person, issue.app),
        "upn": person.address,
        "unique_name": person.address,
        "name": person.display_name,
        "amr": _methods(issue),
        "idtyp": "user",
    }
    if issue.sign_in.contexts:
        told["acrs"] = list(issue.sign_in.contexts)
    return told


def _methods(issue: Issue) -> list[str]:
    return ["pwd", "mfa"] if issue.sign_in.second_factor else ["pwd"]


def _id_claims(call: Call, issue: Issue) -> dict[str, Any]:
    tenant_id = call.world.tenant.tenant_id
    claims = _shared_id_claims(call, issue) | {
        "iss": f"{call.base_url}/{tenant_id}/v2.0",
        "preferred_username": issue.person.address,
        "ver": "2.0",
    }
    if issue.nonce:
        claims["nonce"] = issue.nonce
    if "email" in issue.asked:
        claims["email"] = issue.person.address
    return claims


def _id_claims_v1(call: Call, issue: Issue) -> dict[str, Any]:
    claims = _shared_id_claims(call, issue) | {
        "iss": f"https://sts.windows.net/{call.world.tenant.tenant_id}/",
        "amr": _methods(issue),
        "unique_name": issue.person.address,
        "upn": issue.person.address,
        "ver": "1.0",
    }
    return claims | ({"nonce": issue.nonce} if issue.nonce else {})


def _shared_id_claims(call: Call, issue: Issue) -> dict[str, Any]:
    issued = int(call.now.timestamp())
    return {
        "aud": issue.app.client_id,
        "iat": issued,
        "nbf": issued,
        "exp": issued + call.world.tenant.switches.access_token_seconds,
        "name": issue.person.display_name,
        "oid": issue.person.object_id,
        "sub": _pairwise(issue.person, issue.app),
        "tid": call.world.tenant.tenant_id,
    }


def _new_refresh_token(call: Call, issue: Issue) -> str:
    fresh = tokens.RefreshToken(
        value=tokens.new_secret("1.AX"),
        client_id=issue.app.client_id,
        issued_at=call.now,
        sign_in=_with_resource(issue),
        confidential=issue.confidential,
        fixed_end=issue.fixed_end,
    )
    call.world.grants.add_refresh_token(fresh)
    return fresh.value


def _with_resource(issue: Issue) -> tokens.SignIn:
    """Let a sign-in that named no resource (version 1) remember the first one asked for."""
    if scopes.resources_of(issue.sign_in.scopes):
        return issue.sign_in
    return replace(issue.sign_in, scopes=issue.asked)


def _pairwise(person: Person, app: App) -> str:
    return hashlib.sha256(f"{person.object_id}/{app.client_id}".encode()).hexdigest()[:43]
