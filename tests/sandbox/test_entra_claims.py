"""Claims challenges and continuous access evaluation."""

import json
from typing import Any

import jwt
import pytest

from tests.sandbox.visitor import GRAPH, MAIL_SCOPES, OIDC, Visitor, answers_of

SUPPORT = "support@contoso.test"
CAPABLE = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
STEP_UP = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
SAMPLE = '{"access_token":{"acrs":{"essential":true,"value":"cp1"}}}'
POLICIES = '{"access_token":{"capolids":{"essential":true,"values":["a"]}}}'


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_capable_client_gets_a_token_for_a_day(visitor: Visitor) -> None:
    answer = visitor.redeem(visitor.sign_in(), claims=CAPABLE).json()
    assert answer["expires_in"] == 86399
    claims = claims_of(answer["access_token"])
    assert claims["exp"] - claims["iat"] == 86399
    assert claims["xms_cc"] == ["cp1"]
    plain = visitor.refresh(answer["refresh_token"]).json()
    assert plain["expires_in"] == 3599
    assert "xms_cc" not in claims_of(plain["access_token"])


def test_msals_spelling_counts_and_the_length_is_a_switch(visitor: Visitor) -> None:
    visitor.control("tenant", cae_token_seconds=60_000)
    answer = visitor.redeem(visitor.sign_in(), claims=CAPABLE.replace("cp1", "CP1")).json()
    assert answer["expires_in"] == 60_000


def test_application_alone_can_be_capable(visitor: Visitor) -> None:
    answer = visitor.post_token(
        grant_type="client_credentials", scope=f"{GRAPH}/.default", claims=CAPABLE
    )
    assert claims_of(answer.json()["access_token"])["xms_cc"] == ["cp1"]


def test_step_up_needs_a_second_factor_and_then_stands_in_the_token(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    refused = visitor.refresh(token, claims=STEP_UP).json()
    assert refused["error"] == "interaction_required"
    assert refused["claims"] == STEP_UP
    page = visitor.authorize(claims=refused["claims"])
    assert "Approve the sign-in" in page.text
    fields = {"step": "second_factor", "account": SUPPORT}
    code = answers_of(visitor.step(fields, claims=STEP_UP))["code"]
    answer = visitor.redeem(code, claims=STEP_UP).json()
    claims = claims_of(answer["access_token"])
    assert claims["acrs"] == ["c1"]
    assert claims["amr"] == ["pwd", "mfa"]
    assert visitor.refresh(answer["refresh_token"], claims=STEP_UP).status_code == 200


def test_claims_of_a_refusal_lead_through_the_second_factor(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    visitor.control("users", address=SUPPORT, mfa_required=True)
    told = visitor.refresh(token).json()["claims"]
    assert "capolids" in json.loads(told)["access_token"]
    assert "Approve the sign-in" in visitor.authorize(claims=told).text
    code = answers_of(visitor.step({"step": "second_factor", "account": SUPPORT}, claims=told))
    answer = visitor.redeem(code["code"])
    assert visitor.refresh(answer.json()["refresh_token"], claims=told).status_code == 200


def test_silent_request_with_unmet_claims_is_interaction_required(visitor: Visitor) -> None:
    visitor.sign_in()
    answers = answers_of(visitor.authorize(prompt="none", claims=POLICIES))
    assert answers["error"] == "interaction_required"
    assert answers["error_description"].startswith("AADSTS50076:")


def test_documented_sample_is_met_by_a_fresh_token(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    assert visitor.refresh(token, claims=SAMPLE).status_code == 200


def test_revocation_challenge_is_met_by_a_fresh_token_but_not_before_its_time(
    visitor: Visitor,
) -> None:
    token = visitor.tokens()["refresh_token"]
    challenge = '{"access_token":{"nbf":{"essential":true,"value":"%d"}}}'
    assert visitor.refresh(token, claims=challenge % 1_700_000_000).status_code == 200
    refused = visitor.refresh(token, claims=challenge % 99_999_999_999).json()
    assert (refused["error"], refused["error_codes"]) == ("interaction_required", [50133])


@pytest.mark.parametrize(
    "claims",
    [
        "{",
        "[]",
        '"x"',
        '{"access_token":[]}',
        '{"access_token":{"acrs":"c1"}}',
        '{"access_token":{"acrs":{"value":1}}}',
        '{"access_token":{"acrs":{"values":"c1"}}}',
        "[" * 5000,
        "x" * 9000,
    ],
)
def test_malformed_claims_are_refused(visitor: Visitor, claims: str) -> None:
    answer = visitor.redeem(visitor.sign_in(), claims=claims)
    assert answer.json()["error_codes"] == [9002313]
    assert answers_of(visitor.authorize(claims=claims))["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("claims", "feature"),
    [
        ('{"id_token":{"auth_time":{"essential":true}}}', "claims id_token"),
        ('{"access_token":{"department":null}}', "claims department"),
    ],
)
def test_unknown_claim_is_refused_and_written_down(
    visitor: Visitor, claims: str, feature: str
) -> None:
    assert visitor.redeem(visitor.sign_in(), claims=claims).status_code == 400
    assert feature in [one["feature"] for one in visitor.look("unimplemented")]


def test_scope_of_the_request_is_unchanged_by_claims(visitor: Visitor) -> None:
    scope = f"{MAIL_SCOPES} {OIDC}"
    answer = visitor.redeem(visitor.sign_in(scope=scope), scope=scope, claims=CAPABLE)
    assert set(answer.json()["scope"].split()) == set(MAIL_SCOPES.split())
