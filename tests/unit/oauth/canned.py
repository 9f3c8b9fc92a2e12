"""Canned answers of Entra, and the HTTP client that hands them out."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

AUTHORITY = "https://login.microsoftonline.com/contoso.test"
DISCOVERY = {
    "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
    "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
    "issuer": f"{AUTHORITY}/v2.0",
}


@dataclass
class Answer:
    status_code: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None


@dataclass
class FakeHttp:
    """Answers discovery, then hands out ``answers`` one by one and keeps the forms it got."""

    answers: list[Answer] = field(default_factory=list)
    discovery: Answer = field(default_factory=lambda: Answer(200, json.dumps(DISCOVERY)))
    forms: list[dict[str, str]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def get(self, url, params=None, headers=None):
        self.fetched.append(url)
        return self.discovery

    def post(self, url, params=None, data=None, headers=None):
        self.forms.append(dict(data or {}))
        answer = self.answers.pop(0)
        return answer() if callable(answer) else answer

    def close(self):
        pass

    def will_say(self, status, body, *, retry_after=None):
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers.append(Answer(status, text, retry_after=retry_after))


def id_token(**claims: object) -> str:
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    usual = {
        "aud": "client-1",
        "preferred_username": "anna@contoso.test",
        "oid": "oid-anna",
        "tid": "tenant-guid",
        "name": "Anna",
    }
    return f"{part({'alg': 'none'})}.{part({**usual, **claims})}."


def tokens(flow: Mapping[str, object] | None = None, **changes: object) -> dict[str, object]:
    nonce = hashlib.sha256(str(flow["nonce"]).encode()).hexdigest() if flow else None
    body = {
        "token_type": "Bearer",
        "access_token": "at-1",
        "refresh_token": "rt-1",
        "expires_in": 3599,
        "scope": "Mail.ReadWrite Mail.Send User.Read openid profile",
        "id_token": id_token(nonce=nonce),
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}
