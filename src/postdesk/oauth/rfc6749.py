"""The authorization code grant with PKCE and its refresh tokens, as the RFCs have it.

RFC 6749 sections 4.1 and 6, RFC 7636; who signed in by OpenID Connect Core 3.1.3.7, if an ID token
comes. For providers that need no library of their own.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

import jwt

from postdesk.base.errors import NeedsPerson
from postdesk.oauth import pkce
from postdesk.oauth.answer import read_tokens, text_of, words_of
from postdesk.oauth.checked_http import CheckedHttp
from postdesk.oauth.grant import AuthorizationRequest, Identity, TokenSet
from postdesk.oauth.returning import foreign_answer, read_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registration at a provider, and the provider's two endpoints.

    ``services`` are its names in the explanations of errors. ``issuers`` are who may have written
    the ID token, empty for anybody. With ``proves_by_header`` the secret travels by HTTP Basic,
    else in the form (section 2.3.1).
    """

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    services: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    proves_by_header: bool = False


def begin(
    client: Client,
    *,
    redirect_uri: str,
    scopes: Sequence[str],
    state: str,
    extra: Mapping[str, str],
) -> AuthorizationRequest:
    """Return where to send the browser; ``extra`` is what this provider takes besides."""
    verifier = pkce.new_verifier()
    nonce = secrets.token_urlsafe(24) if "openid" in scopes else ""
    query = {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": pkce.challenge_of(verifier),
        "code_challenge_method": pkce.METHOD,
        **extra,
    }
    flow = {
        "state": state,
        "redirect_uri": redirect_uri,
        "scope": list(scopes),
        "nonce": nonce,
        "code_verifier": verifier,
    }
    present = urlencode({name: value for name, value in query.items() if value})
    # Section 3.1: an endpoint may have a query of its own, which is kept.
    joint = "&" if "?" in client.authorize_url else "?"
    return AuthorizationRequest(
        url=f"{client.authorize_url}{joint}{present}", state=state, flow=flow
    )


def redeem(
    client: Client, http: CheckedHttp, flow: Mapping[str, object], answer: Mapping[str, str]
) -> TokenSet:
    """Turn the browser's answer into tokens. Raises NeedsPerson or TryLater."""
    form = {
        "grant_type": "authorization_code",
        "code": read_code(flow, answer, services=client.services),
        "redirect_uri": text_of(flow.get("redirect_uri")),
        "code_verifier": text_of(flow.get("code_verifier")),
    }
    return _ask(client, http, form, asked=words_of(flow.get("scope")), nonce=flow.get("nonce"))


def refresh(
    client: Client, http: CheckedHttp, refresh_token: str, scopes: Sequence[str]
) -> TokenSet:
    """Trade a refresh token; its successor is "" where the provider keeps the old one.

    No scope is sent: section 6 then means all that was granted, and some refuse to hear of it.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _ask(client, http, form, asked=scopes, nonce=None)


def _ask(
    client: Client,
    http: CheckedHttp,
    form: Mapping[str, str],
    *,
    asked: Sequence[str],
    nonce: object,
) -> TokenSet:
    headers = {"Accept": "application/json"}
    named = {"client_id": client.client_id, **form}
    if client.client_secret and client.proves_by_header:
        headers["Authorization"] = _basic(client)
    elif client.client_secret:
        named["client_secret"] = client.client_secret
    answer = json.loads(http.post(client.token_url, data=named, headers=headers).text)
    kind = text_of(answer.get("token_type"))
    if kind and kind.lower() != "bearer":  # section 7.1: never use a kind that is not understood
        raise NeedsPerson(
            f"The provider gives tokens of the kind {kind[:40]!r}, which no mail server takes.",
            remedy="Register another kind of application at the provider: one for bearer tokens.",
            code="token_type",
        )
    identity = _read_identity(client, answer.get("id_token"), nonce=nonce)
    return read_tokens(answer, asked=asked, identity=identity)


def _basic(client: Client) -> str:
    """Section 2.3.1: both parts form-encoded before they are joined."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"


def _read_identity(client: Client, token: object, *, nonce: object) -> Identity | None:
    """Return who signed in; the signature is vouched for by TLS (OpenID Connect 3.1.3.7)."""
    if not isinstance(token, str) or not token:
        return None
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise foreign_answer() from error
    if client.client_id not in words_of(claims.get("aud")):
        raise foreign_answer()
    if client.issuers and claims.get("iss") not in client.issuers:
        raise foreign_answer()
    if nonce and not hmac.compare_digest(
        text_of(claims.get("nonce")).encode(), str(nonce).encode()
    ):
        raise foreign_answer()
    return Identity(
        upn=text_of(claims.get("email")) or text_of(claims.get("preferred_username")),
        oid=text_of(claims.get("sub")),
        tenant_id=text_of(claims.get("hd")),
        name=text_of(claims.get("name")),
    )
