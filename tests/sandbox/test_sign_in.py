"""The authorize page, as a browser walks it."""

import re

import pytest

from tests.sandbox.visitor import REDIRECT, Visitor, answers_of

SUPPORT = "support@contoso.test"


def test_picker_password_and_back_with_a_code(visitor: Visitor) -> None:
    picker = visitor.authorize(prompt="select_account")
    assert "Pick an account" in picker.text
    assert "anna@contoso.test" in picker.text
    assert "help@contoso.test" not in picker.text
    password = visitor.step({"step": "account", "account": SUPPORT})
    assert "Enter password" in password.text
    back = visitor.enter_password(SUPPORT)
    assert back.headers["Location"].startswith(REDIRECT + "?")
    answers = answers_of(back)
    assert answers["state"] == "state-1"
    assert answers["code"]


def test_wrong_password_asks_again(visitor: Visitor) -> None:
    answer = visitor.enter_password(SUPPORT, "guess")
    assert answer.status_code == 422
    assert "50126" in answer.text


def test_unknown_account_is_named(visitor: Visitor) -> None:
    answer = visitor.step({"step": "account", "account": "nobody@contoso.test"})
    assert answer.status_code == 422
    assert "There is no account nobody@contoso.test" in answer.text


def test_signed_in_browser_is_not_asked_twice(visitor: Visitor) -> None:
    visitor.sign_in()
    assert "code" in answers_of(visitor.authorize())
    assert "Pick an account" in visitor.authorize(prompt="select_account").text
    assert "Enter password" in visitor.authorize(prompt="login", login_hint=SUPPORT).text


def test_login_hint_skips_the_picker(visitor: Visitor) -> None:
    assert "Enter password" in visitor.authorize(login_hint=SUPPORT).text


def test_prompt_none_without_sign_in_is_login_required(visitor: Visitor) -> None:
    answers = answers_of(visitor.authorize(prompt="none"))
    assert answers["error"] == "login_required"
    assert answers["error_description"].startswith("AADSTS50058:")


def test_prompt_consent_shows_the_consent_page_although_consented(visitor: Visitor) -> None:
    page = visitor.enter_password(SUPPORT, prompt="consent")
    assert "Permissions requested" in page.text
    assert "Mail.ReadWrite" in page.text


def test_dropped_consent_is_asked_for_once_and_remembered(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", consent=False)
    page = visitor.enter_password(SUPPORT)
    assert "Permissions requested" in page.text
    accepted = visitor.step({"step": "consent", "account": SUPPORT})
    assert "code" in answers_of(accepted)
    assert "code" in answers_of(visitor.authorize())
    assert "Permissions requested" in visitor.enter_password("anna@contoso.test").text


def test_consent_for_everyone_counts_for_the_others(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", consent=False)
    visitor.enter_password(SUPPORT)
    visitor.step({"step": "consent", "account": SUPPORT, "everyone": "1"})
    assert "code" in answers_of(visitor.enter_password("anna@contoso.test"))


def test_consent_without_the_password_is_not_possible(visitor: Visitor) -> None:
    answer = visitor.step({"step": "consent", "account": SUPPORT})
    assert answer.status_code == 200
    assert "Enter password" in answer.text


def test_cancel_goes_back_as_access_denied(visitor: Visitor) -> None:
    answers = answers_of(visitor.step({"step": "cancel"}))
    assert answers["error"] == "access_denied"
    assert answers["error_subcode"] == "cancel"
    assert answers["error_description"].startswith("AADSTS65004:")
    assert answers["state"] == "state-1"


@pytest.mark.parametrize(
    ("changes", "tenant", "code"),
    [
        ({"redirect_uri": "http://localhost:8080/OAuth/callback"}, "contoso.test", 50011),
        ({"redirect_uri": "https://localhost:8080/oauth/callback"}, "contoso.test", 50011),
        ({"redirect_uri": "https://evil.example/"}, "contoso.test", 50011),
        ({"redirect_uri": ""}, "contoso.test", 50011),
        ({"client_id": "client-9"}, "contoso.test", 700016),
        ({}, "fabrikam.test", 90002),
        ({}, "common", 50194),
    ],
)
def test_what_never_comes_back_to_the_client(
    visitor: Visitor, changes: dict[str, str], tenant: str, code: int
) -> None:
    visitor.tenant = tenant
    answer = visitor.authorize(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert f"AADSTS{code}:" in answer.text


def test_port_of_localhost_does_not_matter(visitor: Visitor) -> None:
    visitor.enter_password(SUPPORT)
    back = visitor.authorize(redirect_uri="http://localhost:45321/oauth/callback")
    assert back.headers["Location"].startswith("http://localhost:45321/oauth/callback?code=")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "https://graph.microsoft.com/Mail.Everything"}, "invalid_scope"),
        ({"scope": "https://fabrikam.test/read"}, "invalid_resource"),
        ({"prompt": "admin_consent"}, "invalid_request"),
    ],
)
def test_wrong_request_with_good_redirect_goes_back(
    visitor: Visitor, changes: dict[str, str], error: str
) -> None:
    assert answers_of(visitor.authorize(**changes))["error"] == error


def test_form_post_carries_the_code_in_a_form(visitor: Visitor) -> None:
    page = visitor.enter_password(SUPPORT, response_mode="form_post")
    assert page.status_code == 200
    assert f'action="{REDIRECT}"' in page.text
    assert re.search(r'name="code" value="[^"]+"', page.text)
    assert "form-action 'self' http://localhost:8080" in page.headers["Content-Security-Policy"]


def test_pages_have_a_strict_policy_and_nothing_inline(visitor: Visitor) -> None:
    for page in (visitor.authorize(), visitor.enter_password(SUPPORT, prompt="consent")):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<style" not in page.text
        assert "style=" not in page.text
        assert not re.search(r"<script(?![^>]*src=)", page.text)


def test_query_of_the_caller_cannot_write_into_the_page(visitor: Visitor) -> None:
    page = visitor.authorize(login_hint='"><script>alert(1)</script>', state="<b>")
    assert "<script>" not in page.text


def test_second_factor_is_asked_for_and_counts(visitor: Visitor) -> None:
    visitor.control("users", address=SUPPORT, mfa_required=True)
    assert "Approve the sign-in" in visitor.enter_password(SUPPORT).text
    code = answers_of(visitor.step({"step": "second_factor", "account": SUPPORT}))["code"]
    assert visitor.redeem(code).status_code == 200


@pytest.mark.parametrize(("standing", "code"), [("disabled", 50057), ("blocked", 53003)])
def test_person_who_may_not_sign_in_stays_on_the_page(
    visitor: Visitor, standing: str, code: int
) -> None:
    visitor.control("users", address=SUPPORT, **{standing: True})
    answer = visitor.enter_password(SUPPORT)
    assert answer.status_code == 400
    assert f"AADSTS{code}:" in answer.text


def test_user_consent_may_be_switched_off(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", consent=False)
    visitor.control("tenant", user_consent_allowed=False)
    answers = answers_of(visitor.enter_password(SUPPORT))
    assert answers["error"] == "access_denied"
    assert answers["error_description"].startswith("AADSTS90094:")


def test_automatic_sign_in_answers_at_once(visitor: Visitor) -> None:
    visitor.control("tenant", auto_sign_in="anna@contoso.test")
    code = answers_of(visitor.authorize(prompt="select_account"))["code"]
    assert visitor.redeem(code).status_code == 200


@pytest.mark.parametrize("code", [50011, 700016])
def test_chip_for_a_page_shows_the_page(visitor: Visitor, code: int) -> None:
    visitor.enter_password(SUPPORT)
    answer = visitor.step({"step": "code", "code": str(code), "account": SUPPORT})
    assert answer.status_code == 400
    assert f"AADSTS{code}:" in answer.text


@pytest.mark.parametrize("code", [53003, 90094])
def test_chip_for_a_refusal_goes_back(visitor: Visitor, code: int) -> None:
    visitor.enter_password(SUPPORT)
    answers = answers_of(visitor.step({"step": "code", "code": str(code), "account": SUPPORT}))
    assert answers["error"] == "access_denied"
    assert f"AADSTS{code}:" in answers["error_description"]


@pytest.mark.parametrize("code", [700082, 7000215, 7000222, 50173, 50076])
def test_chip_for_the_token_endpoint_answers_there_once(visitor: Visitor, code: int) -> None:
    visitor.enter_password(SUPPORT)
    answers = answers_of(visitor.step({"step": "code", "code": str(code), "account": SUPPORT}))
    refused = visitor.redeem(answers["code"])
    assert refused.json()["error_codes"] == [code]
    assert visitor.redeem(answers["code"]).status_code == 200
