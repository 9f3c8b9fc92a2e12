"""Who may speak to EWS: Basic, bearer tokens and impersonation, and what a stranger hears."""

import base64

import httpx
import pytest

from tests.sandbox.ews_line import (
    PATH,
    XML,
    app_token,
    ask,
    basic,
    code_of,
    envelope,
    impersonation,
    person_token,
)
from tests.sandbox.visitor import GRAPH, MAIL_SCOPES, Visitor


def challenges(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("WWW-Authenticate")


def test_stranger_hears_which_schemes_the_tenant_offers(visitor: Visitor) -> None:
    answer = ask(visitor, Authorization="")
    assert answer.status_code == 401
    assert answer.content == b""
    ntlm, plain, bearer = challenges(answer)
    assert ntlm == "NTLM"
    assert plain == 'Basic realm="127.0.0.1"'
    assert bearer.startswith('Bearer client_id="00000002-0000-0ff1-ce00-000000000000"')
    assert 'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"' in bearer
    assert "x-ms-diagnostics" not in answer.headers


def test_scheme_that_is_switched_off_opens_nothing(visitor: Visitor) -> None:
    assert ask(visitor).status_code == 200
    visitor.control("tenant", ews_schemes=["Bearer"])
    answer = ask(visitor)
    assert answer.status_code == 401
    assert [one.partition(" ")[0] for one in challenges(answer)] == ["Bearer"]


@pytest.mark.parametrize(
    "name",
    ["support@contoso.test", "SUPPORT@contoso.test", r"CONTOSO\support", r"contoso.test\support"],
)
def test_person_signs_in_by_password_under_each_of_their_names(visitor: Visitor, name: str) -> None:
    assert ask(visitor, **basic(name)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        basic(password="wrong")["Authorization"],
        basic("nobody@contoso.test")["Authorization"],
        basic(r"FABRIKAM\support")["Authorization"],
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:pw").decode(),
        "Digest username=x",
        "NTLM",
        "NTLM \xe4\xf6",
        "Basic \xe4\xf6",
        "Bearer \xe4\xf6",
        "Bearer",
    ],
)
def test_wrong_credentials_are_a_401_whatever_they_look_like(visitor: Visitor, header: str) -> None:
    raw = (b"Authorization", header.encode("latin-1"))
    answer = visitor.http.post(PATH, content=envelope(), headers=[raw, *XML.items()])
    assert answer.status_code == 401


def test_disabled_person_stays_outside(visitor: Visitor) -> None:
    token = person_token(visitor)
    visitor.control("users", address="support@contoso.test", disabled=True)
    assert ask(visitor).status_code == 401
    assert ask(visitor, **token).status_code == 401


def test_token_for_ews_opens_and_token_for_graph_does_not(visitor: Visitor) -> None:
    assert ask(visitor, **person_token(visitor)).status_code == 200
    answer = ask(visitor, **person_token(visitor, scopes=MAIL_SCOPES))
    assert answer.status_code == 401
    assert answer.headers["x-ms-diagnostics"].startswith("2000003;reason=")
    assert GRAPH in answer.headers["x-ms-diagnostics"]


def test_expired_and_broken_tokens_are_told_apart_by_diagnostics(visitor: Visitor) -> None:
    token = person_token(visitor)
    visitor.control("clock", advance_seconds=90000)
    expired = ask(visitor, **token)
    assert expired.status_code == 401
    assert 'error_category="invalid_token"' in expired.headers["x-ms-diagnostics"]
    assert "expired" in expired.headers["x-ms-diagnostics"]
    broken = ask(visitor, Authorization="Bearer abc")
    assert broken.headers["x-ms-diagnostics"].startswith("2000001;")


def test_token_without_the_scope_is_a_403(visitor: Visitor) -> None:
    scope = "https://outlook.office365.com/IMAP.AccessAsUser.All"
    answer = ask(visitor, **person_token(visitor, scopes=scope))
    assert answer.status_code == 403
    assert answer.headers["x-ms-diagnostics"].startswith("2000008;")
    visitor.control("apps", client_id="client-1", application=["IMAP.AccessAsApp"])
    assert ask(visitor, **app_token(visitor)).status_code == 403


def test_application_has_to_name_whom_it_impersonates(visitor: Visitor) -> None:
    token = app_token(visitor)
    silent = ask(visitor, **token)
    assert silent.status_code == 500
    assert code_of(silent) == "ErrorInvalidExchangeImpersonationHeaderData"
    for kind in ("SmtpAddress", "PrimarySmtpAddress", "PrincipalName"):
        header = impersonation("support@contoso.test", kind)
        answer = ask(visitor, envelope(header=header), **token)
        assert (answer.status_code, code_of(answer)) == (200, "NoError")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (impersonation("nobody@contoso.test"), "ErrorNonExistentMailbox"),
        (impersonation("nobody@contoso.test", "PrincipalName"), "ErrorInvalidUserPrincipalName"),
        (impersonation("S-1-5-21-1", "SID"), "ErrorInvalidUserSid"),
        (impersonation("x", "Nickname"), "ErrorSchemaValidation"),
        ("<t:ExchangeImpersonation/>", "ErrorSchemaValidation"),
    ],
)
def test_impersonating_nobody_is_refused(visitor: Visitor, header: str, code: str) -> None:
    answer = ask(visitor, envelope(header=header), **app_token(visitor))
    assert (answer.status_code, code_of(answer)) == (500, code)


def test_person_needs_the_role_to_impersonate(visitor: Visitor) -> None:
    body = envelope(header=impersonation("anna@contoso.test"))
    assert code_of(ask(visitor, body)) == "ErrorImpersonateUserDenied"
    visitor.control("users", address="support@contoso.test", may_impersonate=True)
    assert code_of(ask(visitor, body)) == "NoError"


@pytest.mark.parametrize("path", ["/EWS/Exchange.asmx", "/ews/exchange.asmx", "/EWS/EXCHANGE.ASMX"])
def test_address_is_found_in_any_case_of_letters(visitor: Visitor, path: str) -> None:
    assert ask(visitor, path=path).status_code == 200


def test_browser_sees_the_service_page_only_after_signing_in(visitor: Visitor) -> None:
    assert visitor.http.get(PATH).status_code == 401
    answer = visitor.http.get(PATH, headers=basic())
    assert answer.status_code == 200
    assert "You have created a service" in answer.text
    assert visitor.http.put(PATH, headers=basic()).status_code == 405


def test_answer_repeats_the_clients_request_id_when_asked(visitor: Visitor) -> None:
    answer = ask(visitor, client_request_id="abc", return_client_request_id="true")
    assert answer.headers["client-request-id"] == "abc"
    assert len(answer.headers["request-id"]) == 36
    assert "client-request-id" not in ask(visitor, client_request_id="abc").headers


def test_anchor_mailbox_has_to_exist(visitor: Visitor) -> None:
    for anchor in ("support@contoso.test", "SMTP:help@contoso.test", "OID:1@2"):
        assert ask(visitor, X_AnchorMailbox=anchor).status_code == 200
    answer = ask(visitor, X_AnchorMailbox="nobody@contoso.test")
    assert answer.status_code == 404
    assert answer.headers["X-CasErrorCode"] == "UserNotFound"


def test_calls_stand_in_the_journal_under_their_operation(visitor: Visitor) -> None:
    ask(visitor)
    last = visitor.look("journal")[-1]
    assert (last["operation"], last["status"]) == ("ews GetFolder", 200)
