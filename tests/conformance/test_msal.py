"""Microsoft's own client library accepts the pretend Entra ID, and reads its refusals."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msal
import pytest

from postdesk_sandbox.server import Sandbox
from tests.conformance.rerouting import ReroutingClient

TENANT = "contoso.test"
REAL = f"https://login.microsoftonline.com/{TENANT}"
REDIRECT = "http://localhost:8080/oauth/callback"
SCOPES = ["https://graph.microsoft.com/Mail.ReadWrite", "https://graph.microsoft.com/Mail.Send"]
DAY = 86400
SECRET = "s3cret"


class Desk:
    """An application built on msal; a new msal object for each step, as its cache demands."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.line = ReroutingClient(sandbox.url)
        self.browser = httpx.Client(base_url=sandbox.url, trust_env=False, timeout=20)

    def close(self) -> None:
        self.line.close()
        self.browser.close()

    def app(self, secret: str = SECRET) -> Any:
        return msal.ConfidentialClientApplication(
            "client-1", authority=REAL, client_credential=secret, http_client=self.line
        )

    def begin(self, **more: Any) -> dict[str, Any]:
        with warnings.catch_warnings():
            # msal recommends form_post; the desk uses query, because cookies are Lax.
            warnings.simplefilter("ignore", UserWarning)
            flow: dict[str, Any] = self.app().initiate_auth_code_flow(
                SCOPES, redirect_uri=REDIRECT, login_hint="support@contoso.test", **more
            )
        return flow

    def walk(self, flow: dict[str, Any], **fields: str) -> dict[str, str]:
        """Sign in by the pages, or do what `fields` say; returns what came back."""
        parts = urlsplit(flow["auth_uri"])
        form = {"step": "password", "account": "support@contoso.test", "password": "pw"} | fields
        answer = self.browser.post(f"{parts.path}?{parts.query}", data=form)
        query = urlsplit(answer.headers["Location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}

    def sign_in(self) -> dict[str, Any]:
        flow = self.begin()
        result: dict[str, Any] = self.app().acquire_token_by_auth_code_flow(flow, self.walk(flow))
        assert "access_token" in result, result
        return result

    def refresh(self, token: str, secret: str = SECRET) -> dict[str, Any]:
        result: dict[str, Any] = self.app(secret).acquire_token_by_refresh_token(token, SCOPES)
        return result

    def control(self, call: str, **payload: Any) -> None:
        self.browser.post(f"/_sandbox/{call}", json=payload).raise_for_status()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Sandbox(port=0) as sandbox:
        desk = Desk(sandbox)
        yield desk
        desk.close()


def test_code_flow_with_pkce_and_nonce(desk: Desk) -> None:
    flow = desk.begin(prompt="select_account")
    assert "code_challenge_method=S256" in flow["auth_uri"]
    result = desk.app().acquire_token_by_auth_code_flow(flow, desk.walk(flow))
    assert set(SCOPES) <= set(result["scope"].split())
    assert result["refresh_token"]
    assert result["id_token_claims"]["preferred_username"] == "support@contoso.test"


def test_account_is_known_by_client_info(desk: Desk) -> None:
    app = desk.app()
    flow = desk.begin()
    result = app.acquire_token_by_auth_code_flow(flow, desk.walk(flow))
    account = app.get_accounts()[0]
    claims = result["id_token_claims"]
    assert account["username"] == "support@contoso.test"
    assert account["home_account_id"] == f"{claims['oid']}.{claims['tid']}"
    silent = app.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert silent["access_token"] != result["access_token"]


def test_wrong_pkce_verifier_is_501481(desk: Desk) -> None:
    flow = desk.begin()
    answer = desk.walk(flow)
    flow["code_verifier"] = "x" * 43
    result = desk.app().acquire_token_by_auth_code_flow(flow, answer)
    assert (result["error"], result["error_codes"]) == ("invalid_grant", [501481])


def test_second_use_of_a_code_is_54005(desk: Desk) -> None:
    flow = desk.begin()
    answer = desk.walk(flow)
    desk.app().acquire_token_by_auth_code_flow(flow, answer)
    again = desk.app().acquire_token_by_auth_code_flow(flow, answer)
    assert again["error"] == "invalid_grant"
    assert again["error_codes"] == [54005]
    assert again["trace_id"] in again["error_description"]


def test_refresh_brings_a_new_refresh_token(desk: Desk) -> None:
    first = desk.sign_in()["refresh_token"]
    renewed = desk.refresh(first)
    assert renewed["access_token"]
    assert renewed["refresh_token"] != first


def test_ninety_one_days_later_it_is_700082(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    desk.control("clock", advance_seconds=91 * DAY)
    result = desk.refresh(token)
    assert desk.line.last_status == 400
    assert (result["error"], result["error_codes"]) == ("invalid_grant", [700082])
    assert "was inactive for 90.00:00:00" in result["error_description"]


def test_daily_refresh_lives_on(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    for _ in range(4):
        desk.control("clock", advance_seconds=80 * DAY)
        token = desk.refresh(token)["refresh_token"]
    assert token


def test_wrong_secret_is_401_invalid_client(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    result = desk.refresh(token, secret="guess")
    assert desk.line.last_status == 401
    assert (result["error"], result["error_codes"]) == ("invalid_client", [7000215])


def test_cancelled_consent_comes_back_as_access_denied(desk: Desk) -> None:
    desk.control("apps", client_id="client-1", consent=False)
    flow = desk.begin()
    answer = desk.walk(flow, step="cancel")
    result = desk.app().acquire_token_by_auth_code_flow(flow, answer)
    assert result["error"] == "access_denied"
    assert result["error_description"].startswith("AADSTS65004:")


def test_form_post_page_carries_what_msal_needs(desk: Desk) -> None:
    flow = desk.app().initiate_auth_code_flow(
        SCOPES, redirect_uri=REDIRECT, response_mode="form_post"
    )
    parts = urlsplit(flow["auth_uri"])
    form = {"step": "password", "account": "support@contoso.test", "password": "pw"}
    page = desk.browser.post(f"{parts.path}?{parts.query}", data=form).text
    fields = dict(
        line.partition('name="')[2].partition('" value="')[::2]
        for line in page.splitlines()
        if 'type="hidden"' in line
    )
    answer = {name: value.partition('"')[0] for name, value in fields.items()}
    assert "access_token" in desk.app().acquire_token_by_auth_code_flow(flow, answer)


def test_conditional_access_hands_over_claims_and_suberror(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    desk.control("users", address="support@contoso.test", blocked=True)
    result = desk.refresh(token)
    assert (result["error"], result["error_codes"]) == ("interaction_required", [53003])
    assert "access_token" in result["claims"]
    assert result["suberror"] == "message_only"


def test_application_alone_gets_a_token(desk: Desk) -> None:
    result = desk.app().acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert result["token_type"] == "Bearer"
    assert "refresh_token" not in result


def test_own_https_address_works_without_rerouting(tmp_path: Path) -> None:
    with Sandbox(port=0, tls=True) as sandbox:
        bundle = tmp_path / "ca.pem"
        bundle.write_bytes(sandbox.ca_pem)
        authority = sandbox.tls_url.replace("127.0.0.1", "localhost") + f"/{TENANT}"
        app = msal.ConfidentialClientApplication(
            "client-1",
            authority=authority,
            client_credential="s3cret",
            instance_discovery=False,
            verify=str(bundle),
        )
        result = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
        assert result["access_token"]
        app.http_client.close()
