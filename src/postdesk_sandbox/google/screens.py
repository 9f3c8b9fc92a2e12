"""The pages of Google's sign-in, each a plain form that posts back to the same address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from postdesk_sandbox.google.scopes import is_sign_in, sentence_for
from postdesk_sandbox.web import answer_page

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.google.authorize_request import Wish
    from postdesk_sandbox.google_directory import GoogleAccount
    from postdesk_sandbox.web import Call


def choose_account(call: Call, wish: Wish, *, unknown: str = "") -> Response:
    """Show the accounts; `hd` leaves those of one Workspace, as the hint does at Google."""
    fitting = [
        one
        for one in call.world.google.accounts.values()
        if wish.hosted_domain in {"", one.domain} or (wish.hosted_domain == "*" and one.domain)
    ]
    return _screen(
        call,
        wish,
        "google_account.html",
        status=422 if unknown else 200,
        accounts=fitting,
        unknown=unknown,
    )


def ask_password(
    call: Call, wish: Wish, account: GoogleAccount, *, wrong: bool = False
) -> Response:
    """Ask for the password, which in this world is no secret."""
    return _screen(
        call,
        wish,
        "google_password.html",
        status=422 if wrong else 200,
        account=account,
        wrong=wrong,
    )


def ask_consent(call: Call, wish: Wish, account: GoogleAccount) -> Response:
    """Show what the client asks for; of several services each can be unticked."""
    services = [one for one in wish.scopes if not is_sign_in(one)]
    return _screen(
        call,
        wish,
        "google_consent.html",
        account=account,
        always=[sentence_for(one) for one in wish.scopes if is_sign_in(one)],
        services=[(one, sentence_for(one)) for one in services],
        can_choose=len(services) > 1,
    )


def _screen(
    call: Call, wish: Wish, template: str, *, status: int = 200, **context: object
) -> Response:
    query = call.request.args.to_dict()
    return answer_page(
        template,
        status=status,
        form_target=wish.redirect_origin,
        wish=wish,
        now=call.now,
        form_action=f"?{urlencode(query)}",
        other_account=f"?{urlencode(_asking_for_account(query))}",
        **context,
    )


def _asking_for_account(query: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in query.items() if name != "login_hint"}
    prompts = [one for one in query.get("prompt", "").split() if one == "consent"]
    return {**kept, "prompt": " ".join([*prompts, "select_account"])}
