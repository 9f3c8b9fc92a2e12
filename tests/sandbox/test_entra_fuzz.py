"""Whatever is sent to Entra's addresses, the answer is one of Entra's: never a failure of ours."""

import base64
import json
import urllib.parse
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from postdesk_sandbox.app import SandboxApp
from postdesk_sandbox.state import State
from tests.sandbox.client_keys import ASSERTION_TYPE, client_key

DESK = client_key()
TENANTS = ("contoso.test", "common", "organizations", "consumers", "fabrikam.test")
PATHS = (
    "oauth2/v2.0/authorize", "oauth2/authorize", "oauth2/v2.0/token", "oauth2/token",
    "oauth2/v2.0/devicecode", "oauth2/v2.0/logout", "adminconsent", "v2.0/adminconsent",
    "v2.0/.well-known/openid-configuration", ".well-known/openid-configuration",
    "discovery/v2.0/keys", "discovery/keys", "oauth2/nativeclient",
)  # fmt: skip
VALUES: dict[str, tuple[str, ...]] = {
    "client_id": ("client-1", "page-1", "tool-1", "nobody"),
    "client_secret": ("s3cret", "guess"),
    "grant_type": (
        "authorization_code", "refresh_token", "client_credentials", "password",
        "urn:ietf:params:oauth:grant-type:device_code",
    ),
    "response_type": ("code", "token"),
    "response_mode": ("query", "fragment", "form_post"),
    "redirect_uri": ("http://localhost/cb", "http://[", "https://evil.example/"),
    "post_logout_redirect_uri": ("http://localhost/cb", "http://[::1"),
    "scope": (
        "https://graph.microsoft.com/Mail.Read offline_access openid",
        "https://graph.microsoft.com/.default",
        "https://outlook.office.com/SMTP.Send", "//.default", "Mail.Send",
    ),
    "resource": ("https://outlook.office365.com/", "https://graph.microsoft.com", "//"),
    "claims": ('{"access_token":{"xms_cc":{"values":["cp1"]}}}', "{}", "[", '{"access_token":1}'),
    "client_assertion_type": (ASSERTION_TYPE, "x"),
    "client_assertion": (DESK.sign(), DESK.sign(aud=[1]), "a.b.c", ""),
    "prompt": ("", "login", "none", "consent", "select_account", "admin_consent"),
    "login_hint": ("support@contoso.test", "nobody@contoso.test"),
    "domain_hint": ("organizations", "consumers", "contoso.test"),
    "step": (
        "account", "password", "second_factor", "consent", "code", "cancel", "approve",
        "admin_consent",
    ),
    "account": ("support@contoso.test", "anna@contoso.test", "nobody"),
    "password": ("pw", "guess"),
    "code": ("50173", "50011", "0", "-1"),
    "code_challenge": ("x" * 43, "short"),
    "code_challenge_method": ("S256", "plain"),
    "code_verifier": ("x" * 43, ""),
    "otc": ("ABCDEFGHJ",),
    "device_code": ("unknown",),
    "refresh_token": ("unknown",),
    "state": ("s",),
    "nonce": ("n",),
    "everyone": ("1",),
    "client_info": ("1",),
    "token": ("x",),
    "protocol": ("imap", "nntp"),
    "mailbox": ("help@contoso.test",),
}  # fmt: skip


def _value(name: str) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(VALUES[name]), st.sampled_from(VALUES[name]), st.text())


FIELDS = st.lists(st.sampled_from(sorted(VALUES)), max_size=14, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _value(name) for name in names})
)
TENANT = st.one_of(st.sampled_from(TENANTS), st.sampled_from(TENANTS), st.text(min_size=1))
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": st.one_of(
            st.sampled_from(["Basic Y2xpZW50LTE6czNjcmV0", "Basic ///", "Bearer a.b.c", "Basic"]),
            st.binary(max_size=40).map(lambda raw: "Basic " + base64.b64encode(raw).decode()),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
        ),
        "client-request-id": st.sampled_from(["x", "5a1c9be5-0000-4000-8000-1234567890ab"]),
        "Origin": st.just("http://localhost"),
        "Cookie": st.sampled_from(["sandbox_sign_in=x", "sandbox_sign_in=", "a;b;=;"]),
        "Host": st.sampled_from(["login.microsoftonline.com", "localhost:8180"]),
    },
)


@lru_cache
def door() -> Client:
    """One tenant for all examples: what an earlier one left behind is part of the fuzzing."""
    client = Client(SandboxApp(State()))
    for app in (
        {"client_id": "client-1", "certificates": [DESK.certificate_pem], "multi_tenant": True},
        {"client_id": "page-1", "platform": "spa", "redirect_uris": ["http://localhost/cb"]},
        {"client_id": "tool-1", "platform": "public", "consent": True, "multi_tenant": True},
    ):
        assert client.post("/_sandbox/apps", json=app).status_code == 200
    return client


def send(method: str, path: str, **more: Any) -> Any:
    answer = door().open(path, method=method, **more)
    assert answer.status_code < 500, answer.get_data(as_text=True)
    return answer


@settings(max_examples=400, deadline=None)
@given(
    tenant=TENANT,
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST"]),
    query=FIELDS,
    form=FIELDS,
    headers=HEADERS,
)
def test_any_mixture_of_fields_gets_an_answer_of_entra(
    tenant: str,
    path: str,
    method: str,
    query: dict[str, str],
    form: dict[str, str],
    headers: dict[str, str],
) -> None:
    address = f"/{urllib.parse.quote(tenant, safe='', errors='replace')}/{path}"
    answer = send(
        method,
        address,
        query_string=urllib.parse.urlencode(query, errors="replace"),
        data=form if method == "POST" else None,
        headers=headers,
    )
    if "json" in answer.content_type and answer.status_code in {400, 401}:
        assert answer.get_json()["error"]


@settings(max_examples=150, deadline=None)
@given(
    path=st.sampled_from(["/devicelogin", "/_sandbox/introspect"]),
    query=FIELDS,
    form=FIELDS,
)
def test_pages_without_a_tenant_answer_too(
    path: str, query: dict[str, str], form: dict[str, str]
) -> None:
    for method in ("GET", "POST"):
        send(
            method,
            path,
            query_string=urllib.parse.urlencode(query, errors="replace"),
            data=form if method == "POST" else None,
        )


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=300), kind=st.sampled_from(
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json",
     "multipart/form-data", "\u00ff", ""]
))  # fmt: skip
def test_any_octets_as_a_form_get_an_answer(body: bytes, kind: str) -> None:
    for path in ("token", "devicecode", "authorize"):
        send("POST", f"/contoso.test/oauth2/v2.0/{path}", data=body, content_type=kind)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(asked=st.dictionaries(
    st.sampled_from(["xms_cc", "acrs", "nbf", "capolids", "xms_rp_ipaddr", "other"]), JSON
) | JSON)  # fmt: skip
def test_any_claims_are_understood_or_refused(asked: object) -> None:
    form = {
        "client_id": "client-1",
        "client_secret": "s3cret",
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
        "claims": json.dumps({"access_token": asked}),
    }
    assert send("POST", "/contoso.test/oauth2/v2.0/token", data=form).status_code in {200, 400}


@settings(max_examples=200, deadline=None)
@given(
    claims=st.dictionaries(st.sampled_from(["aud", "iss", "sub", "jti", "nbf", "exp"]), JSON),
    header=st.dictionaries(st.sampled_from(["x5t", "x5t#S256", "x5c", "typ", "cty"]), JSON),
)
def test_any_signed_assertion_is_taken_or_refused(
    claims: dict[str, Any], header: dict[str, Any]
) -> None:
    named = {"x5t#S256": DESK.x5t_s256, **header}
    try:
        assertion = DESK.sign(headers=named, **claims)
    except (TypeError, ValueError):
        return  # The library refuses to write it; others are covered by plain octets.
    form = {
        "client_id": "client-1",
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    answer = send("POST", "/contoso.test/oauth2/v2.0/token", data=form)
    assert answer.status_code in {200, 401}
