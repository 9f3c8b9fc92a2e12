"""Version 1 of the endpoints, where `resource` stands for scopes; older clients speak it."""

import time
from typing import Any

import httpx
import jwt
import pytest

from tests.sandbox.visitor import GRAPH, REDIRECT, Visitor, answers_of

EXCHANGE = "https://outlook.office365.com"
DAVMAIL = "facd6cff-a294-4415-b59f-c5b01937d7bd"
NATIVE = "https://login.microsoftonline.com/common/oauth2/nativeclient"
SUPPORT = "support@contoso.test"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def authorize(visitor: Visitor, **changes: str) -> httpx.Response:
    query = {
        "client_id": visitor.client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "resource": f"{EXCHANGE}/",
        "state": "s",
    } | changes
    form = {"step": "password", "account": SUPPORT, "password": "pw"}
    path = f"/{visitor.tenant}/oauth2/authorize"
    return visitor.http.post(path, params={k: v for k, v in query.items() if v}, data=form)


def post(visitor: Visitor, **fields: str) -> httpx.Response:
    form = {"client_id": visitor.client_id, "client_secret": visitor.secret} | fields
    path = f"/{visitor.tenant}/oauth2/token"
    return visitor.http.post(path, data={k: v for k, v in form.items() if v})


def redeem(visitor: Visitor, code: str, **changes: str) -> httpx.Response:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    return post(visitor, **(fields | {"resource": f"{EXCHANGE}/"} | changes))


@pytest.fixture
def davmail(visitor: Visitor) -> Visitor:
    """A program of many tenants without a secret, as DavMail is registered."""
    visitor.control(
        "apps",
        client_id=DAVMAIL,
        name="DavMail",
        platform="public",
        multi_tenant=True,
        redirect_uris=[NATIVE],
        consent=True,
    )
    visitor.client_id, visitor.secret, visitor.tenant = DAVMAIL, "", "common"
    return visitor


def test_answer_has_numbers_as_strings_and_names_the_resource(visitor: Visitor) -> None:
    payload = redeem(visitor, answers_of(authorize(visitor))["code"]).json()
    assert payload["token_type"] == "Bearer"
    assert payload["resource"] == f"{EXCHANGE}/"
    assert payload["expires_in"] == "3599"
    assert abs(int(payload["expires_on"]) - time.time() - 3599) < 30
    assert int(payload["not_before"]) <= time.time()
    assert set(payload["scope"].split()) >= {"EWS.AccessAsUser.All", "IMAP.AccessAsUser.All"}
    claims = claims_of(payload["access_token"])
    assert claims["aud"] == EXCHANGE
    assert "EWS.AccessAsUser.All" in claims["scp"].split()


def test_id_token_is_of_version_1_with_unique_name(visitor: Visitor) -> None:
    payload = redeem(visitor, answers_of(authorize(visitor))["code"]).json()
    claims = claims_of(payload["id_token"])
    assert claims["unique_name"] == claims["upn"] == SUPPORT
    assert claims["ver"] == "1.0"
    assert claims["iss"] == "https://sts.windows.net/11111111-2222-3333-4444-555555555555/"


def test_davmail_signs_in_and_refreshes_by_the_common_address(davmail: Visitor) -> None:
    code = answers_of(authorize(davmail, redirect_uri=NATIVE))["code"]
    first = redeem(davmail, code, redirect_uri=NATIVE).json()
    renewed = post(
        davmail,
        grant_type="refresh_token",
        refresh_token=first["refresh_token"],
        redirect_uri=NATIVE,
        resource=f"{EXCHANGE}/",
    )
    assert renewed.status_code == 200, renewed.text
    assert claims_of(renewed.json()["access_token"])["upn"] == SUPPORT
    assert claims_of(renewed.json()["access_token"])["appidacr"] == "0"
    assert renewed.json()["refresh_token"] != first["refresh_token"]


def test_end_page_of_native_programs_is_there(visitor: Visitor) -> None:
    assert "Signed in" in visitor.http.get("/common/oauth2/nativeclient?code=x").text


def test_single_tenant_app_is_refused_at_common(visitor: Visitor) -> None:
    visitor.tenant = "common"
    assert post(visitor, grant_type="refresh_token").json()["error_codes"] == [50194]
    page = authorize(visitor)
    assert "AADSTS50194:" in page.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"resource": ""}, 90014),
        ({"resource": "https://fabrikam.test"}, 500011),
        ({"scope": "Mail.Read"}, 70011),
        ({"grant_type": "password"}, 70003),
    ],
)
def test_wrong_request_is_refused(visitor: Visitor, changes: dict[str, str], code: int) -> None:
    granted = answers_of(authorize(visitor, resource=""))["code"]
    answer = redeem(visitor, granted, **changes)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [code])


def test_resource_may_be_named_by_application_id(visitor: Visitor) -> None:
    code = answers_of(authorize(visitor, resource=""))["code"]
    answer = redeem(visitor, code, resource="00000002-0000-0ff1-ce00-000000000000")
    assert claims_of(answer.json()["access_token"])["aud"] == EXCHANGE


def test_refresh_without_a_resource_means_the_same_again(visitor: Visitor) -> None:
    code = answers_of(authorize(visitor, resource=""))["code"]
    token = redeem(visitor, code).json()["refresh_token"]
    answer = post(visitor, grant_type="refresh_token", refresh_token=token)
    assert claims_of(answer.json()["access_token"])["aud"] == EXCHANGE


def test_one_refresh_token_serves_both_versions(visitor: Visitor) -> None:
    token = redeem(visitor, answers_of(authorize(visitor))["code"]).json()["refresh_token"]
    answer = visitor.refresh(token, scope=f"{GRAPH}/Mail.Read")
    assert answer.json()["expires_in"] == 3599
    assert claims_of(answer.json()["access_token"])["aud"] == GRAPH


def test_application_alone_names_its_resource(visitor: Visitor) -> None:
    payload = post(visitor, grant_type="client_credentials", resource=EXCHANGE).json()
    assert payload["expires_in"] == "3599"
    assert payload["resource"] == EXCHANGE
    assert "full_access_as_app" in claims_of(payload["access_token"])["roles"]


def test_resource_does_not_belong_in_version_2(visitor: Visitor) -> None:
    answers = answers_of(visitor.authorize(resource=EXCHANGE))
    assert answers["error_description"].startswith("AADSTS901002:")
    assert visitor.redeem(visitor.sign_in(), resource=EXCHANGE).json()["error_codes"] == [901002]


def test_unconsented_application_asks_for_all_that_it_is_configured_for(
    visitor: Visitor,
) -> None:
    visitor.control(
        "apps",
        client_id="client-1",
        consent=False,
        configured_delegated=[f"{EXCHANGE}/EWS.AccessAsUser.All", f"{GRAPH}/User.Read"],
    )
    page = authorize(visitor)
    assert "Permissions requested" in page.text
    assert "EWS.AccessAsUser.All" in page.text
    assert "IMAP.AccessAsUser.All" not in page.text


def test_admin_consent_prompt_consents_for_everybody(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", consent=False)
    assert "Permissions requested" in authorize(visitor, prompt="admin_consent").text
    query = {"client_id": "client-1", "response_type": "code", "redirect_uri": REDIRECT,
             "resource": EXCHANGE, "prompt": "admin_consent"}  # fmt: skip
    visitor.http.post(
        "/contoso.test/oauth2/authorize",
        params=query,
        data={"step": "consent", "account": SUPPORT},
    )
    listed = next(one for one in visitor.look("apps") if one["client_id"] == "client-1")
    assert f"{EXCHANGE}/EWS.AccessAsUser.All" in listed["delegated"]


def test_discovery_of_version_1_leads_to_its_addresses(visitor: Visitor) -> None:
    found = visitor.http.get("/contoso.test/.well-known/openid-configuration").json()
    assert found["token_endpoint"].endswith("/contoso.test/oauth2/token")
    assert found["issuer"].startswith("https://sts.windows.net/")
    keys = visitor.http.get("/contoso.test/discovery/keys").json()["keys"]
    assert keys[0]["kty"] == "RSA"
