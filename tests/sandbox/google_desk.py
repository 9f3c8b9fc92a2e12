"""A small independent client of Google: walks the consent pages, redeems, refreshes."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from tests.sandbox.client_keys import ClientKey
from tests.sandbox.visitor import PASSWORD, REDIRECT, Visitor, answers_of

MAIL = "https://mail.google.com/"
SEND = "https://www.googleapis.com/auth/gmail.send"
CLIENT_ID = "100000000001-desk.apps.googleusercontent.com"
SUPPORT, CONSUMER = "support@workspace.test", "desk@gmail.test"
SERVICE = "desk@project.iam.gserviceaccount.com"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUTH = "/google/o/oauth2/v2/auth"


@dataclass
class GoogleDesk:
    """One browser and one OAuth client at the sandbox's Google."""

    visitor: Visitor
    client_id: str = CLIENT_ID
    secret: str = "GOCSPX-s3cret"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(40))

    @property
    def http(self) -> httpx.Client:
        return self.visitor.http

    def control(self, call: str, **payload: Any) -> Any:
        return self.visitor.control(call, **payload)

    def query(self, **changes: str) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": MAIL,
            "state": "state-1",
            "access_type": "offline",
            "prompt": "consent",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (query | changes).items() if value}

    def authorize(self, **changes: str) -> httpx.Response:
        return self.http.get(AUTH, params=self.query(**changes))

    def step(self, fields: dict[str, Any], **changes: str) -> httpx.Response:
        return self.http.post(AUTH, params=self.query(**changes), data=fields)

    def enter_password(self, account: str = SUPPORT, **changes: str) -> httpx.Response:
        fields = {"step": "password", "account": account, "password": PASSWORD}
        return self.step(fields, **changes)

    def consent(self, account: str = SUPPORT, **changes: str) -> httpx.Response:
        return self.step({"step": "consent", "account": account}, **changes)

    def code(self, account: str = SUPPORT, **changes: str) -> str:
        """Walk the pages and return the code."""
        answer = self.enter_password(account, **changes)
        if answer.status_code == 200:
            assert "wants access to your Google Account" in answer.text
            answer = self.consent(account, **changes)
        return answers_of(answer)["code"]

    def post_token(self, **fields: str) -> httpx.Response:
        form = {"client_id": self.client_id, "client_secret": self.secret}
        merged = {name: value for name, value in (form | fields).items() if value}
        return self.http.post("/google/token", data=merged)

    def redeem(self, granted: str, **changes: str) -> httpx.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": granted,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
        }
        return self.post_token(**(fields | changes))

    def tokens(self, account: str = SUPPORT, **changes: str) -> dict[str, Any]:
        answer = self.redeem(self.code(account, **changes))
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    def tokens_without_pages(self) -> str:
        """Return a refresh token where sign-in and consent answer themselves."""
        told = self.redeem(answers_of(self.authorize())["code"]).json()
        return str(told["refresh_token"])

    def refresh(self, refresh_token: str, **changes: str) -> httpx.Response:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.post_token(**(fields | changes))

    def introspect(self, token: str, **more: str) -> dict[str, Any]:
        answer = self.http.post("/_sandbox/introspect", data={"token": token, **more})
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    def post_assertion(self, assertion: str) -> httpx.Response:
        return self.http.post(
            "/google/token", data={"grant_type": JWT_GRANT, "assertion": assertion}
        )


def sign_assertion(key: ClientKey, *, key_id: str | None = "key-1", **changes: Any) -> str:
    """Return the assertion of a service account; a change to None leaves the claim out."""
    now = int(time.time())
    claims = {
        "iss": SERVICE,
        "sub": SUPPORT,
        "scope": MAIL,
        "aud": "https://oauth2.googleapis.com/token",
        "iat": now,
        "exp": now + 3600,
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": key_id} if key_id else {}
    return jwt.encode(kept, key.key, algorithm="RS256", headers=headers)


def error_of(response: httpx.Response) -> tuple[int, str, str]:
    """Return status, error and description of a refusal."""
    told = response.json()
    return response.status_code, told["error"], told["error_description"]
