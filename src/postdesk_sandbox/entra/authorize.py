"""The authorize page: sign-in, consent, and back to the client with a code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra import screens, signing_in
from postdesk_sandbox.entra.authorize_request import RedirectedError, Wish, read_wish
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import missing_consent, widen_default
from postdesk_sandbox.entra.refusing import answer_error_page
from postdesk_sandbox.entra.sending_back import send_code, send_error
from postdesk_sandbox.faults import Fault

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

# Codes that Entra says at the token endpoint; a chip orders them for the next request there.
_AT_TOKEN_ENDPOINT = (50076, 50173, 54005, 700082, 7000215, 7000222)
_ON_OWN_PAGE = (50011, 700016, 90002)


def authorize(call: Call, tenant: str) -> Response:
    """Answer the authorize address: GET begins, POST carries a step of the sign-in."""
    return _authorize(call, tenant, is_v1=False)


def authorize_v1(call: Call, tenant: str) -> Response:
    """Answer the address of version 1, where a `resource` stands for its permissions."""
    return _authorize(call, tenant, is_v1=True)


def _authorize(call: Call, tenant: str, *, is_v1: bool) -> Response:
    try:
        return _answer(call, read_wish(call, tenant, is_v1=is_v1))
    except RedirectedError as error:
        return send_error(call, error.wish, error.error)
    except EntraError as error:
        return answer_error_page(call, error)


def _answer(call: Call, wish: Wish) -> Response:
    visit = signing_in.Visit(
        wish=wish,
        arrive=_ask_or_send,
        cancel=lambda call, wish: send_error(call, wish, refusal(65004), subcode="cancel"),
        steps={"consent": _accept, "code": _answer_as_ordered},
    )
    if call.request.method == "POST":
        return signing_in.take_step(call, visit)
    if wish.prompt == "none":
        return _without_asking(call, wish)
    return signing_in.begin(call, visit)


def _without_asking(call: Call, wish: Wish) -> Response:
    person = signing_in.obvious_person(wish, signing_in.people_signed_in(call))
    if person is None:
        return send_error(call, wish, refusal(50058))
    try:
        signing_in.check_standing(person)
    except EntraError as refused:
        return send_error(call, wish, refused)
    if wish.claims.need_second_factor and not signing_in.has_second_factor(call, wish, person):
        return send_error(call, wish, refusal(50076, resource=_resource_of(wish)))
    if missing_consent(wish.scopes, wish.app.consented_by(person)):
        error = refusal(65001, app=wish.app.client_id, app_name=wish.app.name)
        error.error = "consent_required"
        return send_error(call, wish, error)
    return send_code(call, wish, person)


def _ask_or_send(call: Call, wish: Wish, person: Person) -> Response:
    automatic = person.answers_to(call.world.tenant.switches.auto_sign_in)
    asks_always = wish.prompt in {"consent", "admin_consent"} and not automatic
    if asks_always or (
        not automatic and missing_consent(wish.scopes, wish.app.consented_by(person))
    ):
        if not call.world.tenant.switches.user_consent_allowed:
            return send_error(call, wish, refusal(90094, app_name=wish.app.name))
        return screens.ask_consent(call, replace(wish, scopes=_written_out(wish)), person)
    return send_code(call, wish, person)


def _accept(call: Call, wish: Wish, person: Person) -> Response:
    """Remember the consent, for this person or for everybody, and hand out a code."""
    asked = {scope for scope in _written_out(wish) if scopes.resource_of(scope)}
    if not call.world.tenant.switches.user_consent_allowed:
        return send_error(call, wish, refusal(90094, app_name=wish.app.name))
    if call.request.form.get("everyone") or wish.prompt == "admin_consent":
        if not person.admin:
            raise refusal(90093)
        wish.app.delegated |= asked
    else:
        wish.app.personal_consent.setdefault(person.object_id, set()).update(asked)
    return send_code(call, wish, person)


def _written_out(wish: Wish) -> tuple[str, ...]:
    """Return the scopes with `.default` replaced by what the application is configured for."""
    return widen_default(wish.scopes, wish.app.configured_delegated)


def _answer_as_ordered(call: Call, wish: Wish, person: Person) -> Response:
    """Answer with the code of a chip: on our page, by redirect, or at the token endpoint."""
    code = call.request.form.get("code", type=int) or 0
    if code in _ON_OWN_PAGE:
        raise refusal(
            code,
            redirect_uri=wish.redirect_uri,
            app=wish.app.client_id,
            tenant=call.world.tenant.domain,
        )
    if code in _AT_TOKEN_ENDPOINT:
        call.world.faults.add(Fault(surface="token", code=code))
        return send_code(call, wish, person)
    error = refusal(code, app_name=wish.app.name, app=wish.app.client_id)
    if error.error not in {"access_denied", "temporarily_unavailable"}:
        error.error = "access_denied"
    return send_error(call, wish, error)


def _resource_of(wish: Wish) -> str:
    return next(iter(scopes.resources_of(wish.scopes)), scopes.GRAPH)
