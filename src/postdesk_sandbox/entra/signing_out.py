"""Ends of the way: the logout address, and the page on which native programs end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.entra import screens
from postdesk_sandbox.entra.codes import refusal
from postdesk_sandbox.entra.directory import is_shared
from postdesk_sandbox.entra.refusing import answer_error_page
from postdesk_sandbox.entra.signing_in import COOKIE
from postdesk_sandbox.web import redirect

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call


def sign_out(call: Call, tenant: str) -> Response:
    """Forget this browser and lead on to `post_logout_redirect_uri` if an application has it."""
    if not is_shared(tenant) and not call.world.tenant.is_named(tenant):
        return answer_error_page(call, refusal(90002, tenant=tenant))
    call.world.grants.browsers.pop(call.request.cookies.get(COOKIE, ""), None)
    target = call.request.args.get("post_logout_redirect_uri", "")
    known = any(app.knows_redirect(target) for app in call.world.tenant.apps.values())
    answer = (
        redirect(target, status=302)
        if known
        else screens.say_done(
            call,
            title="You signed out of your account",
            sentence="It is a good idea to close all browser windows.",
        )
    )
    answer.delete_cookie(COOKIE, path="/")
    return answer


def native_client(call: Call, tenant: str) -> Response:  # noqa: ARG001 -- the path has it
    """Show the empty end page from whose address desktop programs read their code."""
    return screens.say_done(
        call, title="Signed in", sentence="The program reads the address of this page."
    )
