"""A small independent client: signs in by the pages, redeems codes, speaks Graph."""

import base64
import hashlib
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from postdesk_sandbox.server import Sandbox

REDIRECT = "http://localhost:8080/oauth/callback"
GRAPH = "https://graph.microsoft.com"
MAIL_SCOPES = f"{GRAPH}/Mail.ReadWrite {GRAPH}/Mail.Send {GRAPH}/User.Read"
SHARED_SCOPES = f"{MAIL_SCOPES} {GRAPH}/Mail.ReadWrite.Shared {GRAPH}/Mail.Send.Shared"
# An id in the shape of the store that names nothing.
GONE = "AAkALgAA" + "A" * 43
PASSWORD = "pw"
# Plain http only; reading the machine's authorities would cost more than the test.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OIDC = "openid profile offline_access"


@dataclass
class Visitor:
    """One browser and one application at a sandbox."""

    sandbox: Sandbox
    client_id: str = "client-1"
    secret: str = "s3cret"
    tenant: str = "contoso.test"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.sandbox.url, trust_env=False, timeout=20, verify=_NO_AUTHORITIES
        )

    def close(self) -> None:
        self.http.close()

    # Sign-in
    def authorize_query(self, **changes: str) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": f"{MAIL_SCOPES} {OIDC}",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "client_info": "1",
        }
        return {name: value for name, value in (query | changes).items() if value}

    def authorize(self, **changes: str) -> httpx.Response:
        return self.http.get(self._authorize_path, params=self.authorize_query(**changes))

    def step(self, fields: dict[str, str], **changes: str) -> httpx.Response:
        query = self.authorize_query(**changes)
        return self.http.post(self._authorize_path, params=query, data=fields)

    @property
    def _authorize_path(self) -> str:
        return f"/{self.tenant}/oauth2/v2.0/authorize"

    def enter_password(
        self, account: str, password: str = PASSWORD, **changes: str
    ) -> httpx.Response:
        fields = {"step": "password", "account": account, "password": password}
        return self.step(fields, **changes)

    def sign_in(self, account: str = "support@contoso.test", **changes: str) -> str:
        """Walk the pages and return the code."""
        answer = self.enter_password(account, **changes)
        if "Permissions requested" in answer.text:
            answer = self.step({"step": "consent", "account": account}, **changes)
        return answers_of(answer)["code"]

    # Tokens
    def post_token(self, **fields: str) -> httpx.Response:
        form = {"client_id": self.client_id, "client_secret": self.secret, "client_info": "1"}
        merged = {name: value for name, value in (form | fields).items() if value}
        return self.http.post(f"/{self.tenant}/oauth2/v2.0/token", data=merged)

    def redeem(self, granted: str, **changes: str) -> httpx.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": granted,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
            "scope": f"{MAIL_SCOPES} {OIDC}",
        }
        return self.post_token(**(fields | changes))

    def refresh(self, refresh_token: str, **changes: str) -> httpx.Response:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.post_token(**(fields | changes))

    def tokens(
        self, account: str = "support@contoso.test", scopes: str = MAIL_SCOPES
    ) -> dict[str, Any]:
        scope = f"{scopes} {OIDC}"
        answer = self.redeem(self.sign_in(account, scope=scope), scope=scope)
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    # Control
    def control(self, call: str, **payload: Any) -> Any:
        answer = self.http.post(f"/_sandbox/{call}", json=payload)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, name: str, **query: str) -> Any:
        answer = self.http.get(f"/_sandbox/{name}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def inject(self, mime: bytes, mailbox: str = "support@contoso.test", **more: str) -> str:
        encoded = base64.b64encode(mime).decode()
        identity: str = self.control("inject", mailbox=mailbox, mime=encoded, **more)["id"]
        return identity


class Graph:
    """Calls to Graph with one token, immutable ids by default."""

    def __init__(self, visitor: Visitor, token: str, mailbox: str = "support@contoso.test") -> None:
        self.http = visitor.http
        self.root = f"/v1.0/users/{mailbox}"
        self.headers = {"Authorization": f"Bearer {token}", "Prefer": 'IdType="ImmutableId"'}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self.headers | more.pop("headers", {})
        url = path if path.startswith("http") else f"{self.root}{path}"
        return self.http.request(method, url, headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.call("POST", path, **more)

    def post_mime(self, path: str, mime: bytes) -> httpx.Response:
        encoded = base64.b64encode(mime)
        return self.post(path, content=encoded, headers={"Content-Type": "text/plain"})

    def delta(self, start: str, **headers: str) -> tuple[list[dict[str, Any]], str]:
        """Follow the links of a round; returns the items and the delta link."""
        items: list[dict[str, Any]] = []
        link = start
        while True:
            page = self.get(link, headers=headers)
            assert page.status_code == 200, page.text
            items += page.json()["value"]
            if "@odata.deltaLink" in page.json():
                return items, page.json()["@odata.deltaLink"]
            link = page.json()["@odata.nextLink"]


def answers_of(response: httpx.Response) -> dict[str, str]:
    """Read what a redirect carries back to the client."""
    assert response.status_code == 302, response.text
    query = urlsplit(response.headers["Location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def make_mime(
    *,
    subject: str = "Printer on fire",
    sender: str = "client@fabrikam.example",
    to: str = "support@contoso.test",
    message_id: str = "<1@fabrikam.example>",
    body: str = "It burns.",
    extra: str = "",
) -> bytes:
    """Compose a small message by hand."""
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n"
    return f"{head}{extra}\r\n{body}\r\n".encode()
