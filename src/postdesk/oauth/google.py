"""Sign-in and tokens of Google, for a person or for a service account.

Google's answers are plain RFC 6749: its refresh tokens do not rotate, and one comes only with
``access_type=offline`` and a consent that is asked for anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from postdesk.base.errors import NeedsPerson
from postdesk.oauth import rfc6749
from postdesk.oauth.answer import read_tokens, text_of
from postdesk.oauth.checked_http import CheckedHttp
from postdesk.oauth.grant import AuthorizationRequest, TokenSet
from postdesk.oauth.provider import HttpClient

GOOGLE_MAIL_SCOPE = "https://mail.google.com/"  # IMAP, POP and SMTP know no narrower one
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  an address

_AUTHORIZE_PATH = "/o/oauth2/v2/auth"
_SERVICES = ("Google",)
_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
# Who signed in; "email" by its full name, as Google answers it.
_WHO_SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email")
_OTHER_FILE = "This is not the JSON key of a service account."
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523 section 2.1
_ASSERTION_LIFE = timedelta(minutes=10)  # Google takes an hour at most


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleApplication:
    """An OAuth client of a Google Cloud project, of the type Web application.

    ``browser_url`` is the sandbox that plays Google for the browser, "" for Google itself.
    """

    client_id: str
    client_secret: str = field(repr=False)
    browser_url: str = ""


class GoogleProvider:
    """Tokens for a person's Gmail by the authorization code flow with PKCE."""

    def __init__(self, application: GoogleApplication, http: HttpClient) -> None:
        """Take the registration, and the HTTP client, which stays the caller's to close."""
        base = application.browser_url.rstrip("/")
        pages = f"{base}/google" if base else "https://accounts.google.com"
        self._client = rfc6749.Client(
            client_id=application.client_id,
            client_secret=application.client_secret,
            authorize_url=f"{pages}{_AUTHORIZE_PATH}",
            token_url=GOOGLE_TOKEN_URL,
            services=_SERVICES,
            issuers=_ISSUERS,
        )
        self._http = CheckedHttp(http, services=_SERVICES)

    def begin(
        self, *, redirect_uri: str, scopes: Sequence[str], state: str, login_hint: str = ""
    ) -> AuthorizationRequest:
        """Return the address of Google's page and the flow to keep. Sends no request."""
        return rfc6749.begin(
            self._client,
            redirect_uri=redirect_uri,
            scopes=tuple(dict.fromkeys((*scopes, *_WHO_SCOPES))),
            state=state,
            # Without a fresh consent a second sign-in brings no refresh token.
            extra={
                "access_type": "offline",
                "prompt": "consent select_account",
                "login_hint": login_hint,
            },
        )

    def redeem(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> TokenSet:
        """Turn what the browser brought back into tokens; raises NeedsPerson or TryLater."""
        return rfc6749.redeem(self._client, self._http, flow, answer)

    def refresh(self, refresh_token: str, scopes: Sequence[str], *, claims: str = "") -> TokenSet:
        """Return a new access token; the refresh token stays, so none comes back.

        ``claims`` is Microsoft's and means nothing here.
        """
        del claims
        return rfc6749.refresh(self._client, self._http, refresh_token, scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountKey:
    """What of a service account's key file is needed. ``unique_id`` is what is delegated to."""

    client_email: str
    private_key: str = field(repr=False)
    private_key_id: str
    unique_id: str


def read_service_account_key(text: str) -> ServiceAccountKey:
    """Return the parts of the JSON file that Google Cloud hands out; raises NeedsPerson."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_key(_OTHER_FILE) from error
    if not isinstance(body, dict) or body.get("type") != "service_account":
        raise _no_key(_OTHER_FILE)
    return _read_key(body)


class GoogleServiceAccount:
    """Tokens for mailboxes of a Workspace that delegated them to a service account (RFC 7523)."""

    def __init__(
        self, key: Mapping[str, str], http: HttpClient, *, now: datetime | None = None
    ) -> None:
        """Take the parts of the key file, and the HTTP client, which stays the caller's to close.

        ``now`` dates the assertion, None means the machine's clock. Raises NeedsPerson for what
        is no key.
        """
        self._key = _read_key(key)
        self._http = CheckedHttp(http, services=("Google service account", *_SERVICES))
        self._now = now

    def acquire(self, scopes: Sequence[str], subject: str) -> TokenSet:
        """Return an access token to the mailbox of ``subject``; never a refresh token.

        Raises NeedsPerson or TryLater.
        """
        form = {"grant_type": _JWT_BEARER, "assertion": self._sign(scopes, subject)}
        headers = {"Accept": "application/json"}
        answer = json.loads(self._http.post(GOOGLE_TOKEN_URL, data=form, headers=headers).text)
        return read_tokens(answer, asked=scopes, identity=None)

    def _sign(self, scopes: Sequence[str], subject: str) -> str:
        now = self._now or datetime.now(UTC)
        claims = {
            "iss": self._key.client_email,
            "sub": subject,
            "scope": " ".join(scopes),
            "aud": GOOGLE_TOKEN_URL,
            "iat": int(now.timestamp()),
            "exp": int((now + _ASSERTION_LIFE).timestamp()),
        }
        named = {"kid": self._key.private_key_id} if self._key.private_key_id else {}
        try:
            return jwt.encode(claims, self._key.private_key, algorithm="RS256", headers=named)
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise _no_key("The private key of the service account cannot be read.") from error


def _read_key(body: Mapping[str, object]) -> ServiceAccountKey:
    key = ServiceAccountKey(
        client_email=text_of(body.get("client_email")),
        private_key=text_of(body.get("private_key")),
        private_key_id=text_of(body.get("private_key_id")),
        unique_id=text_of(body.get("client_id")),
    )
    if not key.client_email or "PRIVATE KEY" not in key.private_key:
        raise _no_key("The key of the service account lacks its address or its private key.")
    return key


def _no_key(what: str) -> NeedsPerson:
    return NeedsPerson(
        what,
        remedy=(
            "In the Google Cloud console open the service account, add a key of the type JSON "
            "under Keys, and upload that file unchanged."
        ),
        code="service_account_key",
    )
