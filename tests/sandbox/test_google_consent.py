"""Google's authorize page: who may sign in, what is asked, what goes back."""

import pytest

from tests.sandbox.google_desk import CONSUMER, MAIL, SEND, SUPPORT, GoogleDesk
from tests.sandbox.visitor import REDIRECT, Visitor, answers_of


@pytest.fixture
def google(visitor: Visitor) -> GoogleDesk:
    return GoogleDesk(visitor)


def test_person_signs_in_consents_and_the_client_gets_a_code(google: GoogleDesk) -> None:
    page = google.authorize()
    assert SUPPORT in page.text
    assert "Nothing here reaches Google" in page.text
    consent = google.enter_password()
    assert "Read, compose, send, and permanently delete" in consent.text
    back = google.consent()
    assert back.headers["Location"].startswith(f"{REDIRECT}?state=state-1&code=4%2F0A")
    told = answers_of(back)
    assert told["scope"] == MAIL
    assert told["hd"] == "workspace.test"


def test_hint_asks_for_the_password_at_once_and_a_wrong_one_again(google: GoogleDesk) -> None:
    assert "Enter your password" in google.authorize(login_hint=SUPPORT).text
    fields = {"step": "password", "account": SUPPORT, "password": "guess"}
    wrong = google.step(fields)
    assert wrong.status_code == 422
    assert "Wrong password" in wrong.text
    assert "Enter your password" in google.consent().text


def test_hosted_domain_leaves_its_accounts(google: GoogleDesk) -> None:
    page = google.authorize(hd="workspace.test").text
    assert SUPPORT in page
    assert CONSUMER not in page


def test_cancel_goes_back_as_access_denied(google: GoogleDesk) -> None:
    assert answers_of(google.step({"step": "cancel"})) == {
        "state": "state-1",
        "error": "access_denied",
    }


def test_consent_is_remembered_and_asked_again_on_demand(google: GoogleDesk) -> None:
    google.code()
    assert "code" in answers_of(google.authorize(prompt=""))
    assert "wants access" in google.authorize(prompt="consent").text
    assert "wants access" in google.authorize(prompt="", scope=SEND).text


def test_prompt_none_never_shows_a_page(google: GoogleDesk) -> None:
    assert answers_of(google.authorize(prompt="none"))["error"] == "interaction_required"
    google.code()
    assert "code" in answers_of(google.authorize(prompt="none"))


def test_of_several_services_only_the_ticked_ones_are_granted(google: GoogleDesk) -> None:
    scope = f"openid {MAIL} {SEND}"
    google.enter_password(scope=scope)
    fields = {"step": "consent", "account": SUPPORT, "scope": SEND}
    code = answers_of(google.step(fields, scope=scope))["code"]
    told = google.redeem(code).json()
    assert told["scope"] == f"openid {SEND}"
    assert google.introspect(told["access_token"]) == {"active": False}


def test_nothing_ticked_is_a_refusal(google: GoogleDesk) -> None:
    scope = f"{MAIL} {SEND}"
    google.enter_password(scope=scope)
    fields = {"step": "consent", "account": SUPPORT}
    assert answers_of(google.step(fields, scope=scope))["error"] == "access_denied"


def test_granted_scopes_are_added_when_asked_for(google: GoogleDesk) -> None:
    google.code()
    code = google.code(scope=SEND, include_granted_scopes="true")
    assert set(google.redeem(code).json()["scope"].split()) == {MAIL, SEND}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"redirect_uri": "http://localhost:8081/oauth/callback"}, "400: redirect_uri_mismatch"),
        ({"redirect_uri": "https://evil.example/"}, "400: redirect_uri_mismatch"),
        ({"redirect_uri": ""}, "400: invalid_request"),
        ({"client_id": "nobody"}, "401: invalid_client"),
        ({"client_id": ""}, "400: invalid_request"),
        ({"response_type": ""}, "400: invalid_request"),
        ({"response_type": "token"}, "400: unsupported_response_type"),
        ({"scope": ""}, "400: invalid_request"),
        ({"scope": "https://mail.google.com"}, "400: invalid_scope"),
        ({"access_type": "always"}, "400: invalid_request"),
        ({"prompt": "login"}, "400: invalid_request"),
        ({"prompt": "none consent"}, "400: invalid_request"),
        ({"code_challenge": ""}, "400: invalid_request"),
        ({"code_challenge": "short"}, "400: invalid_request"),
        ({"code_challenge_method": "S512"}, "400: invalid_request"),
        ({"include_granted_scopes": "yes"}, "400: invalid_request"),
        ({"response_mode": "form_post"}, "400: invalid_request"),
    ],
)
def test_wrong_request_stays_on_googles_page(
    google: GoogleDesk, changes: dict[str, str], told: str
) -> None:
    page = google.authorize(**changes)
    assert page.status_code == int(told[:3])
    assert f"Error {told}" in page.text
    assert "Location" not in page.headers


def test_unknown_parameter_is_journalled(google: GoogleDesk) -> None:
    page = google.authorize(response_mode="form_post")
    assert "Parameter not allowed for this message type: response_mode" in page.text
    missed = google.visitor.look("unimplemented")
    assert missed == [{"feature": "google authorize response_mode", "times": 1}]


@pytest.mark.parametrize(
    ("client", "account", "told"),
    [
        ({"user_type": "internal"}, CONSUMER, "403: org_internal"),
        ({"publishing": "testing", "test_users": [SUPPORT]}, CONSUMER, "403: access_denied"),
        ({"deleted": True}, SUPPORT, "401: deleted_client"),
        ({"disabled": True}, SUPPORT, "401: disabled_client"),
    ],
)
def test_client_keeps_some_people_out(
    google: GoogleDesk, client: dict[str, object], account: str, told: str
) -> None:
    google.control("google_clients", client_id=google.client_id, **client)
    assert f"Error {told}" in google.enter_password(account).text


def test_internal_client_lets_the_workspace_in(google: GoogleDesk) -> None:
    google.control("google_clients", client_id=google.client_id, user_type="internal")
    assert google.tokens()["access_token"]


def test_administrator_can_restrict_gmail(google: GoogleDesk) -> None:
    google.control("google", restricts_gmail=True)
    assert "Error 400: admin_policy_enforced" in google.enter_password().text
    assert "wants access" in google.enter_password(CONSUMER).text


def test_disabled_account_does_not_sign_in(google: GoogleDesk) -> None:
    google.control("google_accounts", address=SUPPORT, disabled=True)
    assert "Error 403: access_denied" in google.enter_password().text


def test_automatic_sign_in_answers_with_a_code(google: GoogleDesk) -> None:
    google.control("google", auto_sign_in=SUPPORT)
    told = google.redeem(answers_of(google.authorize())["code"]).json()
    assert google.introspect(told["access_token"])["username"] == SUPPORT
    assert told["refresh_token"]


def test_page_and_answer_can_fail_on_order(google: GoogleDesk) -> None:
    google.control("faults", surface="google_authorize", error="org_internal")
    assert "Error 403: org_internal" in google.authorize().text
    google.control("faults", surface="google_authorize", status=503)
    assert google.authorize().status_code == 503
    assert google.authorize().status_code == 200
