"""What Microsoft's own client library makes of the pretend Entra ID's refusals."""

from collections.abc import Iterator
from typing import Any

import msal
import pytest
from msal.exceptions import MsalServiceError

from postdesk_sandbox.server import Sandbox
from tests.conformance.msal_desk import DAY, GRAPH, SCOPES, SUPPORT, Desk

CLIENT = ("msal", msal.__version__, "refusals")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Sandbox(port=0) as sandbox:
        desk = Desk(sandbox)
        yield desk
        assert desk.unimplemented() == []
        desk.close()


def silently(app: Any) -> dict[str, Any]:
    result: dict[str, Any] = app.acquire_token_silent_with_error(
        SCOPES, app.get_accounts()[0], force_refresh=True
    )
    return result


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
    assert again["correlation_id"] in again["error_description"]
    assert again["timestamp"] in again["error_description"]


def test_foreign_state_and_a_missing_one_are_noticed(desk: Desk) -> None:
    flow = desk.begin()
    answer = desk.walk(flow)
    with pytest.raises(ValueError, match="state"):
        desk.app().acquire_token_by_auth_code_flow(flow, answer | {"state": "another"})
    with pytest.raises(ValueError, match="state"):
        desk.app().acquire_token_by_auth_code_flow(flow, {"error": "access_denied"})


def test_cancelled_consent_comes_back_as_access_denied(desk: Desk) -> None:
    desk.control("apps", client_id="client-1", consent=False)
    flow = desk.begin()
    answer = desk.walk(flow, step="cancel")
    assert answer["error_subcode"] == "cancel"
    result = desk.app().acquire_token_by_auth_code_flow(flow, answer)
    assert result["error"] == "access_denied"
    assert result["error_description"].startswith("AADSTS65004:")


def test_silent_sign_in_of_nobody_is_login_required(desk: Desk) -> None:
    flow = desk.begin(prompt="none")
    parts = flow["auth_uri"].partition("login.microsoftonline.com")[2]
    location = desk.browser.get(parts).headers["Location"]
    assert "error=login_required" in location


def test_ninety_one_days_later_it_is_700082(desk: Desk) -> None:
    app = desk.app()
    desk.sign_in(app)
    desk.control("clock", advance_seconds=91 * DAY)
    result = silently(app)
    assert desk.line.last_status == 400
    assert (result["error"], result["error_codes"]) == ("invalid_grant", [700082])
    assert "was inactive for 90.00:00:00" in result["error_description"]


def test_revoked_session_is_none_silently_and_50173_when_asked(desk: Desk) -> None:
    cache = msal.SerializableTokenCache()
    app = desk.app(token_cache=cache)
    desk.sign_in(app)
    desk.control("revoke", address=SUPPORT)
    assert app.acquire_token_silent(SCOPES, app.get_accounts()[0], force_refresh=True) is None
    other = desk.app(token_cache=cache)
    assert silently(other)["error_codes"] == [50173]
    # The library keeps the dead refresh token, and the account.
    assert len(other.get_accounts()) == 1


def test_library_repeats_a_refusal_for_a_minute_from_its_memory(desk: Desk) -> None:
    app = desk.app()
    desk.sign_in(app)
    desk.control("revoke", address=SUPPORT)
    first, second = silently(app), silently(app)
    assert first["trace_id"] == second["trace_id"]


def test_wrong_and_missing_secret_are_401_invalid_client(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    result = desk.refresh(token, secret="guess")
    assert desk.line.last_status == 401
    assert (result["error"], result["error_codes"]) == ("invalid_client", [7000215])
    missing = desk.public_app("client-1").acquire_token_by_refresh_token(token, SCOPES)
    assert desk.line.last_status == 401
    assert missing["error_codes"] == [7000218]


def test_ended_secret_is_7000222_and_the_refresh_token_stays_good(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    ended = {"value": "s3cret", "expires_at": "2020-01-01T00:00:00Z"}
    desk.control("apps", client_id="client-1", secrets=[ended, "new"])
    assert desk.refresh(token)["error_codes"] == [7000222]
    assert "access_token" in desk.refresh(token, secret="new")


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"disabled": True}, 50057, "invalid_grant"),
        ({"mfa_required": True}, 50076, "interaction_required"),
        ({"blocked": True}, 53003, "interaction_required"),
        ({"remove": True}, 50034, "invalid_grant"),
    ],
)
def test_changed_standing_of_the_person_is_told(
    desk: Desk, changes: dict[str, bool], code: int, error: str
) -> None:
    app = desk.app()
    desk.sign_in(app)
    desk.control("users", address=SUPPORT, **changes)
    result = silently(app)
    assert (result["error"], result["error_codes"]) == (error, [code])


def test_conditional_access_hands_over_claims_and_suberror(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    desk.control("users", address=SUPPORT, blocked=True)
    result = desk.refresh(token)
    assert "access_token" in result["claims"]
    assert result["suberror"] == "message_only"


def test_removed_consent_is_classified(desk: Desk) -> None:
    app = desk.app()
    desk.sign_in(app)
    desk.control("apps", client_id="client-1", consent=False)
    result = silently(app)
    assert result["error_codes"] == [65001]
    assert result["suberror"] == "consent_required"
    assert result["classification"] == "consent_required"


def test_sign_in_frequency_is_70043_whose_suberror_the_library_hides(desk: Desk) -> None:
    app = desk.app()
    desk.sign_in(app)
    desk.control("tenant", sign_in_frequency_seconds=3600)
    desk.control("clock", advance_seconds=3601)
    result = silently(app)
    assert result["error_codes"] == [70043]
    assert result.get("classification", "") == ""


def test_used_up_refresh_token_is_refused_where_rotation_is_strict(desk: Desk) -> None:
    desk.control("tenant", strict_rotation=True)
    token = desk.sign_in()["refresh_token"]
    assert "access_token" in desk.refresh(token)
    assert desk.refresh(token)["error_codes"] == [70000]


def test_scope_of_two_resources_is_28000(desk: Desk) -> None:
    token = desk.sign_in()["refresh_token"]
    both = [*SCOPES, "https://outlook.office.com/SMTP.Send"]
    result = desk.app().acquire_token_by_refresh_token(token, both)
    assert result["error_codes"] == [28000]


def test_granted_scope_may_be_smaller_than_asked(desk: Desk) -> None:
    desk.control("tenant", withheld_scopes=["Mail.Send"])
    assert desk.sign_in()["scope"] == f"{GRAPH}/Mail.ReadWrite"


def test_application_alone_needs_default(desk: Desk) -> None:
    result = desk.app().acquire_token_for_client([f"{GRAPH}/Mail.Read"])
    assert (result["error"], result["error_codes"]) == ("invalid_scope", [1002012])


def test_shared_address_is_50194_for_a_single_tenant_application(desk: Desk) -> None:
    app = desk.app(authority="https://login.microsoftonline.com/common")
    result = app.acquire_token_by_refresh_token("any", SCOPES)
    assert (result["error"], result["error_codes"]) == ("invalid_request", [50194])


def test_unknown_client_is_700016(desk: Desk) -> None:
    result = desk.public_app("nobody").initiate_device_flow(SCOPES)
    assert (result["error"], result["error_codes"]) == ("unauthorized_client", [700016])


def test_throttled_token_endpoint_is_waited_for(desk: Desk) -> None:
    """HTML instead of JSON: the library raises, and keeps asking its own memory."""
    app = desk.app()
    desk.control("faults", surface="token", status=429, html=True, retry_after=7)
    with pytest.raises(ValueError, match="Expecting value"):
        app.acquire_token_for_client([f"{GRAPH}/.default"])
    assert desk.line.last_status == 429
    assert "access_token" in desk.app().acquire_token_for_client([f"{GRAPH}/.default"])


def test_transient_refusal_is_temporarily_unavailable(desk: Desk) -> None:
    desk.control("faults", surface="token", code=90033)
    with pytest.raises(MsalServiceError, match="503"):
        desk.app().acquire_token_for_client([f"{GRAPH}/.default"])
    assert desk.line.last_status == 503
    desk.control("faults", surface="token", code=90033, status=400)
    result = desk.app().acquire_token_for_client([f"{GRAPH}/.default"])
    assert (result["error"], result["error_codes"]) == ("temporarily_unavailable", [90033])


def test_older_wording_passes_through(desk: Desk) -> None:
    desk.control("faults", surface="token", code=50126, wrapper=70002)
    result = desk.app().acquire_token_for_client([f"{GRAPH}/.default"])
    assert result["error_codes"] == [70002, 50126]


@pytest.fixture
def device(desk: Desk) -> Desk:
    desk.control("apps", client_id="device-1", platform="public", consent=True)
    return desk


def once(_: dict[str, Any]) -> bool:
    """Tell msal to leave its loop after one poll."""
    return True


def test_waiting_device_polls_on(device: Desk) -> None:
    app = device.public_app()
    flow = app.initiate_device_flow(SCOPES)
    result = app.acquire_token_by_device_flow(flow, exit_condition=once)
    assert (result["error"], result["error_codes"]) == ("authorization_pending", [70016])


def test_declined_and_expired_devices_stop(device: Desk) -> None:
    app = device.public_app()
    flow = app.initiate_device_flow(SCOPES)
    assert "You did not sign in" in device.approve_device(flow, step="cancel")
    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_declined"
    late = app.initiate_device_flow(SCOPES)
    device.control("clock", advance_seconds=901)
    result = app.acquire_token_by_device_flow(late)
    assert (result["error"], result["error_codes"]) == ("expired_token", [70019])


def test_application_with_a_secret_has_no_device_flow_in_the_library(desk: Desk) -> None:
    assert not hasattr(desk.app(), "initiate_device_flow")
    flow = desk.public_app("client-1").initiate_device_flow(SCOPES)
    desk.approve_device(flow)
    result = desk.public_app("client-1").acquire_token_by_device_flow(flow)
    assert result["error_codes"] == [7000218]
