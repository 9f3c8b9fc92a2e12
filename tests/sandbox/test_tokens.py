"""The token endpoint: what it grants, and every refusal in Entra's form."""

import re
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from postdesk_sandbox.server import Sandbox
from tests.sandbox.visitor import GRAPH, MAIL_SCOPES, OIDC, Visitor

DAY = 86400
SUPPORT = "support@contoso.test"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_code_brings_tokens_for_what_was_asked(visitor: Visitor) -> None:
    answer = visitor.tokens()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3599
    assert set(answer["scope"].split()) == set(MAIL_SCOPES.split())
    claims = claims_of(answer["access_token"])
    assert claims["aud"] == GRAPH
    assert claims["upn"] == SUPPORT
    assert set(claims["scp"].split()) == {"Mail.ReadWrite", "Mail.Send", "User.Read"}
    assert claims["exp"] - claims["iat"] == 3599


def test_id_token_echoes_the_nonce_and_names_the_person(visitor: Visitor) -> None:
    claims = claims_of(visitor.tokens("anna@contoso.test")["id_token"])
    assert claims["nonce"] == "nonce-1"
    assert claims["aud"] == "client-1"
    assert claims["preferred_username"] == "anna@contoso.test"
    assert claims["tid"] == "11111111-2222-3333-4444-555555555555"


def test_tokens_are_signed_with_the_published_key(visitor: Visitor) -> None:
    token = visitor.tokens()["access_token"]
    keys = visitor.http.get("/contoso.test/discovery/v2.0/keys").json()["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(jwt.PyJWK(one) for one in keys if one["kid"] == kid)
    assert jwt.decode(token, key, algorithms=["RS256"], audience=GRAPH)["appid"] == "client-1"


def test_no_refresh_token_without_offline_access(visitor: Visitor) -> None:
    scope = f"{MAIL_SCOPES} openid"
    answer = visitor.redeem(visitor.sign_in(scope=scope), scope=scope).json()
    assert "refresh_token" not in answer
    assert "id_token" in answer


def test_code_is_good_once(visitor: Visitor) -> None:
    code = visitor.sign_in()
    visitor.redeem(code)
    again = visitor.redeem(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert again.json()["error_codes"] == [54005]


def test_refusal_has_the_shape_of_the_real_one(visitor: Visitor) -> None:
    answer = visitor.redeem("nonsense").json()
    assert answer["error_codes"] == [70000]
    assert answer["error_uri"].endswith("code=70000")
    pattern = (
        r"AADSTS70000: .+ Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} "
        r"Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"
    )
    assert re.fullmatch(pattern, answer["error_description"])
    assert answer["trace_id"] in answer["error_description"]
    assert answer["timestamp"] in answer["error_description"]


def test_correlation_id_is_the_callers(visitor: Visitor) -> None:
    wanted = "5a1c9be5-0000-4000-8000-1234567890ab"
    visitor.http.headers["client-request-id"] = wanted
    assert visitor.redeem("nonsense").json()["correlation_id"] == wanted


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"code_verifier": "x" * 43}, 501481, 400),
        ({"code_verifier": ""}, 501481, 400),
        ({"redirect_uri": "http://localhost/cb"}, 500112, 400),
        ({"client_secret": "guess"}, 7000215, 401),
        ({"client_secret": ""}, 7000218, 401),
        ({"client_id": "client-9"}, 700016, 400),
        ({"grant_type": "password"}, 70003, 400),
        ({"grant_type": ""}, 900144, 400),
        ({"code": ""}, 900144, 400),
        ({"scope": f"{MAIL_SCOPES} https://outlook.office.com/SMTP.Send"}, 28000, 400),
        ({"scope": f"{GRAPH}/Mail.Everything"}, 70011, 400),
    ],
)
def test_wrong_request_is_refused_by_its_own_code(
    visitor: Visitor, changes: dict[str, str], code: int, status: int
) -> None:
    answer = visitor.redeem(visitor.sign_in(), **changes)
    assert answer.json()["error_codes"] == [code]
    assert answer.status_code == status


def test_common_is_refused_for_a_single_tenant_app(visitor: Visitor) -> None:
    code = visitor.sign_in()
    visitor.tenant = "common"
    assert visitor.redeem(code).json()["error_codes"] == [50194]


def test_code_dies_after_ten_minutes(visitor: Visitor) -> None:
    code = visitor.sign_in()
    visitor.control("clock", advance_seconds=601)
    assert visitor.redeem(code).json()["error_codes"] == [70008]


def test_secret_in_the_basic_header_is_taken(visitor: Visitor) -> None:
    code = visitor.sign_in()
    visitor.http.auth = ("client-1", "s3cret")
    assert visitor.redeem(code, client_secret="", client_id="").status_code == 200


def test_each_refresh_gives_ninety_new_days_and_the_old_token_lives_on(visitor: Visitor) -> None:
    first = visitor.tokens()["refresh_token"]
    visitor.control("clock", advance_seconds=60 * DAY)
    second = visitor.refresh(first).json()["refresh_token"]
    assert second != first
    visitor.control("clock", advance_seconds=29 * DAY)
    assert visitor.refresh(first).status_code == 200
    visitor.control("clock", advance_seconds=2 * DAY)
    assert visitor.refresh(first).json()["error_codes"] == [700082]
    assert visitor.refresh(second).status_code == 200


def test_ninety_unused_days_end_with_issue_time_and_inactivity(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    issued = sandbox.state.clock.now()
    token = visitor.tokens()["refresh_token"]
    visitor.control("clock", advance_seconds=91 * DAY)
    answer = visitor.refresh(token)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
    text = answer.json()["error_description"]
    found = re.search(r"issued on (\S+)Z and was inactive for 90\.00:00:00\.", text)
    assert found
    told = datetime.fromisoformat(found.group(1)[:26] + "+00:00")
    assert abs(told - issued) < timedelta(seconds=30)


def test_one_refresh_token_serves_another_resource(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    answer = visitor.refresh(token, scope=f"https://outlook.office.com/SMTP.Send {OIDC}")
    assert claims_of(answer.json()["access_token"])["aud"] == "https://outlook.office.com"


def test_unknown_refresh_token_is_a_malformed_grant(visitor: Visitor) -> None:
    answer = visitor.refresh("from-an-earlier-life").json()
    assert (answer["error"], answer["error_codes"]) == ("invalid_grant", [9002313])


def test_revoked_sessions_are_50173_and_a_new_sign_in_helps(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    visitor.control("clock", advance_seconds=5)
    visitor.control("revoke", address=SUPPORT)
    refused = visitor.refresh(token).json()
    assert refused["error_codes"] == [50173]
    assert "TokensValidFrom date" in refused["error_description"]
    assert "<" not in refused["error_description"]
    visitor.control("clock", advance_seconds=5)
    assert visitor.refresh(visitor.tokens()["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "code", "error", "extra"),
    [
        ({"disabled": True}, 50057, "invalid_grant", set()),
        ({"mfa_required": True}, 50076, "interaction_required", {"claims"}),
        ({"blocked": True}, 53003, "interaction_required", {"claims"}),
        ({"remove": True}, 50034, "invalid_grant", set()),
    ],
)
def test_change_of_a_persons_standing_ends_the_refresh(
    visitor: Visitor, change: dict[str, bool], code: int, error: str, extra: set[str]
) -> None:
    token = visitor.tokens()["refresh_token"]
    visitor.control("users", address=SUPPORT, **change)
    answer = visitor.refresh(token).json()
    assert answer["error_codes"] == [code]
    assert answer["error"] == error
    assert {"claims"} & set(answer) == extra


def test_removed_consent_is_65001(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    visitor.control("apps", client_id="client-1", consent=False)
    answer = visitor.refresh(token, scope=MAIL_SCOPES).json()
    assert answer["error_codes"] == [65001]
    assert answer["suberror"] == "consent_required"


def test_several_secrets_work_until_each_ones_own_end(visitor: Visitor, sandbox: Sandbox) -> None:
    soon = (sandbox.state.clock.now() + timedelta(days=10)).isoformat()
    secrets: list[Any] = ["new", {"value": "s3cret", "expires_at": soon}]
    visitor.control("apps", client_id="client-1", secrets=secrets)
    token = visitor.tokens()["refresh_token"]
    assert visitor.refresh(token, client_secret="new").status_code == 200
    visitor.control("clock", advance_seconds=11 * DAY)
    ended = visitor.refresh(token)
    assert ended.status_code == 401
    assert ended.json()["error_codes"] == [7000222]
    assert visitor.refresh(token, client_secret="new").status_code == 200


def test_granted_scope_may_be_smaller_than_asked(visitor: Visitor) -> None:
    visitor.control("tenant", withheld_scopes=["Mail.Send"])
    assert "Mail.Send" not in visitor.tokens()["scope"]


def test_application_gets_roles_and_no_refresh_token(visitor: Visitor) -> None:
    answer = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default")
    assert "Mail.ReadWrite" in claims_of(answer.json()["access_token"])["roles"]
    assert "refresh_token" not in answer.json()
    wrong = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/Mail.Read")
    assert wrong.json()["error_codes"] == [1002012]


def test_access_token_lasts_as_long_as_the_tenant_says(visitor: Visitor) -> None:
    visitor.control("tenant", access_token_seconds=60)
    assert visitor.tokens()["expires_in"] == 60


def test_discovery_speaks_of_the_host_that_was_asked(visitor: Visitor) -> None:
    path = "/contoso.test/v2.0/.well-known/openid-configuration"
    own = visitor.http.get(path).json()
    assert own["token_endpoint"].startswith(visitor.sandbox.url)
    theirs = visitor.http.get(path, headers={"Host": "login.microsoftonline.com"}).json()
    assert theirs["token_endpoint"] == (
        "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token"
    )
    unknown = visitor.http.get(path.replace("contoso", "fabrikam"))
    assert unknown.status_code == 400
    assert unknown.json()["error_codes"] == [90002]
