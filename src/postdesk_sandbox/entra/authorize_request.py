"""Reading and checking an authorize request before anybody signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdesk_sandbox import scopes
from postdesk_sandbox.entra.claims import AskedClaims, read_claims
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.directory import find_app, read_resource, read_scopes

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App
    from postdesk_sandbox.web import Call

_PROMPTS = ("", "login", "none", "consent", "select_account")
# Version 1 lets an administrator consent for everybody by a prompt.
_PROMPTS_V1 = (*_PROMPTS, "admin_consent")
_RESPONSE_MODES = ("query", "fragment", "form_post")
# RFC 7636 section 4.2; the same octets for both methods.
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class RedirectedError(Exception):
    """The request is wrong, but its redirect URI is good: the client is told."""

    def __init__(self, wish: Wish, error: EntraError) -> None:
        super().__init__(error.description)
        self.wish = wish
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an application wants of whoever signs in. `scopes` are full names or `.default`.

    Without `redirect_uri` nobody is sent back: a device waits elsewhere.
    """

    app: App
    redirect_uri: str = ""
    response_mode: str = "query"
    state: str = ""
    nonce: str = ""
    challenge: str = ""
    challenge_method: str = "plain"
    prompt: str = ""
    login_hint: str = ""
    domain_hint: str = ""
    scopes: tuple[str, ...] = ()
    claims: AskedClaims = field(default_factory=AskedClaims)

    @property
    def redirect_origin(self) -> str:
        """Scheme and host of the redirect URI, for the form-action of a page's policy."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def read_wish(call: Call, tenant_name: str, *, is_v1: bool = False) -> Wish:
    """Read the query of an authorize request.

    Raises EntraError for what Entra shows on its own page (unknown tenant, client or
    redirect URI) and RedirectedError for what it sends back to the client.
    """
    args = call.request.args
    bare = replace(
        read_who_asks(call, tenant_name),
        response_mode=_known_mode(args.get("response_mode", "query")),
        nonce=args.get("nonce", ""),
        challenge=args.get("code_challenge", ""),
        challenge_method=args.get("code_challenge_method") or "plain",
        prompt=args.get("prompt", ""),
        login_hint=args.get("login_hint", ""),
        domain_hint=args.get("domain_hint", ""),
    )
    try:
        _check_parameters(call, bare, prompts=_PROMPTS_V1 if is_v1 else _PROMPTS)
        asked = _read_resource(call) if is_v1 else _read_scope(call)
        claims = read_claims(call, args.get("claims", ""))
    except EntraError as error:
        raise RedirectedError(bare, error) from error
    return replace(bare, scopes=asked, claims=claims)


def read_who_asks(call: Call, tenant_name: str) -> Wish:
    """Read application, redirect URI and state; the answer to a stranger is a page."""
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
    return Wish(app=app, redirect_uri=redirect_uri, state=args.get("state", ""))


def _known_mode(mode: str) -> str:
    return mode if mode in _RESPONSE_MODES else "query"


def _check_parameters(call: Call, bare: Wish, *, prompts: tuple[str, ...]) -> None:
    args = call.request.args
    response_type = args.get("response_type", "")
    if response_type != "code":
        call.state.journal.miss(f"authorize response_type={response_type}")
        raise refusal(70005, response_type=response_type)
    if args.get("response_mode", "query") not in _RESPONSE_MODES:
        raise _invalid("response_mode", args["response_mode"])
    if bare.prompt not in prompts:
        raise _invalid("prompt", bare.prompt)
    if bare.challenge_method not in {"S256", "plain"}:
        raise _invalid("code_challenge_method", bare.challenge_method)
    if bare.challenge and not _CHALLENGE.fullmatch(bare.challenge):
        raise _invalid("code_challenge", bare.challenge)
    if bare.app.platform == "spa" and not bare.challenge:
        raise refusal(9002325)


def _read_scope(call: Call) -> tuple[str, ...]:
    if "resource" in call.request.args:
        raise refusal(901002)
    return read_scopes(call.request.args.get("scope", ""), tenant=call.world.tenant)


def _read_resource(call: Call) -> tuple[str, ...]:
    """Version 1: all that is configured for the resource, which the token request may name."""
    args = call.request.args
    resource = args.get("resource", "")
    asked = args.get("scope", "").split()
    if unknown := set(asked) - set(scopes.OIDC_SCOPES):
        raise refusal(70011, scope=" ".join(sorted(unknown)))
    if not resource:
        return scopes.OIDC_SCOPES
    return (*scopes.OIDC_SCOPES, f"{read_resource(resource, tenant=call.world.tenant)}/.default")


def _invalid(name: str, value: str) -> EntraError:
    error = refusal(9002313)
    error.sentence = f"Invalid request. The value '{value}' of parameter '{name}' is not supported."
    return error
