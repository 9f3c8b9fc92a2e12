"""What an application's registration and the tenant's policies change about its tokens."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.sandbox.visitor import GRAPH, MAIL_SCOPES, OIDC, Visitor, answers_of

DAY = 86400
SUPPORT = "support@contoso.test"
OUTLOOK, EXCHANGE = "https://outlook.office.com", "https://outlook.office365.com"


@pytest.mark.parametrize("tenant", ["common", "organizations"])
def test_shared_addresses_are_for_multi_tenant_applications(visitor: Visitor, tenant: str) -> None:
    visitor.tenant = tenant
    assert "AADSTS50194:" in visitor.authorize().text
    visitor.control("apps", client_id="client-1", multi_tenant=True)
    assert visitor.tokens()["refresh_token"]
    issuer = visitor.http.get(f"/{tenant}/v2.0/.well-known/openid-configuration").json()["issuer"]
    assert issuer == f"{visitor.sandbox.url}/{{tenantid}}/v2.0"


def test_personal_accounts_are_not_there(visitor: Visitor) -> None:
    visitor.tenant = "consumers"
    visitor.control("apps", client_id="client-1", multi_tenant=True)
    assert "AADSTS700016:" in visitor.authorize().text


def test_application_alone_needs_a_tenant(visitor: Visitor) -> None:
    visitor.tenant = "common"
    visitor.control("apps", client_id="client-1", multi_tenant=True)
    answer = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default")
    assert answer.json()["error_codes"] == [9001023]


def test_public_platform_refuses_a_secret_and_needs_none(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", platform="public")
    refused = visitor.redeem(visitor.sign_in())
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [700025])
    visitor.secret = ""
    assert visitor.redeem(visitor.sign_in()).status_code == 200
    alone = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default")
    assert alone.json()["error_codes"] == [7000218]


@contextmanager
def from_a_page(visitor: Visitor) -> Iterator[None]:
    visitor.http.headers["Origin"] = "http://localhost:8080"
    yield
    del visitor.http.headers["Origin"]


def test_page_application_needs_pkce_and_an_origin_and_lives_a_day(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", platform="spa")
    visitor.secret = ""
    bare = answers_of(visitor.authorize(code_challenge=""))
    assert bare["error_description"].startswith("AADSTS9002325:")
    code = visitor.sign_in()
    assert visitor.redeem(code).json()["error_codes"] == [9002327]
    with from_a_page(visitor):
        token = visitor.redeem(code).json()["refresh_token"]
    visitor.control("clock", advance_seconds=23 * 3600)
    with from_a_page(visitor):
        token = visitor.refresh(token).json()["refresh_token"]
    visitor.control("clock", advance_seconds=2 * 3600)
    with from_a_page(visitor):
        assert visitor.refresh(token).json()["error_codes"] == [700084]


def test_verifier_without_a_challenge_is_refused(visitor: Visitor) -> None:
    code = visitor.sign_in(code_challenge="", code_challenge_method="")
    assert visitor.redeem(code).json()["error_codes"] == [501481]
    code = visitor.sign_in(code_challenge="", code_challenge_method="")
    assert visitor.redeem(code, code_verifier="").status_code == 200


@pytest.mark.parametrize("challenge", ["short", "x" * 129, "ä" * 43])
def test_challenge_that_no_verifier_can_meet_is_refused(visitor: Visitor, challenge: str) -> None:
    assert answers_of(visitor.authorize(code_challenge=challenge))["error"] == "invalid_request"


def test_plain_challenge_is_the_verifier_itself(visitor: Visitor) -> None:
    plain = {"code_challenge": visitor.verifier, "code_challenge_method": "plain"}
    assert visitor.redeem(visitor.sign_in(**plain)).status_code == 200


def test_strict_rotation_ends_a_used_refresh_token(visitor: Visitor) -> None:
    visitor.control("tenant", strict_rotation=True)
    first = visitor.tokens()["refresh_token"]
    second = visitor.refresh(first).json()["refresh_token"]
    refused = visitor.refresh(first).json()
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [70000])
    assert visitor.refresh(second).status_code == 200


def test_refused_refresh_does_not_use_the_token_up(visitor: Visitor) -> None:
    visitor.control("tenant", strict_rotation=True)
    token = visitor.tokens()["refresh_token"]
    assert visitor.refresh(token, scope=f"{GRAPH}/Mail.Everything").status_code == 400
    assert visitor.refresh(token).status_code == 200


def test_sign_in_frequency_ends_what_refreshing_keeps_alive(visitor: Visitor) -> None:
    visitor.control("tenant", sign_in_frequency_seconds=3 * DAY)
    token = visitor.tokens()["refresh_token"]
    visitor.control("clock", advance_seconds=2 * DAY)
    token = visitor.refresh(token).json()["refresh_token"]
    visitor.control("clock", advance_seconds=DAY + 60)
    refused = visitor.refresh(token).json()
    assert refused["error_codes"] == [70043]
    assert refused["suberror"] == "token_expired"
    assert f"for this request is {3 * DAY}." in refused["error_description"]


@pytest.mark.parametrize(("platform", "lives"), [("web", True), ("public", False)])
def test_new_password_ends_only_what_public_clients_hold(
    visitor: Visitor, platform: str, *, lives: bool
) -> None:
    visitor.control("apps", client_id="client-1", platform=platform)
    visitor.secret = "s3cret" if platform == "web" else ""
    token = visitor.tokens()["refresh_token"]
    visitor.control("users", address=SUPPORT, password="other")
    answer = visitor.refresh(token)
    assert (answer.status_code == 200) is lives
    if not lives:
        assert answer.json()["error_codes"] == [50173]


def test_consent_to_one_address_of_exchange_counts_for_the_other(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", delegated=[f"{OUTLOOK}/IMAP.AccessAsUser.All"])
    scope = f"{EXCHANGE}/IMAP.AccessAsUser.All offline_access"
    answer = visitor.redeem(visitor.sign_in(scope=scope), scope=scope)
    assert answer.json()["scope"] == f"{EXCHANGE}/IMAP.AccessAsUser.All"


def test_default_means_what_was_consented_there(visitor: Visitor) -> None:
    allowed = [f"{GRAPH}/Mail.Send", f"{OUTLOOK}/SMTP.Send"]
    visitor.control("apps", client_id="client-1", delegated=allowed)
    scope = f"{OUTLOOK}/.default {OIDC}"
    answer = visitor.redeem(visitor.sign_in(scope=scope), scope=scope)
    assert answer.json()["scope"] == f"{OUTLOOK}/SMTP.Send"


def test_default_stands_alone(visitor: Visitor) -> None:
    mixed = f"{GRAPH}/.default {GRAPH}/Mail.Send"
    assert answers_of(visitor.authorize(scope=mixed))["error"] == "invalid_scope"


def test_code_for_two_resources_is_redeemed_one_by_one(visitor: Visitor) -> None:
    both = f"{MAIL_SCOPES} {OUTLOOK}/SMTP.Send {OIDC}"
    first = visitor.redeem(visitor.sign_in(scope=both), scope="").json()
    assert set(first["scope"].split()) == set(MAIL_SCOPES.split())
    second = visitor.refresh(first["refresh_token"], scope=f"{OUTLOOK}/SMTP.Send").json()
    assert second["scope"] == f"{OUTLOOK}/SMTP.Send"


@pytest.mark.parametrize(
    ("hint", "code"), [("consumers", 50020), ("fabrikam.example", 50020), ("live.com", 50020)]
)
def test_domain_hint_for_others_ends_where_their_account_does_not_exist(
    visitor: Visitor, hint: str, code: int
) -> None:
    page = visitor.authorize(domain_hint=hint)
    assert page.status_code == 400
    assert f"AADSTS{code}:" in page.text


@pytest.mark.parametrize("hint", ["organizations", "contoso.test", "Contoso.Test"])
def test_domain_hint_for_this_tenant_goes_on(visitor: Visitor, hint: str) -> None:
    assert "Pick an account" in visitor.authorize(domain_hint=hint).text


def test_signing_out_forgets_the_browser_and_leads_home(visitor: Visitor) -> None:
    visitor.sign_in()
    target = "http://localhost:8080/oauth/callback"
    path = "/contoso.test/oauth2/v2.0/logout"
    away = visitor.http.get(path, params={"post_logout_redirect_uri": target})
    assert away.headers["Location"] == target
    assert "Pick an account" in visitor.authorize().text
    stays = visitor.http.get(path, params={"post_logout_redirect_uri": "https://evil.example/"})
    assert "You signed out" in stays.text


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"platform": "desktop"}, "platform must be one of web, public, spa"),
        ({"configured_application": ["Mail.Everything"]}, "unknown permission Mail.Everything"),
        ({"configured_delegated": ["https://x.test/y"]}, "unknown permission"),
        ({"certificates": "x"}, "wrong type"),
    ],
)
def test_wrong_registration_is_refused(
    visitor: Visitor, payload: dict[str, object], told: str
) -> None:
    answer = visitor.http.post("/_sandbox/apps", json={"client_id": "client-1", **payload})
    assert answer.status_code == 400
    assert told in answer.json()["error"]
