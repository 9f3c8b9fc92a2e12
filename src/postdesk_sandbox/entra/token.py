"""The token endpoint: codes, refresh tokens and client credentials become access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra import device_code
from postdesk_sandbox.entra.claims import AskedClaims, read_claims
from postdesk_sandbox.entra.client_proof import DEVICE_GRANT, check_proof, read_proof
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import (
    find_app,
    is_shared,
    missing_consent,
    widen_default,
)
from postdesk_sandbox.entra.issue import Issue, issue_for_app, issue_for_person, speak_v1
from postdesk_sandbox.entra.redeeming import (
    Grant,
    check_revocation,
    redeem_code,
    retire_used,
    use_refresh_token,
)
from postdesk_sandbox.entra.refusing import answer_token_error
from postdesk_sandbox.entra.token_request import read_asked, read_asked_by_app, read_field
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import App, Person
    from postdesk_sandbox.web import Call


def token(call: Call, tenant: str) -> Response:
    """Answer `POST /{tenant}/oauth2/v2.0/token`."""
    return _answer(call, tenant, is_v1=False)


def token_v1(call: Call, tenant: str) -> Response:
    """Answer `POST /{tenant}/oauth2/token`, where `resource` stands for the scopes."""
    return _answer(call, tenant, is_v1=True)


def _answer(call: Call, tenant: str, *, is_v1: bool) -> Response:
    try:
        return answer_json(_issue(call, tenant, is_v1=is_v1))
    except EntraError as error:
        return answer_token_error(call, error)


def _issue(call: Call, tenant_name: str, *, is_v1: bool) -> dict[str, object]:
    proof = read_proof(call)
    app = find_app(call.world.tenant, tenant_name=tenant_name, client_id=proof.client_id)
    grant_type = read_field(call, "grant_type")
    confidential = check_proof(call, app, proof, tenant_name=tenant_name)
    claims = read_claims(call, call.request.form.get("claims", ""))
    if grant_type == "client_credentials":
        return _for_app(call, app, claims, tenant_name=tenant_name, is_v1=is_v1)
    grant = _redeem(call, app, grant_type)
    return _for_person(call, app, grant, claims, confidential=confidential, is_v1=is_v1)


def _redeem(call: Call, app: App, grant_type: str) -> Grant:
    if app.platform == "spa" and not call.request.headers.get("Origin"):
        raise refusal(9002327)
    if grant_type == "authorization_code":
        return redeem_code(call, app)
    if grant_type == "refresh_token":
        return use_refresh_token(call, app)
    if grant_type == DEVICE_GRANT:
        return Grant(sign_in=device_code.redeem(call, app), issued_at=call.now)
    call.state.journal.miss(f"token grant_type={grant_type}")
    raise refusal(70003, grant_type=grant_type)


def _for_person(
    call: Call,
    app: App,
    grant: Grant,
    claims: AskedClaims,
    *,
    confidential: bool,
    is_v1: bool,
) -> dict[str, object]:
    person = call.world.tenant.person(grant.sign_in.person_id)
    if person is None:
        raise refusal(50034, user=grant.sign_in.person_id, tenant=call.world.tenant.domain)
    named = read_asked(call, grant.sign_in.scopes, is_v1=is_v1)
    resource = next(iter(scopes.resources_of(named)), scopes.GRAPH)
    if person.disabled:
        raise refusal(50057)
    check_revocation(call, grant, person, confidential=confidential)
    _check_policies(call, person, grant, claims, resource=resource)
    asked, granted = _grant_scopes(call, app, person, named)
    # A renewal always brings a fresh refresh token, whether or not it was asked for again.
    renewing = is_v1 or grant.is_renewal or "offline_access" in named
    issue = Issue(
        app=app,
        person=person,
        sign_in=grant.sign_in,
        resource=resource,
        scopes=granted,
        asked=asked,
        claims=claims,
        confidential=confidential,
        with_refresh_token=renewing,
        with_id_token=is_v1 or "openid" in asked,
        nonce="" if grant.is_renewal else grant.sign_in.nonce,
        fixed_end=grant.fixed_end,
    )
    answer = issue_for_person(call, issue)
    retire_used(call)
    return speak_v1(call, issue, answer) if is_v1 else answer


def _check_policies(
    call: Call, person: Person, grant: Grant, claims: AskedClaims, *, resource: str
) -> None:
    """Refuse what needs a person again. Raises EntraError 53003, 50076 or 50133."""
    if person.blocked:
        raise refusal(53003)
    factor = grant.sign_in.second_factor
    if person.mfa_required and not factor:
        raise refusal(50076, resource=resource)
    unmet = set(claims.contexts) - set(grant.sign_in.contexts)
    if unmet or (claims.policies and not factor):
        error = refusal(50076, resource=resource)
        error.claims = claims.text
        raise error
    if claims.not_before > call.now.timestamp():
        error = refusal(50133)
        error.error = "interaction_required"
        raise error


def _grant_scopes(
    call: Call, app: App, person: Person, named: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what was asked, written out, and what is granted of it."""
    consented = app.consented_by(person)
    if missing_consent(named, consented):
        raise refusal(65001, app=app.client_id, app_name=app.name)
    asked = widen_default(named, consented)
    withheld = set(call.world.tenant.switches.withheld_scopes)
    granted = tuple(
        scope
        for scope in asked
        if scopes.resource_of(scope) and not {scope, scope.rpartition("/")[2]} & withheld
    )
    return asked, granted


def _for_app(
    call: Call, app: App, claims: AskedClaims, *, tenant_name: str, is_v1: bool
) -> dict[str, object]:
    if is_shared(tenant_name):
        raise refusal(9001023, endpoint=tenant_name)
    if app.platform != "web":
        raise refusal(7000218)
    resource = read_asked_by_app(call, is_v1=is_v1)
    canonical = scopes.worldwide(resource)
    roles = sorted(r for r in app.application if scopes.resource_of(r) == canonical)
    answer = issue_for_app(call, app, claims, resource=resource, roles=tuple(roles))
    if not is_v1:
        return answer
    seconds = int(str(answer["expires_in"]))
    return answer | {
        "expires_in": str(seconds),
        "ext_expires_in": str(seconds),
        "expires_on": str(int(call.now.timestamp()) + seconds),
        "not_before": str(int(call.now.timestamp())),
        "resource": call.request.form["resource"],
    }
