"""Service accounts: a signed assertion, domain-wide delegation, and the kinds of refusal."""

import time
from typing import Any

import jwt
import pytest

from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import (
    CONSUMER,
    MAIL,
    SEND,
    SERVICE,
    SUPPORT,
    GoogleDesk,
    error_of,
    sign_assertion,
)
from tests.sandbox.visitor import Visitor

KEY, OTHER = client_key("service"), client_key("other")
IMAP_ADMIN = "https://www.googleapis.com/auth/gmail.imap_admin"
NOT_SHORT = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


@pytest.fixture
def google(visitor: Visitor) -> GoogleDesk:
    """A service account with one key, allowed to reach mail."""
    visitor.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": KEY.certificate_pem},
        delegated=[MAIL, IMAP_ADMIN],
    )
    return GoogleDesk(visitor)


def test_assertion_with_subject_opens_that_mailbox(google: GoogleDesk) -> None:
    answer = google.post_assertion(sign_assertion(KEY))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {"access_token", "expires_in", "token_type"}
    known = google.introspect(told["access_token"], protocol="smtp")
    assert known["username"] == SUPPORT
    assert known["client_id"] == google.visitor.look("google")["service_accounts"][0]["client_id"]


@pytest.mark.parametrize("key_id", ["key-1", None])
def test_key_is_found_by_its_id_or_tried(google: GoogleDesk, key_id: str | None) -> None:
    assert google.post_assertion(sign_assertion(KEY, key_id=key_id)).status_code == 200


def test_scope_for_all_labels_opens_imap_only(google: GoogleDesk) -> None:
    token = google.post_assertion(sign_assertion(KEY, scope=IMAP_ADMIN)).json()["access_token"]
    assert google.introspect(token, protocol="imap")["active"] is True
    assert google.introspect(token, protocol="smtp") == {"active": False}


def test_own_address_of_the_token_endpoint_is_an_audience_too(google: GoogleDesk) -> None:
    audience = f"{google.visitor.sandbox.url}/google/token"
    assert google.post_assertion(sign_assertion(KEY, aud=audience)).status_code == 200


def test_without_subject_the_token_opens_no_mailbox(google: GoogleDesk) -> None:
    token = google.post_assertion(sign_assertion(KEY, sub=None)).json()["access_token"]
    assert google.introspect(token) == {"active": False}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"iss": "nobody@project.iam.gserviceaccount.com"},
         (400, "invalid_grant", "Invalid grant: account not found")),
        ({"iss": None}, (400, "invalid_grant", "Invalid grant: account not found")),
        ({"aud": "https://example.com"},
         (400, "invalid_grant", "Invalid JWT: Failed audience check.")),
        ({"aud": None}, (400, "invalid_grant", "Invalid JWT: Failed audience check.")),
        ({"exp": None}, (400, "invalid_grant", NOT_SHORT)),
        ({"iat": None}, (400, "invalid_grant", NOT_SHORT)),
        ({"exp": int(time.time()) + 7200}, (400, "invalid_grant", NOT_SHORT)),
        ({"exp": 10**400}, (400, "invalid_grant", NOT_SHORT)),
        ({"iat": True}, (400, "invalid_grant", NOT_SHORT)),
        ({"scope": ""}, (400, "invalid_scope", "Empty or missing scope not allowed.")),
        ({"scope": "https://mail.google.com"},
         (400, "invalid_scope", "Invalid OAuth scope or ID audience provided.")),
        ({"sub": "ghost@workspace.test"}, (400, "invalid_grant", "Invalid email or User ID")),
        ({"sub": "ghost"}, (400, "invalid_grant", "Not a valid email or user ID.")),
    ],
)  # fmt: skip
def test_wrong_assertion_is_refused_in_googles_words(
    google: GoogleDesk, changes: dict[str, Any], told: tuple[int, str, str]
) -> None:
    assert error_of(google.post_assertion(sign_assertion(KEY, **changes))) == told


@pytest.mark.parametrize("changes", [{"scope": SEND}, {"scope": f"{MAIL} {SEND}"},
                                     {"sub": CONSUMER}])  # fmt: skip
def test_delegation_covers_its_scopes_and_its_own_workspace(
    google: GoogleDesk, changes: dict[str, Any]
) -> None:
    answer = google.post_assertion(sign_assertion(KEY, **changes))
    status, error, told = error_of(answer)
    assert (status, error) == (401, "unauthorized_client")
    assert told.startswith("Client is unauthorized to retrieve access tokens using this method")


def test_signature_counts(google: GoogleDesk) -> None:
    refusal = (400, "invalid_grant", "Invalid JWT Signature.")
    assert error_of(google.post_assertion(sign_assertion(OTHER))) == refusal
    assert error_of(google.post_assertion(sign_assertion(KEY, key_id="key-2"))) == refusal
    good = sign_assertion(KEY)
    assert error_of(google.post_assertion(f"{good[:-8]}AAAAAAAA")) == refusal
    unsigned = jwt.encode({"iss": SERVICE}, "", algorithm="none")
    assert error_of(google.post_assertion(unsigned)) == refusal


@pytest.mark.parametrize("text", ["a.b.c", "x", "W10.W10.W10", "." * 40000])
def test_what_is_no_jwt_is_an_invalid_grant(google: GoogleDesk, text: str) -> None:
    assert error_of(google.post_assertion(text))[:2] == (400, "invalid_grant")


def test_assertion_is_judged_by_the_sandboxs_clock(google: GoogleDesk) -> None:
    google.control("clock", advance_seconds=2 * 3600)
    assert error_of(google.post_assertion(sign_assertion(KEY)))[2] == NOT_SHORT
    later = int(time.time()) + 2 * 3600
    fresh = sign_assertion(KEY, iat=later, exp=later + 3600)
    assert google.post_assertion(fresh).status_code == 200


def test_disabled_service_account_loses_its_tokens_and_gets_none(google: GoogleDesk) -> None:
    token = google.post_assertion(sign_assertion(KEY)).json()["access_token"]
    google.control("google_service_accounts", email=SERVICE, disabled=True)
    assert google.introspect(token) == {"active": False}
    assert google.post_assertion(sign_assertion(KEY)).status_code == 400


def test_password_of_the_person_does_not_matter(google: GoogleDesk) -> None:
    token = google.post_assertion(sign_assertion(KEY)).json()["access_token"]
    google.control("google_accounts", address=SUPPORT, password="new")
    assert google.introspect(token)["active"] is True
