"""Google's token endpoint: codes, refresh tokens and how they die, introspection."""

from datetime import timedelta

import jwt
import pytest

from tests.sandbox.google_desk import CONSUMER, MAIL, SEND, SUPPORT, GoogleDesk, error_of
from tests.sandbox.visitor import Visitor

DEAD = (400, "invalid_grant", "Token has been expired or revoked.")
BAD = (400, "invalid_grant", "Bad Request")
DAY = timedelta(days=1).total_seconds()


@pytest.fixture
def google(visitor: Visitor) -> GoogleDesk:
    return GoogleDesk(visitor)


def test_code_becomes_opaque_tokens(google: GoogleDesk) -> None:
    told = google.tokens()
    assert told["access_token"].startswith("ya29.")
    assert told["refresh_token"].startswith("1//")
    assert told["expires_in"] == 3599
    assert told["token_type"] == "Bearer"
    assert told["scope"] == MAIL
    assert set(told) == {"access_token", "refresh_token", "expires_in", "token_type", "scope"}


def test_code_is_good_once_and_for_ten_minutes(google: GoogleDesk) -> None:
    code = google.code()
    assert google.redeem(code).status_code == 200
    assert error_of(google.redeem(code)) == BAD
    late = google.code()
    google.control("clock", advance_seconds=600)
    assert error_of(google.redeem(late)) == BAD


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "4/0Anothing"}, (400, "invalid_grant", "Malformed auth code.")),
        ({"code_verifier": ""}, (400, "invalid_grant", "Missing code verifier.")),
        ({"code_verifier": "x" * 50}, (400, "invalid_grant", "Invalid code verifier.")),
        ({"redirect_uri": "http://localhost/cb"}, (400, "redirect_uri_mismatch", "Bad Request")),
        ({"redirect_uri": ""},
         (400, "invalid_request", "Missing required parameter: redirect_uri")),
        ({"code": ""}, (400, "invalid_request", "Missing required parameter: code")),
        ({"grant_type": ""}, (400, "invalid_request", "Missing required parameter: grant_type")),
        ({"grant_type": "password"},
         (400, "unsupported_grant_type", "Invalid grant_type: password")),
        ({"client_id": "nobody"}, (401, "invalid_client", "The OAuth client was not found.")),
        ({"client_secret": "guess"}, (401, "invalid_client", "Unauthorized")),
        ({"client_secret": ""}, (400, "invalid_request", "client_secret is missing.")),
    ],
)  # fmt: skip
def test_wrong_redemption_is_refused_in_googles_words_and_spares_the_code(
    google: GoogleDesk, changes: dict[str, str], told: tuple[int, str, str]
) -> None:
    code = google.code()
    assert error_of(google.redeem(code, **changes)) == told
    assert google.redeem(code).status_code == 200


def test_verifier_without_a_challenge_is_refused(google: GoogleDesk) -> None:
    code = google.code(code_challenge="", code_challenge_method="")
    told = "code_verifier or verifier is not needed."
    assert error_of(google.redeem(code)) == (400, "invalid_grant", told)
    assert google.redeem(code, code_verifier="").status_code == 200


def test_secret_may_come_by_http_basic(google: GoogleDesk) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": google.tokens()["refresh_token"]}
    auth = (google.client_id, google.secret)
    assert google.http.post("/google/token", data=fields, auth=auth).status_code == 200


def test_refresh_token_comes_with_offline_access_and_the_consent_screen_only(
    google: GoogleDesk,
) -> None:
    assert "refresh_token" not in google.tokens(access_type="online")
    assert "refresh_token" not in google.tokens(prompt="")
    assert "refresh_token" in google.tokens(prompt="consent")


def test_first_consent_brings_a_refresh_token_without_a_prompt(google: GoogleDesk) -> None:
    assert "refresh_token" in google.tokens(prompt="")
    assert "refresh_token" not in google.tokens(prompt="")


def test_refreshing_does_not_rotate(google: GoogleDesk) -> None:
    token = google.tokens()["refresh_token"]
    first, second = google.refresh(token).json(), google.refresh(token).json()
    assert set(first) == {"access_token", "expires_in", "scope", "token_type"}
    assert first["access_token"] != second["access_token"]
    assert google.introspect(first["access_token"])["active"] is True


def test_refresh_may_ask_for_less_and_not_for_more(google: GoogleDesk) -> None:
    token = google.tokens(scope=f"openid {MAIL}")["refresh_token"]
    assert google.refresh(token, scope=MAIL).json()["scope"] == MAIL
    refused = google.refresh(token, scope=f"{MAIL} {SEND}")
    assert error_of(refused) == (400, "invalid_scope", "Bad Request")


def test_invented_refresh_token_and_that_of_another_client_are_told_apart(
    google: GoogleDesk,
) -> None:
    assert error_of(google.refresh("invented")) == BAD
    assert error_of(google.refresh("1//0invented")) == DEAD
    google.control("google_clients", client_id="other", secrets=["z"])
    theirs = google.refresh(google.tokens()["refresh_token"], client_id="other", client_secret="z")
    assert error_of(theirs) == (401, "unauthorized_client", "Unauthorized")


def test_testing_ends_a_refresh_token_after_seven_days_however_it_is_used(
    google: GoogleDesk,
) -> None:
    google.control("google_clients", client_id=google.client_id, publishing="testing")
    told = google.tokens()
    assert told["refresh_token_expires_in"] == 604799
    google.control("clock", advance_seconds=7 * DAY - 60)
    assert google.refresh(told["refresh_token"]).status_code == 200
    google.control("clock", advance_seconds=60)
    assert error_of(google.refresh(told["refresh_token"])) == DEAD


def test_published_or_internal_clients_keep_their_tokens(google: GoogleDesk) -> None:
    published = google.tokens()["refresh_token"]
    google.control(
        "google_clients", client_id=google.client_id, publishing="testing", user_type="internal"
    )
    internal = google.tokens()["refresh_token"]
    google.control("clock", advance_seconds=8 * DAY)
    assert google.refresh(published).status_code == 200
    assert google.refresh(internal).status_code == 200


def test_refresh_token_dies_after_six_months_without_use(google: GoogleDesk) -> None:
    used, unused = google.tokens()["refresh_token"], google.tokens()["refresh_token"]
    google.control("clock", advance_seconds=100 * DAY)
    assert google.refresh(used).status_code == 200
    google.control("clock", advance_seconds=100 * DAY)
    assert google.refresh(used).status_code == 200
    assert error_of(google.refresh(unused)) == DEAD


def test_new_password_ends_mail_tokens_and_spares_others(google: GoogleDesk) -> None:
    mail, identity = google.tokens(), google.tokens(scope="openid email")
    google.control("google_accounts", address=SUPPORT, password="new")
    assert error_of(google.refresh(mail["refresh_token"])) == DEAD
    assert google.introspect(mail["access_token"]) == {"active": False}
    assert google.refresh(identity["refresh_token"]).status_code == 200


def test_same_password_again_changes_nothing(google: GoogleDesk) -> None:
    token = google.tokens()["refresh_token"]
    google.control("google_accounts", address=SUPPORT, password="pw")
    assert google.refresh(token).status_code == 200


def test_oldest_of_more_than_a_hundred_refresh_tokens_goes(google: GoogleDesk) -> None:
    google.control("google", auto_sign_in=SUPPORT)
    first = google.tokens_without_pages()
    second = google.tokens_without_pages()
    for _ in range(99):
        google.tokens_without_pages()
    assert error_of(google.refresh(first)) == DEAD
    assert google.refresh(second).status_code == 200


def test_owner_takes_access_back(google: GoogleDesk) -> None:
    told = google.tokens()
    google.control("google_accounts", address=SUPPORT, revoke=True)
    assert error_of(google.refresh(told["refresh_token"])) == DEAD
    assert google.introspect(told["access_token"]) == {"active": False}
    assert "wants access" in google.enter_password(prompt="").text


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_client_revokes_the_whole_grant_by_either_token(google: GoogleDesk, kind: str) -> None:
    told = google.tokens()
    answer = google.http.post("/google/revoke", params={"token": told[kind]})
    assert (answer.status_code, answer.json()) == (200, {})
    assert error_of(google.refresh(told["refresh_token"])) == DEAD
    again = google.http.post("/google/revoke", data={"token": told[kind]})
    assert error_of(again) == (400, "invalid_token", "Token expired or revoked")


@pytest.mark.parametrize(
    ("change", "told"), [("remove", "Account has been deleted"),
                         ("disabled", "Account has been disabled")]
)  # fmt: skip
def test_account_that_is_gone_says_so(google: GoogleDesk, change: str, told: str) -> None:
    tokens = google.tokens()
    google.control("google_accounts", address=SUPPORT, **{change: True})
    assert error_of(google.refresh(tokens["refresh_token"])) == (400, "invalid_grant", told)
    assert google.introspect(tokens["access_token"]) == {"active": False}


def test_address_given_to_another_account_does_not_revive_tokens(google: GoogleDesk) -> None:
    token = google.tokens()["refresh_token"]
    google.control("google_accounts", address=SUPPORT, remove=True)
    google.control("google_accounts", address=SUPPORT)
    assert google.refresh(token).status_code == 400


@pytest.mark.parametrize(("change", "error"), [("deleted", "deleted_client"),
                                               ("disabled", "disabled_client")])  # fmt: skip
def test_client_that_is_shut_says_so(google: GoogleDesk, change: str, error: str) -> None:
    told = google.tokens()
    google.control("google_clients", client_id=google.client_id, **{change: True})
    assert error_of(google.refresh(told["refresh_token"]))[:2] == (401, error)
    assert google.introspect(told["access_token"]) == {"active": False}


def test_session_control_of_a_workspace_wants_a_fresh_sign_in(google: GoogleDesk) -> None:
    google.control("google", session_seconds=3600)
    ours, consumers = google.tokens()["refresh_token"], google.tokens(CONSUMER)["refresh_token"]
    assert google.refresh(ours).status_code == 200
    google.control("clock", advance_seconds=3600)
    refused = google.refresh(ours)
    assert error_of(refused) == (400, "invalid_grant", "reauth related error (invalid_rapt)")
    assert refused.json()["error_subtype"] == "invalid_rapt"
    assert google.refresh(consumers).status_code == 200


def test_restricted_gmail_ends_refreshing_in_the_workspace(google: GoogleDesk) -> None:
    token = google.tokens()["refresh_token"]
    google.control("google", restricts_gmail=True)
    assert error_of(google.refresh(token))[:2] == (400, "admin_policy_enforced")
    google.control("google", restricts_gmail=False)
    assert google.refresh(token).status_code == 200


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"error": "invalid_grant"}, DEAD),
        ({"error": "invalid_grant", "message": "Bad Request"}, BAD),
        ({"error": "invalid_grant", "suberror": "rapt_required"},
         (400, "invalid_grant", "reauth related error (rapt_required)")),
        ({"error": "invalid_client"}, (401, "invalid_client", "The OAuth client was not found.")),
        ({"error": "internal_failure", "status": 500}, (500, "internal_failure", "Bad Request")),
    ],
)  # fmt: skip
def test_any_refusal_can_be_ordered(
    google: GoogleDesk, fault: dict[str, object], told: tuple[int, str, str]
) -> None:
    token = google.tokens()["refresh_token"]
    google.control("faults", surface="google_token", **fault)
    assert error_of(google.refresh(token)) == told
    assert google.refresh(token).status_code == 200


def test_introspection_tells_whose_mailbox_until_the_token_ends(google: GoogleDesk) -> None:
    token = google.tokens()["access_token"]
    told = google.introspect(token, protocol="imap")
    assert told["active"] is True
    assert told["username"] == SUPPORT
    assert told["scope"] == MAIL
    assert told["client_id"] == google.client_id
    google.control("clock", advance_seconds=3599)
    assert google.introspect(token) == {"active": False}


def test_token_opens_no_other_mailbox_and_none_without_the_mail_scope(google: GoogleDesk) -> None:
    token = google.tokens()["access_token"]
    assert google.introspect(token, mailbox=SUPPORT.upper())["active"] is True
    assert google.introspect(token, mailbox=CONSUMER) == {"active": False}
    for scope in (SEND, "https://www.googleapis.com/auth/gmail.modify"):
        assert google.introspect(google.tokens(scope=scope)["access_token"]) == {"active": False}


def test_gmail_switched_off_lets_nobody_in(google: GoogleDesk) -> None:
    token = google.tokens()["access_token"]
    google.control("google_accounts", address=SUPPORT, gmail=False)
    assert google.introspect(token) == {"active": False}


def test_invented_token_and_unknown_protocol_are_refused(google: GoogleDesk) -> None:
    assert google.introspect("ya29.invented") == {"active": False}
    form = {"token": "ya29.x", "protocol": "nntp"}
    assert google.http.post("/_sandbox/introspect", data=form).status_code == 400


def test_id_token_tells_who_signed_in_and_is_signed_by_the_published_key(
    google: GoogleDesk,
) -> None:
    told = google.tokens(scope=f"openid email {MAIL}", nonce="nonce-1")
    found = google.http.get("/google/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(google.http.get(found["jwks_uri"]).json())
    claims = jwt.decode(
        told["id_token"],
        keys.keys[0].key,
        algorithms=["RS256"],
        audience=google.client_id,
        issuer=found["issuer"],
    )
    assert claims["email"] == SUPPORT
    assert claims["hd"] == "workspace.test"
    assert claims["nonce"] == "nonce-1"


def test_client_that_reroutes_uses_googles_own_paths(google: GoogleDesk) -> None:
    host = {"Host": "oauth2.googleapis.com"}
    form = {
        "client_id": google.client_id,
        "client_secret": google.secret,
        "grant_type": "refresh_token",
        "refresh_token": google.tokens()["refresh_token"],
    }
    assert google.http.post("/token", data=form, headers=host).status_code == 200
    assert google.http.post("/token", data=form).status_code == 404
    found = google.http.get(
        "/.well-known/openid-configuration", headers={"Host": "accounts.google.com"}
    ).json()
    assert found["token_endpoint"] == "https://oauth2.googleapis.com/token"


def test_reset_and_snapshot_hold_googles_grants_too(google: GoogleDesk) -> None:
    token = google.tokens()["refresh_token"]
    google.control("snapshot", name="with")
    google.control("reset")
    assert google.refresh(token).status_code == 400
    google.control("restore", name="with")
    assert google.refresh(token).status_code == 200
