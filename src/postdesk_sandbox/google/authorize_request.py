"""Reading and checking an authorize request before anybody signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdesk_sandbox.google.errors import GoogleError
from postdesk_sandbox.google.scopes import read_scopes

if TYPE_CHECKING:
    from postdesk_sandbox.google_directory import GoogleClient
    from postdesk_sandbox.web import Call

_KNOWN = (
    "client_id", "redirect_uri", "response_type", "scope", "access_type", "prompt", "state",
    "login_hint", "hd", "include_granted_scopes", "code_challenge", "code_challenge_method",
    "nonce", "hl", "enable_granular_consent",
)  # fmt: skip
_PROMPTS = {"none", "consent", "select_account"}
# RFC 7636 section 4.2; the same octets for both methods.
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a client wants of whoever signs in; `scopes` are full names."""

    client: GoogleClient
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    offline: bool
    prompts: frozenset[str]
    login_hint: str
    hosted_domain: str
    adds_granted: bool
    challenge: str
    challenge_method: str

    @property
    def redirect_origin(self) -> str:
        """Scheme and host of the redirect URI, for the form-action of a page's policy."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


def read_wish(call: Call) -> Wish:
    """Read the query of an authorize request.

    Raises GoogleError: Google tells nearly everything on a page of its own.
    """
    args = call.request.args
    client = find_client(call, args.get("client_id", ""))
    _check_redirect(client, args.get("redirect_uri", ""))
    _check_known(call)
    _check_response_type(call)
    challenge, method = _read_challenge(call)
    return Wish(
        client=client,
        redirect_uri=args["redirect_uri"],
        scopes=read_scopes(args.get("scope", "")),
        state=args.get("state", ""),
        nonce=args.get("nonce", ""),
        offline=_choose(call, "access_type", {"online": False, "offline": True}),
        prompts=_read_prompts(call),
        login_hint=args.get("login_hint", ""),
        hosted_domain=args.get("hd", "").lower(),
        adds_granted=_choose(call, "include_granted_scopes", {"false": False, "true": True}),
        challenge=challenge,
        challenge_method=method,
    )


def find_client(call: Call, client_id: str) -> GoogleClient:
    """Return the client. Raises GoogleError for none, and for one that was shut."""
    if not client_id:
        raise GoogleError("invalid_request", "Missing required parameter: client_id")
    client = call.world.google.clients.get(client_id)
    if client is None:
        raise GoogleError("invalid_client")
    if client.deleted:
        raise GoogleError("deleted_client")
    if client.disabled:
        raise GoogleError("disabled_client")
    return client


def _check_redirect(client: GoogleClient, redirect_uri: str) -> None:
    if not redirect_uri:
        raise GoogleError("invalid_request", "Missing required parameter: redirect_uri")
    # To the letter, the port of localhost included.
    if redirect_uri not in client.redirect_uris:
        raise GoogleError(
            "redirect_uri_mismatch",
            "The redirect URI in the request does not match the ones authorized for the OAuth "
            f"client: {redirect_uri}",
        )


def _check_known(call: Call) -> None:
    if unknown := sorted(set(call.request.args) - set(_KNOWN)):
        call.state.journal.miss(f"google authorize {unknown[0]}")
        raise GoogleError(
            "invalid_request", f"Parameter not allowed for this message type: {unknown[0]}"
        )


def _check_response_type(call: Call) -> None:
    wanted = call.request.args.get("response_type", "")
    if not wanted:
        raise GoogleError("invalid_request", "Missing required parameter: response_type")
    if wanted != "code":
        call.state.journal.miss(f"google authorize response_type={wanted}")
        raise GoogleError("unsupported_response_type", f"Invalid response_type: {wanted}")


def _read_challenge(call: Call) -> tuple[str, str]:
    challenge = call.request.args.get("code_challenge", "")
    method = call.request.args.get("code_challenge_method", "")
    if method not in {"", "plain", "S256"}:
        raise GoogleError("invalid_request", f"Invalid code_challenge_method: {method}")
    if bool(method) > bool(challenge):
        raise GoogleError("invalid_request", "Missing required parameter: code_challenge")
    if challenge and not _CHALLENGE.fullmatch(challenge):
        raise GoogleError("invalid_request", "Invalid code_challenge")
    return challenge, method or "plain"


def _read_prompts(call: Call) -> frozenset[str]:
    prompts = frozenset(call.request.args.get("prompt", "").split())
    if prompts - _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise GoogleError("invalid_request", "Invalid parameter value for prompt")
    return prompts


def _choose(call: Call, name: str, known: dict[str, bool]) -> bool:
    """Return what a parameter of two values says; the first is the default."""
    value = call.request.args.get(name, next(iter(known)))
    if value not in known:
        raise GoogleError("invalid_request", f"Invalid parameter value for {name}: {value}")
    return known[value]
