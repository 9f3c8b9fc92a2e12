"""Finding out who sits at the browser: account, password, second factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox import tokens
from postdesk_sandbox.entra import screens
from postdesk_sandbox.entra.codes import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.entra.authorize_request import Wish
    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.tokens import BrowserSession
    from postdesk_sandbox.web import Call

COOKIE = "sandbox_sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A sign-in on its way: for what, what follows it, and what its later steps are called."""

    wish: Wish
    arrive: Callable[[Call, Wish, Person], Response]
    cancel: Callable[[Call, Wish], Response]
    steps: dict[str, Callable[[Call, Wish, Person], Response]]


def begin(call: Call, visit: Visit) -> Response:
    """Answer the first request: with a page, or by what follows when nobody need be asked."""
    wish = visit.wish
    _check_domain_hint(call, wish)
    automatic = call.world.tenant.person(call.world.tenant.switches.auto_sign_in)
    if automatic is not None:
        return visit.arrive(call, wish, automatic)
    signed_in = people_signed_in(call)
    if wish.prompt in {"", "consent", "admin_consent"} and (
        person := obvious_person(wish, signed_in)
    ):
        return _after_password(call, visit, person)
    hinted = call.world.tenant.person(wish.login_hint)
    if hinted is not None and wish.prompt != "select_account":
        return screens.ask_password(call, wish, hinted)
    return screens.pick_account(call, wish, signed_in)


def take_step(call: Call, visit: Visit) -> Response:
    """Answer a form of the sign-in, or of what follows it."""
    form = call.request.form
    step = form.get("step", "")
    if step == "cancel":
        return visit.cancel(call, visit.wish)
    account = form.get("account", "").strip()
    person = call.world.tenant.person(account)
    if person is None:
        return screens.pick_account(call, visit.wish, people_signed_in(call), unknown=account)
    if step == "account":
        if person in people_signed_in(call) and visit.wish.prompt != "login":
            return _after_password(call, visit, person)
        return screens.ask_password(call, visit.wish, person)
    if step == "password":
        return _check_password(call, visit, person)
    return _take_later_step(call, visit, person, step)


def _take_later_step(call: Call, visit: Visit, person: Person, step: str) -> Response:
    """Go on where somebody has entered the password, and the second factor if it is needed."""
    if person not in people_signed_in(call):
        return screens.ask_password(call, visit.wish, person)
    if step == "second_factor":
        _session(call).second_factors.add(person.object_id)
        return visit.arrive(call, visit.wish, person)
    if step not in visit.steps:
        raise refusal(9002313)
    if _lacks_second_factor(call, visit.wish, person):
        return screens.ask_second_factor(call, visit.wish, person)
    return visit.steps[step](call, visit.wish, person)


def people_signed_in(call: Call) -> list[Person]:
    """Return who entered a password in this browser and still exists, last first."""
    found = (call.world.tenant.person(one) for one in _session(call).person_ids)
    return [person for person in found if person is not None]


def obvious_person(wish: Wish, signed_in: list[Person]) -> Person | None:
    """Return who is meant when nobody needs to be asked."""
    if wish.login_hint:
        hinted = [one for one in signed_in if one.answers_to(wish.login_hint)]
        return hinted[0] if hinted else None
    return signed_in[0] if len(signed_in) == 1 else None


def has_second_factor(call: Call, wish: Wish, person: Person) -> bool:
    """Say whether this sign-in counts as made with a second factor."""
    automatic = call.world.tenant.switches.auto_sign_in
    if person.answers_to(automatic):
        return person.mfa_required or wish.claims.need_second_factor
    return person.object_id in _session(call).second_factors


def check_standing(person: Person) -> None:
    """Refuse on the page whom the tenant does not let in. Raises EntraError."""
    if person.disabled:
        raise refusal(50057)
    if person.blocked:
        raise refusal(53003)


def _check_password(call: Call, visit: Visit, person: Person) -> Response:
    if call.request.form.get("password", "") != person.password:
        return screens.ask_password(call, visit.wish, person, wrong=True)
    check_standing(person)
    cookie = call.request.cookies.get(COOKIE, "")
    if cookie not in call.world.grants.browsers:
        cookie = tokens.new_secret()
    call.world.grants.enter_password(cookie, person.object_id)
    answer = _after_password(call, visit, person)
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="Lax", path="/")
    return answer


def _after_password(call: Call, visit: Visit, person: Person) -> Response:
    check_standing(person)
    if _lacks_second_factor(call, visit.wish, person):
        return screens.ask_second_factor(call, visit.wish, person)
    return visit.arrive(call, visit.wish, person)


def _lacks_second_factor(call: Call, wish: Wish, person: Person) -> bool:
    needed = person.mfa_required or wish.claims.need_second_factor
    return needed and person.object_id not in _session(call).second_factors


def _check_domain_hint(call: Call, wish: Wish) -> None:
    """Refuse as Entra does after the detour to another organisation's sign-in page."""
    hint = wish.domain_hint.lower()
    if hint in {"", "organizations", call.world.tenant.domain}:
        return
    raise refusal(
        50020,
        user=wish.login_hint or f"somebody@{hint}",
        idp="live.com" if hint == "consumers" else hint,
        tenant=call.world.tenant.domain,
        app=wish.app.client_id,
        app_name=wish.app.name,
    )


def _session(call: Call) -> BrowserSession:
    cookie = call.request.cookies.get(COOKIE, "")
    return call.world.grants.browsers.get(cookie) or tokens.BrowserSession()
