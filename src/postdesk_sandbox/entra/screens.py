"""The pages of the sign-in, each a plain form that posts back to the same address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from postdesk_sandbox import scopes
from postdesk_sandbox.scopes import sentence_for
from postdesk_sandbox.web import answer_page

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.entra.authorize_request import Wish
    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

# What the chips under the consent page offer, in the words of somebody who tests a desk.
CHIPS = (
    (700082, "sign-in lay unused"),
    (7000215, "secret is wrong"),
    (7000222, "secret ended"),
    (50173, "password changed"),
    (50076, "second factor needed"),
    (53003, "blocked by policy"),
    (50011, "wrong redirect URI"),
    (700016, "unknown client"),
    (90094, "admin must consent"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One wrong answer on offer."""

    code: int
    label: str


def pick_account(call: Call, wish: Wish, signed_in: list[Person], *, unknown: str = "") -> Response:
    """Show the known accounts; a shared mailbox is no account that signs in."""
    people = [p for p in call.world.tenant.people.values() if not p.shared]
    return _screen(
        call,
        wish,
        "pick_account.html",
        status=422 if unknown else 200,
        people=people,
        signed_in=signed_in,
        unknown=unknown,
    )


def ask_password(call: Call, wish: Wish, person: Person, *, wrong: bool = False) -> Response:
    """Ask for the password, which in this tenant is no secret."""
    return _screen(
        call, wish, "password.html", status=422 if wrong else 200, person=person, wrong=wrong
    )


def ask_second_factor(call: Call, wish: Wish, person: Person) -> Response:
    """Play the authenticator on the telephone."""
    return _screen(call, wish, "second_factor.html", person=person)


def ask_consent(call: Call, wish: Wish, person: Person, *, with_chips: bool = True) -> Response:
    """Show what the application asks for, and the chips with wrong answers."""
    return _screen(
        call,
        wish,
        "consent.html",
        person=person,
        permissions=[(scope.rpartition("/")[2], sentence_for(scope)) for scope in wish.scopes],
        chips=[Chip(code=code, label=label) for code, label in CHIPS] if with_chips else [],
    )


def ask_admin_consent(
    call: Call, wish: Wish, person: Person, *, roles: tuple[str, ...]
) -> Response:
    """Ask an administrator to allow everything for the whole tenant."""
    return _screen(
        call,
        wish,
        "admin_consent.html",
        person=person,
        permissions=[(scope.rpartition("/")[2], sentence_for(scope)) for scope in wish.scopes],
        roles=[(role.rpartition("/")[2], scopes.resource_of(role)) for role in roles],
    )


def confirm_device(call: Call, wish: Wish, person: Person) -> Response:
    """Ask whether it is really this application that somebody signs in to."""
    return _screen(call, wish, "device_confirm.html", person=person)


def ask_device_code(call: Call, *, wrong: str = "") -> Response:
    """Ask for the code that the device shows; `wrong` is one that nothing shows."""
    return answer_page("device_code.html", status=422 if wrong else 200, now=call.now, wrong=wrong)


def say_done(call: Call, *, title: str, sentence: str) -> Response:
    """Say that nothing more is to be done in this window."""
    return answer_page("done.html", now=call.now, title=title, sentence=sentence)


def _screen(
    call: Call, wish: Wish, template: str, *, status: int = 200, **context: object
) -> Response:
    query = {**call.request.args.to_dict(), "prompt": "select_account"}
    return answer_page(
        template,
        status=status,
        form_target=wish.redirect_origin,
        wish=wish,
        tenant=call.world.tenant,
        now=call.now,
        other_account=f"?{urlencode(query)}",
        form_action=f"?{urlencode(call.request.args.to_dict())}",
        **context,
    )
