"""The control calls about Google: what they change, and what they refuse."""

from typing import Any

import pytest

from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import CLIENT_ID, CONSUMER, MAIL, SERVICE, SUPPORT
from tests.sandbox.visitor import Visitor


def test_fresh_world_has_a_workspace_a_consumer_and_one_client(visitor: Visitor) -> None:
    google = visitor.look("google")
    assert [one["address"] for one in google["accounts"]] == [
        SUPPORT,
        "anna@workspace.test",
        CONSUMER,
    ]
    assert [one["domain"] for one in google["accounts"]][::2] == ["workspace.test", ""]
    assert [one["client_id"] for one in google["clients"]] == [CLIENT_ID]
    assert google["clients"][0]["publishing"] == "production"
    assert "GOCSPX" not in str(google)


def test_ids_are_numbers_and_the_same_in_every_run(visitor: Visitor) -> None:
    before = visitor.look("google")["accounts"]
    visitor.control("reset")
    assert visitor.look("google")["accounts"] == before
    assert all(one["id"].isdecimal() and len(one["id"]) == 21 for one in before)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("https://desk.example.com/oauth/callback", ""),
        ("http://localhost:8080/oauth/callback", ""),
        ("http://127.0.0.1/cb", ""),
        ("http://desk.example.com/cb", "must use https"),
        ("https://192.168.1.5/cb", "raw IP"),
        ("https://desk.local/cb", "public top-level domain"),
        ("https://desk.lan/cb", "public top-level domain"),
        ("https://desk/cb", "public top-level domain"),
        ("https://desk.example.com/cb#x", "fragment"),
        ("https://*.example.com/cb", "wildcard"),
        ("urn:ietf:wg:oauth:2.0:oob", "scheme http or https"),
        ("http://[", "no URI"),
    ],
)
def test_redirect_uris_follow_the_rules_of_googles_console(
    visitor: Visitor, uri: str, told: str
) -> None:
    payload = {"client_id": CLIENT_ID, "redirect_uris": [uri]}
    answer = visitor.http.post("/_sandbox/google_clients", json=payload)
    assert answer.status_code == (400 if told else 200)
    assert told in answer.text
    kept = visitor.look("google")["clients"][0]["redirect_uris"]
    assert (kept == [uri]) is not bool(told)


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("google", {"session": 1}, "unknown key session"),
        ("google", {"session_seconds": -1}, "must lie between"),
        ("google", {"auto_sign_in": "x@y.test"}, "no Google account"),
        ("google_accounts", {}, "address is missing"),
        ("google_accounts", {"address": "x"}, "e-mail address"),
        ("google_accounts", {"address": "x@y.test", "remove": True}, "no Google account"),
        ("google_clients", {"client_id": "c", "user_type": "public"}, "external, internal"),
        ("google_clients", {"client_id": "c", "publishing": "draft"}, "testing, production"),
        ("google_service_accounts", {"email": SERVICE, "keys": []}, "keys must be an object"),
        ("google_service_accounts", {"email": SERVICE, "keys": {"k": "x"}}, "PEM"),
        ("google_service_accounts", {"email": SERVICE, "delegated": ["x"]}, "unknown scope x"),
        ("google_service_accounts", {"email": SERVICE, "remove": True}, "no service account"),
        ("faults", {"surface": "google"}, "google_token"),
    ],
)
def test_wrong_call_says_what_is_wrong_and_changes_nothing(
    visitor: Visitor, name: str, payload: dict[str, Any], told: str
) -> None:
    before = visitor.look("google")
    answer = visitor.http.post(f"/_sandbox/{name}", json=payload)
    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert visitor.look("google") == before


def test_public_key_or_certificate_is_kept_and_a_private_key_refused(visitor: Visitor) -> None:
    key = client_key("service")
    told = visitor.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": key.certificate_pem},
        delegated=[MAIL],
    )
    assert told["keys"] == ["key-1"]
    private = {"email": SERVICE, "keys": {"key-1": key.key_pem}}
    assert visitor.http.post("/_sandbox/google_service_accounts", json=private).status_code == 400


def test_account_that_signs_in_by_itself_can_be_removed(visitor: Visitor) -> None:
    visitor.control("google", auto_sign_in=SUPPORT)
    visitor.control("google_accounts", address=SUPPORT, remove=True)
    assert visitor.look("google")["switches"]["auto_sign_in"] == ""


def test_first_page_says_what_to_enter_for_google(visitor: Visitor) -> None:
    page = visitor.http.get("/").text
    for told in (CLIENT_ID, "GOCSPX-s3cret", SUPPORT, "external, in production"):
        assert told in page
