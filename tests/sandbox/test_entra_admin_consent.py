"""Administrators allow an application for everybody, in both forms of the address."""

import httpx
import pytest

from tests.sandbox.visitor import GRAPH, REDIRECT, Visitor, answers_of

SUPPORT, ANNA = "support@contoso.test", "anna@contoso.test"
V1, V2 = "/contoso.test/adminconsent", "/contoso.test/v2.0/adminconsent"


@pytest.fixture
def unknown(visitor: Visitor) -> Visitor:
    """An application that nobody has allowed anything."""
    visitor.control(
        "apps",
        client_id="client-1",
        delegated=[],
        application=[],
        configured_delegated=["Mail.ReadWrite", "Mail.Send"],
        configured_application=[f"{GRAPH}/Mail.ReadWrite"],
    )
    return visitor


def walk(
    visitor: Visitor, path: str, step: str, account: str = SUPPORT, **query: str
) -> httpx.Response:
    params = {"client_id": "client-1", "redirect_uri": REDIRECT, "state": "s1"} | query
    form = {"step": "password", "account": account, "password": "pw"}
    page = visitor.http.post(path, params=params, data=form)
    if not step or "Permissions requested" not in page.text:
        return page
    return visitor.http.post(path, params=params, data={"step": step, "account": account})


def test_version_1_allows_all_that_is_configured(unknown: Visitor) -> None:
    page = walk(unknown, V1, "")
    assert "Mail.ReadWrite" in page.text
    assert "Mail.Send" in page.text
    assert "Without a person, in all mailboxes" in page.text
    answers = answers_of(walk(unknown, V1, "admin_consent"))
    assert answers == {
        "admin_consent": "True",
        "tenant": "11111111-2222-3333-4444-555555555555",
        "state": "s1",
    }
    app = next(one for one in unknown.look("apps") if one["client_id"] == "client-1")
    assert app["delegated"] == [f"{GRAPH}/Mail.ReadWrite", f"{GRAPH}/Mail.Send"]
    assert app["application"] == [f"{GRAPH}/Mail.ReadWrite"]


def test_version_2_allows_what_the_scope_names(unknown: Visitor) -> None:
    scope = f"{GRAPH}/Mail.Send"
    answers = answers_of(walk(unknown, V2, "admin_consent", scope=scope))
    assert answers["scope"] == scope
    assert answers["admin_consent"] == "True"
    app = next(one for one in unknown.look("apps") if one["client_id"] == "client-1")
    assert (app["delegated"], app["application"]) == ([scope], [])


def test_version_2_with_default_brings_the_application_permissions(unknown: Visitor) -> None:
    walk(unknown, V2, "admin_consent", scope=f"{GRAPH}/.default")
    app = next(one for one in unknown.look("apps") if one["client_id"] == "client-1")
    assert app["application"] == [f"{GRAPH}/Mail.ReadWrite"]
    assert len(app["delegated"]) == 2


def test_afterwards_nobody_is_asked(unknown: Visitor) -> None:
    unknown.control("tenant", user_consent_allowed=False)
    scope = f"{GRAPH}/Mail.ReadWrite"
    refused = answers_of(unknown.enter_password(ANNA, scope=scope))
    assert refused["error_description"].startswith("AADSTS90094:")
    walk(unknown, V1, "admin_consent")
    assert "code" in answers_of(unknown.enter_password(ANNA, scope=scope))


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [(V1, {}, "permission_denied"), (V2, {"scope": f"{GRAPH}/.default"}, "consent_required")],
)
def test_cancel_goes_back_with_the_error(
    unknown: Visitor, path: str, query: dict[str, str], error: str
) -> None:
    answers = answers_of(walk(unknown, path, "cancel", **query))
    assert answers["error"] == error
    assert answers["admin_consent"] == "True"
    assert answers["state"] == "s1"
    app = next(one for one in unknown.look("apps") if one["client_id"] == "client-1")
    assert app["delegated"] == []


@pytest.mark.parametrize("step", ["", "admin_consent"])
def test_somebody_else_may_not(unknown: Visitor, step: str) -> None:
    unknown.control("users", address=SUPPORT, admin=False)
    page = walk(unknown, V1, step)
    assert page.status_code == 400
    assert "AADSTS90093:" in page.text


def test_no_administrator_may_not_consent_for_everyone_on_the_usual_page(
    unknown: Visitor,
) -> None:
    unknown.control("users", address=SUPPORT, admin=False)
    page = unknown.enter_password(SUPPORT, scope=f"{GRAPH}/Mail.Send")
    assert "Consent for everyone" not in page.text
    fields = {"step": "consent", "account": SUPPORT, "everyone": "1"}
    forced = unknown.step(fields, scope=f"{GRAPH}/Mail.Send")
    assert "AADSTS90093:" in forced.text


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (V1, {"client_id": "nobody"}, 700016),
        (V1, {"redirect_uri": "https://evil.example/"}, 50011),
        (V1.replace("contoso", "fabrikam"), {}, 90002),
        (V1.replace("contoso.test", "common"), {}, 50194),
    ],
)
def test_what_stays_on_the_page(
    unknown: Visitor, path: str, query: dict[str, str], code: int
) -> None:
    page = walk(unknown, path, "", **query)
    assert f"AADSTS{code}:" in page.text


@pytest.mark.parametrize(
    ("scope", "code"), [("", 900144), (f"{GRAPH}/Nothing", 70011), ("https://x.test/y", 500011)]
)
def test_wrong_scope_goes_back(unknown: Visitor, scope: str, code: int) -> None:
    answers = answers_of(walk(unknown, V2, "", scope=scope))
    assert answers["error_description"].startswith(f"AADSTS{code}:")
