"""The token endpoint: codes, refresh tokens and client credentials become access tokens."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from postdesk_sandbox import scopes, tokens
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import find_app, read_scopes, widen_default
from postdesk_sandbox.entra.issue import Issue, issue_for_app, issue_for_person
from postdesk_sandbox.entra.refusing import answer_token_error
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import App, Person
    from postdesk_sandbox.web import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grant:
    """What a code or a refresh token stands for."""

    person_id: str
    issued_at: datetime
    second_factor: bool
    nonce: str = ""
    is_renewal: bool = False
    scopes: tuple[str, ...] = ()


def token(call: Call, tenant: str) -> Response:
    """Answer `POST /{tenant}/oauth2/v2.0/token`."""
    try:
        return answer_json(_issue(call, tenant))
    except EntraError as error:
        return answer_token_error(call, error)


def _issue(call: Call, tenant_name: str) -> dict[str, object]:
    client_id, secret = _client_credentials(call)
    app = find_app(call.world.tenant, tenant_name=tenant_name, client_id=client_id)
    grant_type = _field(call, "grant_type")
    _check_secret(call, app, secret)
    if grant_type == "client_credentials":
        return _for_app(call, app)
    if grant_type == "authorization_code":
        return _for_person(call, app, _redeem_code(call, app))
    if grant_type == "refresh_token":
        return _for_person(call, app, _use_refresh_token(call, app))
    call.state.journal.miss(f"token grant_type={grant_type}")
    raise refusal(70003, grant_type=grant_type)


def _client_credentials(call: Call) -> tuple[str, str]:
    """Read client id and secret from the form or from HTTP Basic (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise refusal(9002313) from error
        return unquote(name), unquote(secret)
    return _field(call, "client_id"), call.request.form.get("client_secret", "")


def _field(call: Call, name: str) -> str:
    value = call.request.form.get(name, "")
    if not value:
        raise refusal(900144, name=name)
    return value


def _check_secret(call: Call, app: App, value: str) -> None:
    if not value:
        if "client_assertion" in call.request.form:
            call.state.journal.miss("token client_assertion")
            raise refusal(700027)
        raise refusal(7000218)
    secret = app.find_secret(value)
    if secret is None:
        raise refusal(7000215, app=app.client_id)
    if secret.expires_at is not None and secret.expires_at <= call.now:
        raise refusal(7000222, app=app.client_id)


def _redeem_code(call: Call, app: App) -> _Grant:
    code = call.world.grants.codes.get(_field(call, "code"))
    if code is None or code.client_id != app.client_id:
        raise refusal(70000)
    if code.redeemed:
        raise refusal(54005)
    if call.now - code.issued_at >= tokens.CODE_LIFE:
        raise refusal(70008)
    redirect_uri = _field(call, "redirect_uri")
    if redirect_uri != code.redirect_uri:
        raise refusal(500112, redirect_uri=redirect_uri, expected=code.redirect_uri)
    verifier = call.request.form.get("code_verifier", "")
    if code.challenge and not tokens.matches_challenge(
        verifier, challenge=code.challenge, method=code.challenge_method
    ):
        raise refusal(501481)
    code.redeemed = True
    return _Grant(
        person_id=code.person_id,
        issued_at=code.issued_at,
        second_factor=code.second_factor,
        nonce=code.nonce,
        scopes=code.scopes,
    )


def _use_refresh_token(call: Call, app: App) -> _Grant:
    known = call.world.grants.refresh_tokens.get(_field(call, "refresh_token"))
    if known is None:
        malformed = refusal(9002313)
        malformed.error = "invalid_grant"
        raise malformed
    if known.client_id != app.client_id:
        raise refusal(70000)
    if known.is_stale(call.now):
        raise refusal(700082, issued_at=_precise(known.issued_at))
    return _Grant(
        person_id=known.person_id,
        issued_at=known.issued_at,
        second_factor=known.second_factor,
        scopes=known.scopes,
        is_renewal=True,
    )


def _for_person(call: Call, app: App, grant: _Grant) -> dict[str, object]:
    person = call.world.tenant.person(grant.person_id)
    if person is None:
        raise refusal(50034, user=grant.person_id, tenant=call.world.tenant.domain)
    asked = _asked_scopes(call, app, grant)
    _check_person(person, grant, resource=next(iter(scopes.resources_of(asked)), scopes.GRAPH))
    granted = _granted_scopes(call, app, person, asked)
    return issue_for_person(
        call,
        Issue(
            app=app,
            scopes=granted,
            asked=asked,
            second_factor=grant.second_factor,
            nonce=grant.nonce,
        ),
        person,
    )


def _check_person(person: Person, grant: _Grant, *, resource: str) -> None:
    """Refuse where the person's standing has changed since the grant was given."""
    if person.disabled:
        raise refusal(50057)
    if person.tokens_valid_from is not None and grant.issued_at < person.tokens_valid_from:
        raise refusal(
            50173,
            issued_at=_precise(grant.issued_at),
            valid_from=_precise(person.tokens_valid_from),
        )
    if person.blocked:
        raise refusal(53003)
    if person.mfa_required and not grant.second_factor:
        raise refusal(50076, resource=resource)


def _asked_scopes(call: Call, app: App, grant: _Grant) -> tuple[str, ...]:
    """Read the scopes of this request: one resource only (AADSTS28000)."""
    text = call.request.form.get("scope", "")
    asked = read_scopes(text, tenant=call.world.tenant) if text.strip() else grant.scopes
    asked = widen_default(asked, app=app)
    resources = scopes.resources_of(asked)
    if len(resources) > 1 and text.strip():
        raise refusal(28000, scope=text)
    if len(resources) > 1:
        asked = tuple(s for s in asked if scopes.resource_of(s) in {"", resources[0]})
    # A renewal always brings a fresh refresh token, whether or not it was asked for again.
    return (*asked, "offline_access") if grant.is_renewal else asked


def _granted_scopes(
    call: Call, app: App, person: Person, asked: tuple[str, ...]
) -> tuple[str, ...]:
    consented = app.consented_by(person)
    wanted = [scope for scope in asked if scopes.resource_of(scope)]
    if any(scope not in consented for scope in wanted):
        raise refusal(65001, app=app.client_id, app_name=app.name)
    withheld = set(call.world.tenant.switches.withheld_scopes)
    kept = [s for s in wanted if s not in withheld and s.rpartition("/")[2] not in withheld]
    return tuple(kept)


def _for_app(call: Call, app: App) -> dict[str, object]:
    asked = _field(call, "scope")
    resource, _, suffix = asked.rpartition("/")
    if suffix != ".default":
        raise refusal(1002012, scope=asked)
    if resource not in scopes.ROLES:
        raise refusal(500011, resource=resource, tenant=call.world.tenant.domain)
    roles = sorted(r for r in app.application if scopes.resource_of(r) == resource)
    return issue_for_app(call, app, resource=resource, roles=tuple(roles))


def _precise(moment: datetime) -> str:
    """Return a moment with seven digits, as these messages have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}0Z"
