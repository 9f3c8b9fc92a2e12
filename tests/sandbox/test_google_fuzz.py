"""Whatever is sent to Google's addresses gets an answer of Google's, never a failure of ours."""

import urllib.parse
from contextlib import suppress
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from postdesk_sandbox.app import SandboxApp
from postdesk_sandbox.state import State
from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import (
    CLIENT_ID,
    JWT_GRANT,
    MAIL,
    SEND,
    SERVICE,
    SUPPORT,
    sign_assertion,
)

KEY = client_key("service")
PATHS = ("/o/oauth2/v2/auth", "/token", "/revoke", "/oauth2/v3/certs", "/token/x", "/")
VALUES: dict[str, tuple[str, ...]] = {
    "client_id": (CLIENT_ID, "nobody"),
    "client_secret": ("GOCSPX-s3cret", "guess"),
    "grant_type": ("authorization_code", "refresh_token", "password", JWT_GRANT),
    "response_type": ("code", "token"),
    "redirect_uri": ("http://localhost/cb", "http://[", "https://evil.example/"),
    "scope": (MAIL, f"openid email {MAIL} {SEND}", "x"),
    "access_type": ("offline", "online"),
    "prompt": ("", "none", "consent", "select_account consent"),
    "login_hint": (SUPPORT, "nobody@gmail.test"),
    "hd": ("workspace.test", "*"),
    "state": ("s",),
    "nonce": ("n",),
    "step": ("account", "password", "consent", "cancel", "x"),
    "account": (SUPPORT, "nobody"),
    "password": ("pw", "guess"),
    "code": ("4/0Ax",),
    "code_challenge": ("x" * 43, "short"),
    "code_challenge_method": ("S256", "plain"),
    "code_verifier": ("x" * 43, ""),
    "refresh_token": ("1//0x", "x"),
    "assertion": (sign_assertion(KEY), sign_assertion(KEY, aud=[1]), "a.b.c"),
    "token": ("ya29.x", "1//0x"),
}


def _value(name: str) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(VALUES[name]), st.sampled_from(VALUES[name]), st.text())


FIELDS = st.lists(st.sampled_from(sorted(VALUES)), max_size=14, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _value(name) for name in names})
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": st.sampled_from(["Basic ///", "Basic Og==", "Bearer ya29.x", "Basic"]),
        "Cookie": st.sampled_from(["sandbox_google=x", "sandbox_google=", "a;b;=;"]),
        "Host": st.sampled_from(["accounts.google.com", "oauth2.googleapis.com"]),
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@lru_cache
def door() -> Client:
    """One world for all examples: what an earlier one left behind is part of the fuzzing."""
    client = Client(SandboxApp(State()))
    account = {"email": SERVICE, "keys": {"key-1": KEY.certificate_pem}, "delegated": [MAIL]}
    assert client.post("/_sandbox/google_service_accounts", json=account).status_code == 200
    return client


@settings(max_examples=300, deadline=None)
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "PUT"]),
    query=FIELDS,
    form=FIELDS,
    headers=HEADERS,
)
def test_any_mixture_of_fields_gets_an_answer_of_google(
    path: str, method: str, query: dict[str, str], form: dict[str, str], headers: dict[str, str]
) -> None:
    answer = door().open(
        f"/google{path}",
        method=method,
        query_string=urllib.parse.urlencode(query, errors="replace"),
        data=form if method == "POST" else None,
        headers=headers,
    )
    assert answer.status_code < 500
    if "json" in answer.content_type and answer.status_code >= 400:
        assert answer.get_json()["error"]


@settings(max_examples=200, deadline=None)
@given(
    claims=st.dictionaries(st.sampled_from(["aud", "iss", "sub", "scope", "iat", "exp"]), JSON),
    body=st.binary(max_size=200),
)
def test_any_assertion_is_taken_or_refused(claims: dict[str, Any], body: bytes) -> None:
    form: dict[str, Any] = {"grant_type": JWT_GRANT, "assertion": body.decode("latin-1")}
    # What the library refuses to write goes as plain octets instead.
    with suppress(TypeError, ValueError):
        form["assertion"] = sign_assertion(KEY, **claims)
    answer = door().post("/google/token", data=form)
    assert answer.status_code in {200, 400, 401}
    assert ("access_token" in answer.get_json()) is (answer.status_code == 200)
