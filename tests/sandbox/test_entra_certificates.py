"""Certificates instead of secrets: which assertions Entra takes, and how it refuses the rest."""

import base64
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.sandbox.client_keys import ASSERTION_TYPE, client_key
from tests.sandbox.visitor import GRAPH, Visitor

DAY = 86400
DESK = client_key()
AUDIENCE = "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token"


@pytest.fixture
def certified(visitor: Visitor) -> Visitor:
    """An application with a certificate and no secret."""
    visitor.control("apps", client_id="client-1", secrets=[], certificates=[DESK.certificate_pem])
    visitor.secret = ""
    return visitor


def ask(visitor: Visitor, assertion: str, **changes: str) -> httpx.Response:
    fields = {
        "grant_type": "client_credentials",
        "scope": f"{GRAPH}/.default",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return visitor.post_token(**(fields | changes))


@pytest.mark.parametrize(
    ("algorithm", "headers"),
    [
        ("RS256", {"x5t": DESK.x5t}),
        ("PS256", {"x5t#S256": DESK.x5t_s256}),
        ("PS256", {"x5t#S256": DESK.x5t_s256, "x5c": [DESK.der_base64]}),
        ("RS256", {"x5t": DESK.x5t, "x5t#S256": DESK.x5t_s256}),
    ],
)
def test_both_forms_are_taken(certified: Visitor, algorithm: str, headers: dict[str, Any]) -> None:
    answer = ask(certified, DESK.sign(algorithm=algorithm, headers=headers))
    assert answer.status_code == 200, answer.text
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["appidacr"] == "2"
    assert "Mail.ReadWrite" in claims["roles"]


def test_code_and_refresh_token_can_be_redeemed_with_a_certificate(certified: Visitor) -> None:
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": DESK.sign()}
    tokens = certified.redeem(certified.sign_in(), **proof)
    assert tokens.status_code == 200
    renewed = certified.refresh(
        tokens.json()["refresh_token"],
        client_assertion_type=ASSERTION_TYPE,
        client_assertion=DESK.sign(),
    )
    assert renewed.status_code == 200


@pytest.mark.parametrize(
    "audience",
    [
        AUDIENCE,
        "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/token",
        "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
        "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
    ],
)
def test_token_endpoint_or_issuer_is_a_good_audience(certified: Visitor, audience: str) -> None:
    assert ask(certified, DESK.sign(audience=audience)).status_code == 200


def test_own_address_is_a_good_audience(certified: Visitor) -> None:
    audience = f"{certified.sandbox.url}/contoso.test/oauth2/v2.0/token"
    assert ask(certified, DESK.sign(audience=audience)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"audience": "https://login.microsoftonline.com/fabrikam.test/oauth2/token"}, 700023),
        ({"audience": "https://evil.example/contoso.test/oauth2/v2.0/token"}, 700023),
        ({"audience": "http://[", "jti": "x"}, 700023),
        ({"audience": ["a"]}, 700023),
        ({"audience": AUDIENCE + "/more"}, 700023),
        ({"iss": "client-2"}, 700021),
        ({"sub": "client-2"}, 700021),
        ({"exp": 1_500_000_000}, 700024),
        ({"nbf": 4_000_000_000, "exp": 4_000_000_600}, 700024),
        ({"exp": None}, 50027),
        ({"exp": "soon"}, 50027),
        ({"exp": 1e300}, 50027),
        ({"jti": None}, 50027),
        ({"headers": {}}, 50027),
        ({"headers": {"x5t#S256": "unknown"}}, 700027),
        ({"headers": {"x5t": DESK.x5t, "x5t#S256": "unknown"}}, 700027),
        ({"headers": {"x5t#S256": DESK.x5t_s256, "x5c": ["!"]}}, 50027),
        (
            {"headers": {"x5t#S256": DESK.x5t_s256, "x5c": [base64.b64encode(b"x").decode()]}},
            700027,
        ),
        ({"headers": {"x5t#S256": DESK.x5t_s256, "x5c": []}}, 700027),
    ],
)
def test_wrong_assertion_is_refused_by_its_own_code(
    certified: Visitor, changes: dict[str, Any], code: int
) -> None:
    answer = ask(certified, DESK.sign(**changes))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.json()["error_codes"] == [code]


def test_key_that_was_never_uploaded_is_named_by_its_thumbprint(certified: Visitor) -> None:
    stranger = client_key("stranger")
    answer = ask(certified, stranger.sign()).json()
    assert answer["error_codes"] == [700027]
    assert "The key was not found." in answer["error_description"]
    assert stranger.x5t_s256 in answer["error_description"]


def test_signature_of_another_key_under_our_thumbprint_is_refused(certified: Visitor) -> None:
    forged = client_key("stranger").sign(headers={"x5t#S256": DESK.x5t_s256})
    answer = ask(certified, forged).json()
    assert answer["error_codes"] == [700027]
    assert "verify the signature failed" in answer["error_description"]


def test_changed_claims_break_the_signature(certified: Visitor) -> None:
    head, _, signature = DESK.sign().split(".")
    body = DESK.sign(exp=4_000_000_000).split(".")[1]
    assert ask(certified, f"{head}.{body}.{signature}").json()["error_codes"] == [700027]


def test_ended_certificate_is_refused_by_the_tenants_clock(visitor: Visitor) -> None:
    short = client_key("short", days=2)
    visitor.control("apps", client_id="client-1", certificates=[short.certificate_pem])
    visitor.secret = ""
    assert ask(visitor, short.sign()).status_code == 200
    visitor.control("clock", advance_seconds=3 * DAY)
    answer = ask(visitor, short.sign(nbf=0, exp=4_000_000_000)).json()
    assert answer["error_codes"] == [700027]
    assert "expired" in answer["error_description"]


def test_wrong_clock_of_the_client_is_told_with_all_three_moments(certified: Visitor) -> None:
    certified.control("clock", advance_seconds=3600)
    answer = ask(certified, DESK.sign()).json()
    assert answer["error_codes"] == [700024]
    assert answer["error_description"].count("Z") >= 3


@pytest.mark.parametrize(
    "assertion",
    ["nonsense", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "x" * 40_000, "eyJhbGciOltdfQ.e30.x"],
)
def test_malformed_assertion_is_refused(certified: Visitor, assertion: str) -> None:
    answer = ask(certified, assertion)
    assert answer.status_code == 401
    assert answer.json()["error_codes"] == [50027]


def test_shared_key_algorithm_is_refused(certified: Visitor) -> None:
    made = jwt.encode({"iss": "client-1"}, "k" * 64, algorithm="HS256", headers={"x5t": DESK.x5t})
    assert ask(certified, made).json()["error_codes"] == [50027]


def test_assertion_needs_its_type_and_no_secret_beside_it(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", certificates=[DESK.certificate_pem])
    both = ask(visitor, DESK.sign())
    assert both.json()["error_codes"] == [9002313]
    visitor.secret = ""
    untyped = ask(visitor, DESK.sign(), client_assertion_type="")
    assert untyped.json()["error_codes"] == [900144]
    odd = ask(visitor, DESK.sign(), client_assertion_type="urn:something")
    assert odd.json()["error_codes"] == [9002313]


def test_one_assertion_may_be_sent_twice(certified: Visitor) -> None:
    """Client libraries keep an assertion for some minutes and send it again."""
    assertion = DESK.sign()
    assert [ask(certified, assertion).status_code for _ in range(2)] == [200, 200]


def test_several_certificates_are_good_side_by_side(visitor: Visitor) -> None:
    other = client_key("stranger")
    pems = [other.certificate_pem, DESK.certificate_pem]
    visitor.control("apps", client_id="client-1", certificates=pems)
    visitor.secret = ""
    assert ask(visitor, DESK.sign()).status_code == 200
    assert ask(visitor, other.sign()).status_code == 200
    listed = next(one for one in visitor.look("apps") if one["client_id"] == "client-1")
    assert [one["x5t#S256"] for one in listed["certificates"]] == [other.x5t_s256, DESK.x5t_s256]


def test_uploaded_certificate_has_to_be_one(visitor: Visitor) -> None:
    refused = visitor.http.post(
        "/_sandbox/apps", json={"client_id": "client-1", "certificates": ["-----BEGIN"]}
    )
    assert refused.status_code == 400
    assert "a certificate must be PEM" in refused.json()["error"]


def test_certificate_survives_snapshot_and_restore(certified: Visitor) -> None:
    certified.control("snapshot", name="with key")
    certified.control("apps", client_id="client-1", certificates=[])
    assert ask(certified, DESK.sign()).status_code == 401
    certified.control("restore", name="with key")
    assert ask(certified, DESK.sign()).status_code == 200


def test_elliptic_keys_are_refused_at_upload(visitor: Visitor) -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    refused = visitor.http.post(
        "/_sandbox/apps", json={"client_id": "client-1", "certificates": [pem]}
    )
    assert refused.status_code == 400
