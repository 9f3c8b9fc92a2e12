"""Microsoft's own client library signs people in at the pretend Entra ID, and keeps them so."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt
import msal
import pytest

from postdesk_sandbox.server import Sandbox
from tests.conformance.msal_desk import (
    DAY,
    EWS_SCOPES,
    GRAPH,
    REDIRECT,
    SCOPES,
    SUPPORT,
    Desk,
)

CLIENT = ("msal", msal.__version__, "sign-in flows")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Sandbox(port=0) as sandbox:
        desk = Desk(sandbox)
        yield desk
        assert desk.unimplemented() == []
        desk.close()


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_code_flow_with_pkce_and_nonce(desk: Desk) -> None:
    flow = desk.begin(prompt="select_account")
    assert "code_challenge_method=S256" in flow["auth_uri"]
    result = desk.app().acquire_token_by_auth_code_flow(flow, desk.walk(flow))
    assert set(SCOPES) <= set(result["scope"].split())
    assert result["refresh_token"]
    assert result["id_token_claims"]["preferred_username"] == SUPPORT


def test_flow_can_be_kept_as_json_between_two_requests(desk: Desk) -> None:
    flow = json.loads(json.dumps(desk.begin()))
    assert "access_token" in desk.app().acquire_token_by_auth_code_flow(flow, desk.walk(flow))


def test_code_flow_for_exchange_web_services(desk: Desk) -> None:
    result = desk.sign_in(scopes=EWS_SCOPES)
    claims = claims_of(result["access_token"])
    assert claims["aud"] == "https://outlook.office365.com"
    assert claims["scp"] == "EWS.AccessAsUser.All"


def test_account_is_known_by_client_info(desk: Desk) -> None:
    app = desk.app()
    result = desk.sign_in(app)
    account = app.get_accounts()[0]
    claims = result["id_token_claims"]
    assert account["username"] == SUPPORT
    assert account["home_account_id"] == f"{claims['oid']}.{claims['tid']}"
    silent = app.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert silent["token_source"] == "identity_provider"
    assert silent["access_token"] != result["access_token"]


def test_silent_token_comes_from_the_cache_while_it_lasts(desk: Desk) -> None:
    app = desk.app()
    result = desk.sign_in(app)
    silent = app.acquire_token_silent(SCOPES, app.get_accounts()[0])
    assert silent["token_source"] == "cache"
    assert silent["access_token"] == result["access_token"]


def test_cache_can_be_written_down_and_read_by_another_process(desk: Desk) -> None:
    first = msal.SerializableTokenCache()
    desk.sign_in(desk.app(token_cache=first))
    assert first.has_state_changed
    second = msal.SerializableTokenCache()
    second.deserialize(first.serialize())
    app = desk.app(token_cache=second)
    silent = app.acquire_token_silent(SCOPES, app.get_accounts()[0], force_refresh=True)
    assert claims_of(silent["access_token"])["upn"] == SUPPORT


def test_one_sign_in_serves_another_resource(desk: Desk) -> None:
    app = desk.app()
    desk.sign_in(app, scopes=EWS_SCOPES)
    other = app.acquire_token_silent([f"{GRAPH}/Mail.ReadWrite"], app.get_accounts()[0])
    assert other["token_source"] == "identity_provider"
    assert claims_of(other["access_token"])["aud"] == GRAPH


def test_refresh_brings_a_new_refresh_token(desk: Desk) -> None:
    first = desk.sign_in()["refresh_token"]
    renewed = desk.refresh(first)
    assert renewed["access_token"]
    assert renewed["refresh_token"] != first


def test_daily_refresh_lives_on(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    for _ in range(4):
        desk.control("clock", advance_seconds=80 * DAY)
        token = desk.refresh(token)["refresh_token"]
    assert token


def test_short_token_is_renewed_without_force(desk: Desk) -> None:
    desk.control("tenant", access_token_seconds=60)
    app = desk.app()
    first = desk.sign_in(app)
    assert first["expires_in"] == 60
    silent = app.acquire_token_silent(SCOPES, app.get_accounts()[0])
    assert silent["token_source"] == "identity_provider"
    assert silent["access_token"] != first["access_token"]


def test_form_post_page_carries_what_msal_needs(desk: Desk) -> None:
    flow = desk.app().initiate_auth_code_flow(
        SCOPES, redirect_uri=REDIRECT, response_mode="form_post"
    )
    parts = urlsplit(flow["auth_uri"])
    form = {"step": "password", "account": SUPPORT, "password": "pw"}
    page = desk.browser.post(f"{parts.path}?{parts.query}", data=form).text
    fields = dict(
        line.partition('name="')[2].partition('" value="')[::2]
        for line in page.splitlines()
        if 'type="hidden"' in line
    )
    answer = {name: value.partition('"')[0] for name, value in fields.items()}
    assert "access_token" in desk.app().acquire_token_by_auth_code_flow(flow, answer)


def test_application_alone_gets_a_token_and_keeps_it(desk: Desk) -> None:
    app = desk.app()
    result = app.acquire_token_for_client([f"{GRAPH}/.default"])
    assert result["token_type"] == "Bearer"
    assert "refresh_token" not in result
    assert "Mail.Send" in claims_of(result["access_token"])["roles"]
    again = app.acquire_token_for_client([f"{GRAPH}/.default"])
    assert again["token_source"] == "cache"


def test_capable_client_is_given_a_day_and_meets_a_challenge(desk: Desk) -> None:
    app = desk.app(client_capabilities=["CP1"])
    result = desk.sign_in(app)
    assert result["expires_in"] == 86399
    assert claims_of(result["access_token"])["xms_cc"] == ["CP1"]
    challenge = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
    account = app.get_accounts()[0]
    met = app.acquire_token_silent_with_error(SCOPES, account, claims_challenge=challenge)
    assert met["token_source"] == "identity_provider"
    assert met["access_token"] != result["access_token"]


def test_challenge_for_a_second_factor_is_met_at_the_pages(desk: Desk) -> None:
    app = desk.app(client_capabilities=["CP1"])
    desk.sign_in(app)
    challenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    account = app.get_accounts()[0]
    refused = app.acquire_token_silent_with_error(SCOPES, account, claims_challenge=challenge)
    assert refused["error"] == "interaction_required"
    flow = desk.begin(app, claims_challenge=challenge)
    answer = desk.walk(flow, step="second_factor")
    assert claims_of(app.acquire_token_by_auth_code_flow(flow, answer)["access_token"])["acrs"] == [
        "c1"
    ]


def test_device_is_let_in_by_a_person_elsewhere(desk: Desk) -> None:
    desk.control("apps", client_id="device-1", platform="public", consent=True)
    app = desk.public_app()
    flow = app.initiate_device_flow(SCOPES)
    assert flow["user_code"] in flow["message"]
    assert "You have signed in" in desk.approve_device(flow)
    result = app.acquire_token_by_device_flow(flow)
    assert set(SCOPES) <= set(result["scope"].split())
    assert app.get_accounts()[0]["username"] == SUPPORT
    silent = app.acquire_token_silent(SCOPES, app.get_accounts()[0], force_refresh=True)
    assert claims_of(silent["access_token"])["appidacr"] == "0"


def test_public_program_signs_in_by_code_without_a_secret(desk: Desk) -> None:
    desk.control(
        "apps", client_id="device-1", platform="public", consent=True, redirect_uris=[REDIRECT]
    )
    app = desk.public_app()
    assert claims_of(desk.sign_in(app)["access_token"])["appid"] == "device-1"


def test_multi_tenant_program_uses_the_shared_address(desk: Desk) -> None:
    desk.control(
        "apps",
        client_id="client-1",
        multi_tenant=True,
        redirect_uris=[REDIRECT],
        secrets=["s3cret"],
    )
    app = desk.app(authority="https://login.microsoftonline.com/organizations")
    result = desk.sign_in(app)
    assert result["id_token_claims"]["tid"] == "11111111-2222-3333-4444-555555555555"
