"""Reading and checking an authorize request before anybody signs in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import find_app, read_scopes, widen_default

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App
    from postdesk_sandbox.web import Call

_PROMPTS = ("", "login", "none", "consent", "select_account")
_RESPONSE_MODES = ("query", "fragment", "form_post")


class RedirectedError(Exception):
    """The request is wrong, but its redirect URI is good: the client is told."""

    def __init__(self, wish: Wish, error: EntraError) -> None:
        super().__init__(error.description)
        self.wish = wish
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A well-formed authorize request. `scopes` are full names."""

    app: App
    redirect_uri: str
    response_mode: str
    state: str
    nonce: str
    challenge: str
    challenge_method: str
    prompt: str
    login_hint: str
    scopes: tuple[str, ...] = ()


def read_wish(call: Call, tenant_name: str) -> Wish:
    """Read the query of an authorize request.

    Raises EntraError for what Entra shows on its own page (unknown tenant, client or
    redirect URI) and RedirectedError for what it sends back to the client.
    """
    args = call.request.args
    client_id = args.get("client_id", "")
    if not client_id:
        raise refusal(900144, name="client_id")
    app = find_app(call.world.tenant, tenant_name=tenant_name, client_id=client_id)
    redirect_uri = args.get("redirect_uri", "")
    if not app.redirect_uris:
        raise refusal(500113)
    if not app.knows_redirect(redirect_uri):
        raise refusal(50011, redirect_uri=redirect_uri, app=app.client_id)
    mode = args.get("response_mode", "query")
    bare = Wish(
        app=app,
        redirect_uri=redirect_uri,
        response_mode=mode if mode in _RESPONSE_MODES else "query",
        state=args.get("state", ""),
        nonce=args.get("nonce", ""),
        challenge=args.get("code_challenge", ""),
        challenge_method=args.get("code_challenge_method", "plain"),
        prompt=args.get("prompt", ""),
        login_hint=args.get("login_hint", ""),
    )
    return _check(call, bare)


def _check(call: Call, bare: Wish) -> Wish:
    args = call.request.args
    response_type = args.get("response_type", "")
    if response_type != "code":
        call.state.journal.miss(f"authorize response_type={response_type}")
        raise RedirectedError(bare, refusal(70005, response_type=response_type))
    if args.get("response_mode", "query") not in _RESPONSE_MODES:
        raise RedirectedError(bare, _invalid("response_mode", args["response_mode"]))
    if bare.prompt not in _PROMPTS:
        raise RedirectedError(bare, _invalid("prompt", bare.prompt))
    if bare.challenge_method not in {"S256", "plain"}:
        raise RedirectedError(bare, _invalid("code_challenge_method", bare.challenge_method))
    try:
        asked = read_scopes(args.get("scope", ""), tenant=call.world.tenant)
    except EntraError as error:
        raise RedirectedError(bare, error) from error
    return replace(bare, scopes=widen_default(asked, app=bare.app))


def _invalid(name: str, value: str) -> EntraError:
    error = refusal(9002313)
    error.sentence = f"Invalid request. The value '{value}' of parameter '{name}' is not supported."
    return error
