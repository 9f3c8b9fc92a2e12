"""Sign-in and tokens of Microsoft's identity platform (v2), over msal.

A fresh msal application serves each request: msal keeps refused answers for a minute inside it,
and "Authorize" after a mended setting must see the new answer.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msal

from postdesk.base.errors import NeedsPerson
from postdesk.base.explain import explain
from postdesk.oauth import pkce
from postdesk.oauth.checked_http import CheckedHttp
from postdesk.oauth.clouds import Cloud
from postdesk.oauth.grant import AuthorizationRequest, Identity, TokenSet
from postdesk.oauth.provider import HttpClient
from postdesk.oauth.refusal import decide, read_refusal
from postdesk.oauth.scopes import OPENID_SCOPES

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", re.ASCII)
_EVERYBODY = frozenset({"common", "organizations", "consumers"})
_USUAL_SECONDS = 3599
_LONGEST_SECONDS = 48 * 3600

# What msal raises for an ID token that does not decode or is not for this sign-in.
_BAD_ID_TOKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The application registered in Entra that Postdesk acts as."""

    cloud: Cloud
    tenant: str
    client_id: str
    client_secret: str = field(repr=False)


class _NoCache(msal.TokenCache):  # type: ignore[misc]  # msal has no types
    """Keeps nothing: tokens live in our own store, and msal's stumbles over unusual answers."""

    def add(self, event: Mapping[str, object], now: float | None = None) -> None:
        """Forget what msal offers."""


class MicrosoftProvider:
    """Tokens for a person's mailboxes by the authorization code flow with PKCE."""

    def __init__(self, application: Application, http: HttpClient) -> None:
        """Take the registration, and the HTTP client, which stays the caller's to close.

        Raises NeedsPerson when the tenant is none.
        """
        _check_tenant(application.tenant)
        self._application = application
        self._http = CheckedHttp(http)

    def check_tenant(self) -> None:
        """Ask Microsoft whether the tenant exists; raises NeedsPerson (AADSTS90002) or TryLater.

        Worth doing before the browser leaves: a wrong tenant never comes back from Microsoft.
        """
        authority = self._application.cloud.authority_url(self._application.tenant)
        self._http.get(f"{authority}/v2.0/.well-known/openid-configuration")

    def begin(
        self,
        *,
        redirect_uri: str,
        scopes: Sequence[str],
        state: str,
        login_hint: str = "",
        prompt: str = "select_account",
        claims: str = "",
    ) -> AuthorizationRequest:
        """Return the address of the sign-in page and the flow to keep. Sends no request.

        ``claims`` is what Conditional Access handed out with an earlier refusal. The address is
        built here because msal insists on ``form_post``, a cross-site POST that arrives without
        the session's cookie, and cannot send the browser elsewhere for a pretend tenant.
        """
        verifier, nonce = pkce.new_verifier(), secrets.token_urlsafe(24)
        asked = sorted({*scopes, *OPENID_SCOPES})
        query = {
            "client_id": self._application.client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "response_mode": "query",
            "scope": " ".join(asked),
            "state": state,
            # msal compares the ID token's nonce with the SHA-256 of the flow's.
            "nonce": hashlib.sha256(nonce.encode("ascii")).hexdigest(),
            "code_challenge": pkce.challenge_of(verifier),
            "code_challenge_method": pkce.METHOD,
            "prompt": prompt,
            "login_hint": login_hint,
            "claims": claims,
        }
        flow = {
            "state": state,
            "redirect_uri": redirect_uri,
            "scope": asked,
            "nonce": nonce,
            "code_verifier": verifier,
        }
        page = self._application.cloud.authorize_url(self._application.tenant)
        present = {name: value for name, value in query.items() if value}
        return AuthorizationRequest(url=f"{page}?{urlencode(present)}", state=state, flow=flow)

    def redeem(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> TokenSet:
        """Turn the query that the browser came back with into tokens.

        Raises NeedsPerson for an answer to another sign-in, for a declined one and for each
        refusal, TryLater when Microsoft is not well; the code may then be redeemed again.
        """
        _check_answer(flow, answer)
        code_only = {"state": answer["state"], "code": answer["code"]}
        try:
            result = self._new_msal().acquire_token_by_auth_code_flow(dict(flow), code_only)
        except _BAD_ID_TOKEN as error:
            raise _foreign_answer() from error
        return self._read_tokens(result, asked=_words(flow.get("scope")))

    def refresh(self, refresh_token: str, scopes: Sequence[str]) -> TokenSet:
        """Trade ``refresh_token`` for new tokens of one resource; raises NeedsPerson or TryLater.

        The old refresh token stays good at Microsoft; commit the new one before using the rest.
        """
        try:
            result = self._new_msal().acquire_token_by_refresh_token(refresh_token, list(scopes))
        except _BAD_ID_TOKEN as error:
            raise _foreign_answer() from error
        return self._read_tokens(result, asked=tuple(scopes))

    def _new_msal(self) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            self._application.client_id,
            client_credential=self._application.client_secret,
            authority=self._application.cloud.authority_url(self._application.tenant),
            http_client=self._http,
            instance_discovery=False,  # the hosts come from our table, sovereign ones too
            token_cache=_NoCache(),
        )

    def _read_tokens(self, result: Mapping[str, object], *, asked: Sequence[str]) -> TokenSet:
        claims = result.get("id_token_claims")
        # RFC 6749 section 5.1: an answer without scope grants what was asked.
        granted = _words(result.get("scope")) or tuple(asked)
        return TokenSet(
            access_token=str(result["access_token"]),
            expires_in=_seconds(result.get("expires_in")),
            refresh_token=_text(result.get("refresh_token")),
            scopes=granted,
            identity=self._read_identity(claims) if isinstance(claims, dict) else None,
        )

    def _read_identity(self, claims: Mapping[str, object]) -> Identity:
        # msal leaves this to us; the signature is vouched for by TLS (OpenID Connect 3.1.3.7).
        if claims.get("aud") != self._application.client_id:
            raise _foreign_answer()
        return Identity(
            upn=_text(claims.get("preferred_username")) or _text(claims.get("upn")),
            oid=_text(claims.get("oid")),
            tenant_id=_text(claims.get("tid")),
            name=_text(claims.get("name")),
        )


def _check_tenant(tenant: str) -> None:
    if tenant.lower() in _EVERYBODY:
        number = 50194
    elif _TENANT.fullmatch(tenant) is None:
        number = 90002
    else:
        return
    explanation = explain(number)
    raise NeedsPerson(explanation.happened, remedy=explanation.remedy, code=explanation.code)


def _check_answer(flow: Mapping[str, object], answer: Mapping[str, str]) -> None:
    expected = _text(flow.get("state"))
    if not expected or not hmac.compare_digest(
        expected.encode(), answer.get("state", "").encode(errors="replace")
    ):
        raise _foreign_answer()
    if answer.get("error"):
        raise decide(read_refusal(0, answer), action="OAuth authorization failed")
    if not answer.get("code"):
        raise _foreign_answer()


def _foreign_answer() -> NeedsPerson:
    explanation = explain(501481)
    return NeedsPerson(explanation.happened, remedy=explanation.remedy)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list):
        return tuple(word for word in value if isinstance(word, str))
    return ()


def _seconds(value: object) -> int:
    """Return a length of life; older tenants send it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int):
        return _USUAL_SECONDS
    return max(0, min(value, _LONGEST_SECONDS))
