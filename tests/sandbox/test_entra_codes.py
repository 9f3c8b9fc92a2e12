"""Every AADSTS code that an administrator may meet can be ordered, in Entra's form."""

import re

import pytest

from postdesk_sandbox.entra.codes import CATALOGUE
from tests.sandbox.visitor import Visitor

GRANT, INTERACTION = "invalid_grant", "interaction_required"
# Code -> the values of `error` that Microsoft documents, or that were seen with it.
EXPECTED: dict[int, tuple[str, ...]] = {
    16000: (INTERACTION,),
    28000: ("invalid_request",),
    50000: ("server_error", "temporarily_unavailable"),
    50011: ("invalid_request",),
    50013: (GRANT,),
    50020: (GRANT,),
    50033: ("temporarily_unavailable", "server_error"),
    50034: (GRANT,),
    50053: (GRANT,),
    50055: (GRANT,),
    50057: (GRANT,),
    50058: ("login_required",),
    50072: (INTERACTION, GRANT),
    50074: (INTERACTION, GRANT),
    50076: (INTERACTION, GRANT),
    50078: (INTERACTION,),
    50079: (INTERACTION, GRANT),
    50087: ("temporarily_unavailable", "server_error"),
    50089: (GRANT,),
    50105: (GRANT,),
    50126: (GRANT,),
    50131: (INTERACTION,),
    50132: (GRANT,),
    50133: (GRANT,),
    50144: (GRANT,),
    50173: (GRANT,),
    50194: ("invalid_request",),
    50196: (GRANT, "invalid_request"),
    53000: (INTERACTION,),
    53001: (INTERACTION,),
    53003: (INTERACTION, "access_denied", GRANT),
    54005: (GRANT,),
    65001: ("consent_required", GRANT),
    65004: ("access_denied",),
    65005: ("invalid_client", "invalid_resource", "unauthorized_client"),
    70000: (GRANT,),
    70001: ("unauthorized_client",),
    70002: ("invalid_client", GRANT),
    70008: (GRANT,),
    70011: ("invalid_scope",),
    70016: ("authorization_pending",),
    70018: ("bad_verification_code",),
    70019: ("expired_token",),
    70043: (GRANT,),
    90002: ("invalid_request",),
    90006: ("temporarily_unavailable", "server_error"),
    90012: ("temporarily_unavailable", "server_error"),
    90014: ("invalid_request",),
    90024: ("temporarily_unavailable", "server_error"),
    90033: ("temporarily_unavailable", "server_error"),
    90038: ("invalid_request",),
    90055: ("temporarily_unavailable",),
    90072: (GRANT,),
    90094: ("consent_required", "access_denied"),
    90095: ("consent_required", "access_denied"),
    500011: ("invalid_resource",),
    500113: ("invalid_request",),
    500133: (GRANT,),
    501481: (GRANT,),
    530032: (GRANT,),
    530035: (GRANT,),
    530036: (GRANT,),
    650052: ("invalid_client", "invalid_resource", "unauthorized_client"),
    650053: ("invalid_client", "invalid_resource", "unauthorized_client"),
    650056: ("invalid_client", "invalid_resource", "unauthorized_client"),
    650057: ("invalid_client", "invalid_resource", "unauthorized_client"),
    700005: (GRANT,),
    700016: ("unauthorized_client",),
    700025: ("invalid_client",),
    700027: ("invalid_client",),
    700082: (GRANT,),
    700084: (GRANT,),
    900144: ("invalid_request",),
    900382: ("invalid_request",),
    900432: ("invalid_request",),
    900971: ("invalid_request",),
    1000031: ("unauthorized_client",),
    1002012: ("invalid_scope",),
    7000112: ("unauthorized_client",),
    7000215: ("invalid_client",),
    7000218: ("invalid_client",),
    7000222: ("invalid_client",),
    9001023: ("invalid_request",),
    9002313: ("invalid_request", GRANT),
    9002327: ("invalid_request",),
}
# Conditional Access says what is missing, for the client to take to the authorize page.
WITH_CLAIMS = (50072, 50074, 50076, 50078, 50079, 50131, 53000, 53001, 53003)
SUBERRORS = {
    50055: "user_password_expired",
    50144: "user_password_expired",
    50076: "basic_action",
    53003: "message_only",
    65001: "consent_required",
    70043: "token_expired",
}
TRANSIENT = (50000, 50033, 50087, 90006, 90012, 90024, 90033)


def test_table_knows_every_code_with_its_error() -> None:
    assert sorted(set(EXPECTED) - set(CATALOGUE)) == []
    wrong = {
        code: CATALOGUE[code]["error"]
        for code, errors in EXPECTED.items()
        if CATALOGUE[code]["error"] not in errors
    }
    assert wrong == {}


def test_table_has_nothing_but_known_fields() -> None:
    fields = {field for entry in CATALOGUE.values() for field in entry}
    assert fields == {"error", "sentence", "suberror", "status"}


def test_every_code_of_the_table_can_be_ordered_at_the_token_endpoint(visitor: Visitor) -> None:
    for code in sorted(CATALOGUE):
        visitor.control("faults", surface="token", code=code)
        answer = visitor.refresh("anything")
        payload = answer.json()
        assert payload["error_codes"] == [code]
        assert payload["error"] == CATALOGUE[code]["error"]
        text = payload["error_description"]
        assert text.startswith(f"AADSTS{code}: ")
        assert not re.search(r"<\w+>|\{\w+\}", text), text
        assert payload["error_uri"].endswith(f"code={code}")
        assert ("claims" in payload) == (code in WITH_CLAIMS), code
        assert answer.status_code == _status(code), code
        if code in SUBERRORS:
            assert payload["suberror"] == SUBERRORS[code]


def _status(code: int) -> int:
    if code in {90055, 50000}:
        return {90055: 429, 50000: 500}[code]
    if code in TRANSIENT:
        return 503
    if code == 650056:
        return 400
    return 401 if CATALOGUE[code]["error"] == "invalid_client" else 400


@pytest.mark.parametrize("code", [50011, 50020, 50053, 50105, 90002, 700016])
def test_codes_that_stay_on_entras_own_page(visitor: Visitor, code: int) -> None:
    visitor.control("faults", surface="authorize", code=code)
    page = visitor.authorize()
    assert page.status_code == 400
    assert f"AADSTS{code}:" in page.text
    assert "Location" not in page.headers


def test_older_wording_has_two_codes_and_lines(visitor: Visitor) -> None:
    visitor.control("faults", surface="token", code=54005, wrapper=70002)
    payload = visitor.refresh("anything").json()
    assert payload["error_codes"] == [70002, 54005]
    assert payload["error"] == "invalid_grant"
    assert payload["error_description"].startswith(
        "AADSTS70002: Error validating credentials. AADSTS54005: OAuth2 Authorization code was"
    )
    assert "\r\nTrace ID: " in payload["error_description"]


@pytest.mark.parametrize("status", [429, 503])
def test_html_with_retry_after_at_the_device_code_address_too(
    visitor: Visitor, status: int
) -> None:
    visitor.control("faults", surface="devicecode", status=status, html=True, retry_after=11)
    answer = visitor.http.post("/contoso.test/oauth2/v2.0/devicecode", data={})
    assert answer.status_code == status
    assert answer.headers["Retry-After"] == "11"
    assert answer.headers["Content-Type"].startswith("text/html")


def test_discovery_can_fail_on_order(visitor: Visitor) -> None:
    path = "/contoso.test/v2.0/.well-known/openid-configuration"
    visitor.control("faults", surface="discovery", status=503)
    assert visitor.http.get(path).status_code == 503
    assert visitor.http.get(path).status_code == 200


@pytest.mark.parametrize("surface", ["authorize", "discovery", "devicecode", "devicelogin"])
def test_code_for_entra_must_be_a_number(visitor: Visitor, surface: str) -> None:
    refused = visitor.http.post("/_sandbox/faults", json={"surface": surface, "code": "x"})
    assert refused.status_code == 400
