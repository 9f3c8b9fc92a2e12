"""Sign-in and tokens of Microsoft's identity platform (v2), over msal."""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

import msal

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.base.explain import explain
from postdesk.oauth import pkce
from postdesk.oauth.answer import read_tokens, text_of, words_of
from postdesk.oauth.application import Application
from postdesk.oauth.checked_http import CheckedHttp
from postdesk.oauth.grant import AuthorizationRequest, DeviceRequest, Identity, TokenSet
from postdesk.oauth.new_msal import new_client, new_public
from postdesk.oauth.provider import HttpClient
from postdesk.oauth.refusal import AskedTooOften, StillPending
from postdesk.oauth.returning import foreign_answer, read_code
from postdesk.oauth.scopes import OPENID_SCOPES

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", re.ASCII)
_EVERYBODY = frozenset({"common", "organizations", "consumers"})
_USUAL_INTERVAL_SECONDS = 5  # RFC 8628 section 3.2

# What msal raises for an ID token that does not decode or is not for this sign-in.
_BAD_ID_TOKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError)


class MicrosoftProvider:
    """Tokens for mailboxes: of a person who signs in here or on a device, or of the application."""

    def __init__(
        self, application: Application, http: HttpClient, *, now: datetime | None = None
    ) -> None:
        """Take the registration, and the HTTP client, which stays the caller's to close.

        ``now`` dates what a certificate signs, None means the machine's clock. Raises NeedsPerson
        when the tenant is none.
        """
        _check_tenant(application.tenant)
        self._application = application
        self._http = CheckedHttp(http)
        self._now = now

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
        redeem_scopes: Sequence[str] = (),
    ) -> AuthorizationRequest:
        """Return the address of the sign-in page and the flow to keep. Sends no request.

        ``scopes`` may be those of several resources; the code then brings the token of one, which
        ``redeem_scopes`` names (all of ``scopes`` without it). ``claims`` is what Conditional
        Access handed out with an earlier refusal. The address is built here because msal insists
        on ``form_post``, a cross-site POST that arrives without the session's cookie, and cannot
        send the browser elsewhere for a pretend tenant.
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
            "scope": sorted({*(redeem_scopes or scopes), *OPENID_SCOPES}),
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
        code_only = {"state": answer.get("state", ""), "code": read_code(flow, answer)}
        client = self._new_client()
        return self._read(
            lambda: client.acquire_token_by_auth_code_flow(dict(flow), code_only),
            asked=words_of(flow.get("scope")),
        )

    def refresh(self, refresh_token: str, scopes: Sequence[str], *, claims: str = "") -> TokenSet:
        """Trade ``refresh_token`` for new tokens of one resource; raises NeedsPerson or TryLater.

        ``claims`` is what a mailbox demanded with its refusal. The old refresh token stays good at
        Microsoft; commit the new one before using the rest.
        """
        client = self._new_client()
        data = {"claims": claims} if claims else {}
        return self._read(
            lambda: client.acquire_token_by_refresh_token(refresh_token, list(scopes), data=data),
            asked=scopes,
        )

    def acquire(self, scopes: Sequence[str], *, claims: str = "") -> TokenSet:
        """Return an access token of the application itself (RFC 6749 section 4.4).

        ``scopes`` is one, that of ``application_scope``. There is no refresh token and nobody's
        identity. Raises NeedsPerson or TryLater.
        """
        client = self._new_client()
        return self._read(
            lambda: client.acquire_token_for_client(list(scopes), claims_challenge=claims or None),
            asked=scopes,
        )

    def begin_device(self, scopes: Sequence[str]) -> DeviceRequest:
        """Fetch a code for somebody to sign in with elsewhere; raises NeedsPerson or TryLater.

        No proof of the application is sent: the registration must allow public client flows.
        ``scopes`` are those of one resource.
        """
        client = new_public(self._application, self._http)
        try:
            answer = client.initiate_device_flow(list(scopes))
            seconds, interval = int(answer["expires_in"]), int(answer["interval"])
        except (ValueError, TypeError, KeyError) as error:
            raise TryLater(
                "Microsoft's answer to the request for a code makes no sense."
            ) from error
        cloud, page = self._application.cloud, text_of(answer["verification_uri"])
        # The sandbox names its page by Microsoft's host, where a browser would not find it.
        shown = cloud.device_page if cloud.browser_url else page
        return DeviceRequest(
            user_code=text_of(answer["user_code"]),
            verification_url=shown,
            message=text_of(answer.get("message")).replace(page, shown),
            expires_in=seconds,
            interval=interval,
            flow={
                "device_code": answer["device_code"],
                "interval": interval,
                "scope": list(scopes),
            },
        )

    def poll_device(self, flow: Mapping[str, object]) -> TokenSet | None:
        """Ask once whether somebody signed in; None when not yet. Never waits.

        Raises SignInRefused when it was declined or the code ran out, AskedTooOften with the new
        interval, other TryLater when Microsoft is not well. The caller keeps the time between
        questions.
        """
        client = new_public(self._application, self._http)
        device = {"device_code": flow["device_code"]}
        try:
            return self._read(
                # CheckedHttp raises for "pending", so that msal's own loop with its sleep ends
                # at the first answer; the condition says the same once more.
                lambda: client.acquire_token_by_device_flow(
                    device, exit_condition=lambda _flow: True
                ),
                asked=words_of(flow.get("scope")),
            )
        except StillPending:
            return None
        except AskedTooOften as error:
            interval = flow.get("interval")
            usual = interval if isinstance(interval, int) else _USUAL_INTERVAL_SECONDS
            raise AskedTooOften(error.what, retry_after=usual + 5, raw=error.raw) from error

    def _new_client(self) -> msal.ClientApplication:
        return new_client(self._application, self._http, now=self._now)

    def _read(self, ask: Callable[[], Mapping[str, object]], *, asked: Sequence[str]) -> TokenSet:
        try:
            answer = ask()
        except _BAD_ID_TOKEN as error:
            raise foreign_answer() from error
        claims = answer.get("id_token_claims")
        identity = self._read_identity(claims) if isinstance(claims, dict) else None
        return read_tokens(answer, asked=asked, identity=identity)

    def _read_identity(self, claims: Mapping[str, object]) -> Identity:
        # msal leaves this to us; the signature is vouched for by TLS (OpenID Connect 3.1.3.7).
        if claims.get("aud") != self._application.client_id:
            raise foreign_answer()
        return Identity(
            upn=text_of(claims.get("preferred_username")) or text_of(claims.get("upn")),
            oid=text_of(claims.get("oid")),
            tenant_id=text_of(claims.get("tid")),
            name=text_of(claims.get("name")),
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
