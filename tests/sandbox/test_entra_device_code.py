"""The device code flow: the device polls, a person enters the code elsewhere."""

from typing import Any

import httpx
import pytest

from tests.sandbox.visitor import GRAPH, MAIL_SCOPES, OIDC, Visitor

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SUPPORT = "support@contoso.test"


@pytest.fixture
def device(visitor: Visitor) -> Visitor:
    """An application without a secret."""
    visitor.control("apps", client_id="device-1", platform="public", consent=True)
    visitor.client_id, visitor.secret = "device-1", ""
    return visitor


def begin(visitor: Visitor, **changes: str) -> dict[str, Any]:
    answer = post_begin(visitor, **changes)
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


def post_begin(visitor: Visitor, **changes: str) -> httpx.Response:
    fields = {"client_id": visitor.client_id, "scope": f"{MAIL_SCOPES} {OIDC}"} | changes
    return visitor.http.post(f"/{visitor.tenant}/oauth2/v2.0/devicecode", data=fields)


def poll(visitor: Visitor, begun: dict[str, Any], **changes: str) -> httpx.Response:
    return visitor.post_token(grant_type=GRANT, device_code=begun["device_code"], **changes)


def step(visitor: Visitor, begun: dict[str, Any], **fields: str) -> httpx.Response:
    form = {"account": SUPPORT} | fields
    return visitor.http.post("/devicelogin", params={"otc": begun["user_code"]}, data=form)


def approve(visitor: Visitor, begun: dict[str, Any]) -> None:
    assert (
        "Are you trying to sign in to" in step(visitor, begun, step="password", password="pw").text
    )
    assert "You have signed in" in step(visitor, begun, step="approve").text


def test_device_is_told_code_page_and_pace(device: Visitor) -> None:
    begun = begin(device)
    assert begun["verification_uri"] == f"{device.sandbox.url}/devicelogin"
    assert begun["expires_in"] == 900
    assert begun["interval"] == 5
    assert len(begun["user_code"]) == 9
    assert begun["user_code"] in begun["message"]
    assert begun["verification_uri"] in begun["message"]


def test_approved_device_gets_tokens_once(device: Visitor) -> None:
    begun = begin(device)
    pending = poll(device, begun)
    assert pending.status_code == 400
    assert pending.json()["error"] == "authorization_pending"
    assert pending.json()["error_codes"] == [70016]
    approve(device, begun)
    granted = poll(device, begun)
    assert granted.status_code == 200
    assert set(granted.json()["scope"].split()) == set(MAIL_SCOPES.split())
    assert granted.json()["refresh_token"]
    assert poll(device, begun).json()["error"] == "bad_verification_code"
    renewed = device.refresh(granted.json()["refresh_token"])
    assert renewed.status_code == 200


def test_code_may_be_typed_in_small_letters_with_blanks(device: Visitor) -> None:
    begun = begin(device)
    code = f" {begun['user_code'][:4].lower()} {begun['user_code'][4:].lower()}"
    page = device.http.get("/devicelogin", params={"otc": code})
    assert "Pick an account" in page.text


def test_page_asks_for_the_code_and_says_when_it_is_wrong(device: Visitor) -> None:
    assert "Enter code" in device.http.get("/devicelogin").text
    wrong = device.http.get("/devicelogin", params={"otc": "NONESUCH<"})
    assert wrong.status_code == 422
    assert "Check the code and try again" in wrong.text
    assert "NONESUCH<" not in wrong.text


def test_hasty_device_is_told_to_slow_down(device: Visitor) -> None:
    begun = begin(device)
    assert poll(device, begun).json()["error"] == "authorization_pending"
    assert poll(device, begun).json()["error"] == "slow_down"
    device.control("clock", advance_seconds=6)
    assert poll(device, begun).json()["error"] == "slow_down"
    device.control("clock", advance_seconds=15)
    assert poll(device, begun).json()["error"] == "authorization_pending"


def test_declined_device_is_told(device: Visitor) -> None:
    begun = begin(device)
    step(device, begun, step="password", password="pw")
    assert "You did not sign in" in step(device, begun, step="cancel").text
    assert poll(device, begun).json()["error"] == "authorization_declined"
    assert "Enter code" in step(device, begun, step="approve").text


def test_code_ends_after_fifteen_minutes(device: Visitor) -> None:
    begun = begin(device)
    device.control("clock", advance_seconds=900)
    ended = poll(device, begun).json()
    assert (ended["error"], ended["error_codes"]) == ("expired_token", [70019])
    page = device.http.get("/devicelogin", params={"otc": begun["user_code"]})
    assert page.status_code == 422


def test_code_belongs_to_its_application(device: Visitor) -> None:
    begun = begin(device)
    device.control("apps", client_id="device-2", platform="public", consent=True)
    answer = poll(device, begun, client_id="device-2").json()
    assert (answer["error"], answer["error_codes"]) == ("bad_verification_code", [70018])


def test_application_with_a_secret_needs_it_unless_public_flows_are_allowed(
    visitor: Visitor,
) -> None:
    begun = begin(visitor)
    approve(visitor, begun)
    visitor.secret = ""
    refused = poll(visitor, begun)
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [7000218])
    visitor.control("apps", client_id="client-1", public_flows=True)
    granted = poll(visitor, begun)
    assert granted.status_code == 200
    assert visitor.refresh(granted.json()["refresh_token"]).status_code == 200


def test_consent_is_asked_for_before_the_device_is_let_in(device: Visitor) -> None:
    device.control("apps", client_id="device-1", consent=False)
    begun = begin(device)
    page = step(device, begun, step="password", password="pw")
    assert "Permissions requested" in page.text
    assert "Answer as Microsoft would" not in page.text
    assert "Are you trying to sign in" in step(device, begun, step="consent").text
    step(device, begun, step="approve")
    assert poll(device, begun).status_code == 200


def test_approval_needs_the_password_and_the_second_factor(device: Visitor) -> None:
    begun = begin(device)
    assert "Enter password" in step(device, begun, step="approve").text
    device.control("users", address=SUPPORT, mfa_required=True)
    assert "Approve the sign-in" in step(device, begun, step="password", password="pw").text
    assert "Approve the sign-in" in step(device, begun, step="approve").text
    assert "Are you trying" in step(device, begun, step="second_factor").text
    step(device, begun, step="approve")
    assert poll(device, begun).status_code == 200


def test_blocked_person_sees_why_and_the_device_waits_on(device: Visitor) -> None:
    device.control("users", address=SUPPORT, blocked=True)
    begun = begin(device)
    page = step(device, begun, step="password", password="pw")
    assert page.status_code == 400
    assert "AADSTS53003:" in page.text
    assert poll(device, begun).json()["error"] == "authorization_pending"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "nobody"}, 700016),
        ({"client_id": ""}, 900144),
        ({"scope": ""}, 900144),
        ({"scope": f"{GRAPH}/Mail.Everything"}, 70011),
    ],
)
def test_wrong_beginning_is_refused(device: Visitor, changes: dict[str, str], code: int) -> None:
    answer = post_begin(device, **changes)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [code])


def test_single_tenant_application_begins_at_its_own_tenant(device: Visitor) -> None:
    device.tenant = "organizations"
    assert post_begin(device).json()["error_codes"] == [50194]
    device.control("apps", client_id="device-1", multi_tenant=True)
    assert post_begin(device).status_code == 200
