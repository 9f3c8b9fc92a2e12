"""The authorize page: pick an account, password, second factor, consent, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.entra import screens
from postdesk_sandbox.entra.authorize_request import RedirectedError, Wish, read_wish
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.refusing import answer_error_page
from postdesk_sandbox.entra.sending_back import send_code, send_error
from postdesk_sandbox.faults import Fault

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

COOKIE = "sandbox_sign_in"
# Codes that Entra says at the token endpoint; a chip orders them for the next request there.
_AT_TOKEN_ENDPOINT = (50076, 50173, 54005, 700082, 7000215, 7000222)
_ON_OWN_PAGE = (50011, 700016, 90002)


def authorize(call: Call, tenant: str) -> Response:
    """Answer the authorize address: GET begins, POST carries a step of the sign-in."""
    try:
        wish = read_wish(call, tenant)
        answer = _take_step(call, wish) if call.request.method == "POST" else _begin(call, wish)
    except RedirectedError as error:
        return send_error(call, error.wish, error.error)
    except EntraError as error:
        return answer_error_page(call, error)
    return answer


def _begin(call: Call, wish: Wish) -> Response:
    automatic = call.world.tenant.person(call.world.tenant.switches.auto_sign_in)
    if automatic is not None and wish.prompt != "none":
        return send_code(call, wish, automatic, second_factor=automatic.mfa_required)
    signed_in = _signed_in(call)
    if wish.prompt == "none":
        return _without_asking(call, wish, signed_in)
    if wish.prompt in {"", "consent"} and (person := _obvious_person(wish, signed_in)):
        return _after_sign_in(call, wish, person)
    hinted = call.world.tenant.person(wish.login_hint)
    if hinted is not None and wish.prompt in {"", "consent", "login"}:
        return screens.ask_password(call, wish, hinted)
    return screens.pick_account(call, wish, signed_in)


def _without_asking(call: Call, wish: Wish, signed_in: list[Person]) -> Response:
    person = _obvious_person(wish, signed_in)
    if person is None:
        return send_error(call, wish, refusal(50058))
    if _needs_consent(wish, person):
        error = refusal(65001, app=wish.app.client_id, app_name=wish.app.name)
        error.error = "consent_required"
        return send_error(call, wish, error)
    return send_code(call, wish, person, second_factor=person.mfa_required)


def _obvious_person(wish: Wish, signed_in: list[Person]) -> Person | None:
    """Return who is meant when nobody needs to be asked."""
    if wish.login_hint:
        hinted = [one for one in signed_in if one.answers_to(wish.login_hint)]
        return hinted[0] if hinted else None
    return signed_in[0] if len(signed_in) == 1 else None


def _take_step(call: Call, wish: Wish) -> Response:
    form = call.request.form
    step = form.get("step", "")
    if step == "cancel":
        return send_error(call, wish, refusal(65004), subcode="cancel")
    if step == "code":
        return _answer_as_ordered(call, wish)
    account = form.get("account", "").strip()
    person = call.world.tenant.person(account)
    if person is None:
        return screens.pick_account(call, wish, _signed_in(call), unknown=account)
    return _take_step_of(call, wish, person, step)


def _take_step_of(call: Call, wish: Wish, person: Person, step: str) -> Response:
    """Go on with the chosen account; every later step needs its password first."""
    if step == "account":
        known = person in _signed_in(call) and wish.prompt != "login"
        return (
            _after_sign_in(call, wish, person)
            if known
            else screens.ask_password(call, wish, person)
        )
    if step == "password":
        return _check_password(call, wish, person)
    if person not in _signed_in(call):
        return screens.ask_password(call, wish, person)
    if step == "second_factor":
        return _ask_or_send(call, wish, person)
    if step == "consent":
        return _accept(call, wish, person)
    raise refusal(9002313)


def _check_password(call: Call, wish: Wish, person: Person) -> Response:
    if call.request.form.get("password", "") != person.password:
        return screens.ask_password(call, wish, person, wrong=True)
    if person.disabled:
        raise refusal(50057)
    cookie = call.request.cookies.get(COOKIE, "")
    if cookie not in call.world.grants.sign_ins:
        cookie = tokens.new_secret()
    call.world.grants.sign_in(cookie, person.object_id)
    answer = _after_sign_in(call, wish, person)
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="Lax", path="/")
    return answer


def _after_sign_in(call: Call, wish: Wish, person: Person) -> Response:
    if person.disabled:
        raise refusal(50057)
    if person.blocked:
        raise refusal(53003)
    if person.mfa_required:
        return screens.ask_second_factor(call, wish, person)
    return _ask_or_send(call, wish, person)


def _ask_or_send(call: Call, wish: Wish, person: Person) -> Response:
    if wish.prompt == "consent" or _needs_consent(wish, person):
        if not call.world.tenant.switches.user_consent_allowed:
            return send_error(call, wish, refusal(90094, app_name=wish.app.name))
        return screens.ask_consent(call, wish, person)
    return send_code(call, wish, person, second_factor=person.mfa_required)


def _needs_consent(wish: Wish, person: Person) -> bool:
    consented = wish.app.consented_by(person)
    return any("/" in scope and scope not in consented for scope in wish.scopes)


def _accept(call: Call, wish: Wish, person: Person) -> Response:
    """Remember the consent, for this person or for everybody, and hand out a code."""
    asked = {scope for scope in wish.scopes if "/" in scope}
    if call.request.form.get("everyone"):
        wish.app.delegated |= asked
    else:
        wish.app.personal_consent.setdefault(person.object_id, set()).update(asked)
    return send_code(call, wish, person, second_factor=person.mfa_required)


def _answer_as_ordered(call: Call, wish: Wish) -> Response:
    """Answer with the code of a chip: on our page, by redirect, or at the token endpoint."""
    code = call.request.form.get("code", type=int) or 0
    if code in _ON_OWN_PAGE:
        raise refusal(
            code,
            redirect_uri=wish.redirect_uri,
            app=wish.app.client_id,
            tenant=call.world.tenant.domain,
        )
    person = call.world.tenant.person(call.request.form.get("account", ""))
    if code in _AT_TOKEN_ENDPOINT and person is not None and person in _signed_in(call):
        call.world.faults.add(Fault(surface="token", code=code))
        return send_code(call, wish, person, second_factor=person.mfa_required)
    error = refusal(code, app_name=wish.app.name, app=wish.app.client_id)
    if error.error not in {"access_denied", "temporarily_unavailable"}:
        error.error = "access_denied"
    return send_error(call, wish, error)


def _signed_in(call: Call) -> list[Person]:
    """Return who entered a password in this browser and still exists, last first."""
    ids = call.world.grants.sign_ins.get(call.request.cookies.get(COOKIE, ""), [])
    found = (call.world.tenant.person(one) for one in ids)
    return [person for person in found if person is not None]
