"""The admin consent addresses: an administrator allows an application for everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra import screens, signing_in
from postdesk_sandbox.entra.authorize_request import RedirectedError, Wish, read_who_asks
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import read_scopes, widen_default
from postdesk_sandbox.entra.refusing import answer_error_page, error_details
from postdesk_sandbox.entra.sending_back import send_answer

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call


def admin_consent_v1(call: Call, tenant: str) -> Response:
    """Answer `/{tenant}/adminconsent`: all that the application is configured for."""
    return _answer(call, tenant, is_v1=True)


def admin_consent(call: Call, tenant: str) -> Response:
    """Answer `/{tenant}/v2.0/adminconsent`: what `scope` names."""
    return _answer(call, tenant, is_v1=False)


def _answer(call: Call, tenant: str, *, is_v1: bool) -> Response:
    try:
        wish = _read(call, tenant, is_v1=is_v1)
        visit = signing_in.Visit(
            wish=wish, arrive=_ask, cancel=_decline, steps={"admin_consent": _accept}
        )
        if call.request.method == "POST":
            return signing_in.take_step(call, visit)
        return signing_in.begin(call, visit)
    except RedirectedError as error:
        return _send_error(call, error.wish, error.error, name=error.error.error)
    except EntraError as error:
        return answer_error_page(call, error)


def _read(call: Call, tenant: str, *, is_v1: bool) -> Wish:
    bare = read_who_asks(call, tenant)
    if is_v1:
        return replace(bare, scopes=_everything(bare))
    try:
        asked = read_scopes(call.request.args.get("scope", ""), tenant=call.world.tenant)
    except EntraError as error:
        raise RedirectedError(bare, error) from error
    return replace(bare, scopes=asked)


def _everything(wish: Wish) -> tuple[str, ...]:
    configured = wish.app.configured_delegated | wish.app.configured_application
    return tuple(f"{resource}/.default" for resource in sorted(scopes.resources_of(configured)))


def _ask(call: Call, wish: Wish, person: Person) -> Response:
    if not person.admin:
        raise refusal(90093)
    written = replace(wish, scopes=widen_default(wish.scopes, wish.app.configured_delegated))
    return screens.ask_admin_consent(call, written, person, roles=_roles(wish))


def _roles(wish: Wish) -> tuple[str, ...]:
    """Application permissions come only with `.default`."""
    asked = tuple(scope for scope in wish.scopes if scope.endswith("/.default"))
    return widen_default(asked, wish.app.configured_application)


def _accept(call: Call, wish: Wish, person: Person) -> Response:
    if not person.admin:
        raise refusal(90093)
    granted = widen_default(wish.scopes, wish.app.configured_delegated)
    wish.app.delegated |= {scope for scope in granted if scopes.resource_of(scope)}
    wish.app.application |= set(_roles(wish))
    answer = {"admin_consent": "True", "tenant": call.world.tenant.tenant_id}
    if "scope" in call.request.args:
        answer["scope"] = " ".join(granted)
    return send_answer(wish, answer)


def _decline(call: Call, wish: Wish) -> Response:
    # The two documented pages differ: version 1 says permission_denied.
    name = "consent_required" if "scope" in call.request.args else "permission_denied"
    return _send_error(call, wish, refusal(65004), name=name)


def _send_error(call: Call, wish: Wish, error: EntraError, *, name: str) -> Response:
    details = error_details(call, error)
    answer = {
        "admin_consent": "True",
        "error": name,
        "error_description": str(details["error_description"]),
    }
    return send_answer(wish, answer)
