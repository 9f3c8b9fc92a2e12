"""The way back to the client: redirect with a code or an error, or a form that posts it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from postdesk_sandbox import tokens
from postdesk_sandbox.entra.refusing import error_details
from postdesk_sandbox.entra.signing_in import has_second_factor
from postdesk_sandbox.web import answer_page, redirect

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.entra.authorize_request import Wish
    from postdesk_sandbox.entra.codes import EntraError
    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call


def send_code(call: Call, wish: Wish, person: Person) -> Response:
    """Hand out a code for this person and send the browser back with it."""
    code = tokens.Code(
        value=tokens.new_secret("1.AQ"),
        client_id=wish.app.client_id,
        redirect_uri=wish.redirect_uri,
        challenge=wish.challenge,
        challenge_method=wish.challenge_method,
        issued_at=call.now,
        sign_in=sign_in_of(call, wish, person),
    )
    call.world.grants.add_code(code)
    answer = {"code": code.value}
    if call.request.args.get("client_info"):
        answer["client_info"] = tokens.encode_json(
            {"uid": person.object_id, "utid": call.world.tenant.tenant_id}
        )
    answer["session_state"] = tokens.new_secret()[:22]
    return send_answer(wish, answer)


def sign_in_of(call: Call, wish: Wish, person: Person) -> tokens.SignIn:
    """Return what the tokens to come will say about this sign-in."""
    return tokens.SignIn(
        person_id=person.object_id,
        signed_in_at=call.now,
        second_factor=has_second_factor(call, wish, person),
        scopes=wish.scopes,
        contexts=wish.claims.contexts,
        nonce=wish.nonce,
    )


def send_error(call: Call, wish: Wish, error: EntraError, *, subcode: str = "") -> Response:
    """Send the browser back with `error` and the sentence that Entra gives."""
    details = error_details(call, error)
    answer = {"error": error.error}
    if subcode:
        answer["error_subcode"] = subcode
    answer["error_description"] = str(details["error_description"])
    answer["error_uri"] = str(details["error_uri"])
    return send_answer(wish, answer)


def send_answer(wish: Wish, answer: dict[str, str]) -> Response:
    """Send the browser back with these fields, in the way that the client asked for."""
    if wish.state:
        answer["state"] = wish.state
    if wish.response_mode == "form_post":
        return answer_page(
            "form_post.html",
            form_target=wish.redirect_origin,
            target=wish.redirect_uri,
            fields=answer,
        )
    mark = "#" if wish.response_mode == "fragment" else "?"
    if mark == "?" and "?" in wish.redirect_uri:
        mark = "&"
    return redirect(f"{wish.redirect_uri}{mark}{urlencode(answer)}", status=302)
