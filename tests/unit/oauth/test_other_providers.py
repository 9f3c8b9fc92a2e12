"""Google and providers with typed endpoints, over a canned network."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from tests.sandbox.client_keys import client_key
from tests.unit.oauth.canned import FakeHttp, id_token

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.base.explain import explain
from postdesk.base.explanations import Outcome
from postdesk.oauth.generic import GenericApplication, GenericProvider, check_endpoint
from postdesk.oauth.google import (
    GOOGLE_MAIL_SCOPE,
    GOOGLE_TOKEN_URL,
    GoogleApplication,
    GoogleProvider,
    GoogleServiceAccount,
    read_service_account_key,
)
from postdesk.oauth.pkce import challenge_of
from postdesk.oauth.refusal import SignInRefused

MAIL = (GOOGLE_MAIL_SCOPE,)
BACK = {"redirect_uri": "https://desk.test/cb", "state": "state-1"}
TOKENS = {
    "access_token": "at-1",
    "refresh_token": "rt-1",
    "expires_in": 3599,
    "token_type": "Bearer",
}
KEY_FILE = {
    "type": "service_account",
    "client_email": "desk@project.test",
    "client_id": "123",
    "private_key": client_key("service").key_pem,
    "private_key_id": "key-1",
}


class KeptHttp(FakeHttp):
    """Keeps addresses and headers of the requests too."""

    def post(self, url, params=None, data=None, headers=None):
        self.sent = [*getattr(self, "sent", []), (url, dict(headers or {}))]
        return super().post(url, params=params, data=data, headers=headers)


@pytest.fixture
def http() -> KeptHttp:
    return KeptHttp()


@pytest.fixture
def google(http) -> GoogleProvider:
    return GoogleProvider(GoogleApplication(client_id="client-1", client_secret="s3cret"), http)


def generic(http, **changes: str) -> GenericProvider:
    usual = {
        "client_id": "client-1",
        "client_secret": "s:cret",
        "authorize_endpoint": "https://id.example/authorize?realm=mail",
        "token_endpoint": "https://id.example/token",
    }
    return GenericProvider(GenericApplication(**{**usual, **changes}), http)


def asked_of(request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def returned(provider, http, scopes=MAIL, **claims: object):
    """Redeem a code whose answer has an ID token with these claims."""
    request = provider.begin(scopes=scopes, **BACK)
    usual = {"iss": "https://accounts.google.com", "nonce": request.flow["nonce"], "sub": "1"}
    http.will_say(200, {**TOKENS, "id_token": id_token(**{**usual, **claims})})
    return provider.redeem(request.flow, {"state": "state-1", "code": "code-1"})


def test_google_is_asked_for_lasting_access_with_a_fresh_consent(google):
    request = google.begin(scopes=MAIL, login_hint="support@workspace.test", **BACK)

    asked = asked_of(request)
    assert request.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert asked["access_type"] == "offline"
    assert "consent" in asked["prompt"].split()
    assert GOOGLE_MAIL_SCOPE in asked["scope"].split()
    assert asked["login_hint"] == "support@workspace.test"
    assert asked["code_challenge"] == challenge_of(request.flow["code_verifier"])
    assert "code_verifier" not in asked


def test_sandbox_plays_google_for_the_browser(http):
    application = GoogleApplication(
        client_id="c", client_secret="s", browser_url="http://127.0.0.1:8180/"
    )

    request = GoogleProvider(application, http).begin(scopes=MAIL, **BACK)

    assert request.url.startswith("http://127.0.0.1:8180/google/o/oauth2/v2/auth?")


def test_code_is_redeemed_with_verifier_and_the_same_redirect(google, http):
    request = google.begin(scopes=MAIL, **BACK)
    http.will_say(200, TOKENS)

    granted = google.redeem(request.flow, {"state": "state-1", "code": "code-1"})

    assert http.sent[0][0] == GOOGLE_TOKEN_URL
    assert http.forms[0] == {
        "client_id": "client-1",
        "client_secret": "s3cret",
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": "https://desk.test/cb",
        "code_verifier": request.flow["code_verifier"],
    }
    assert granted.refresh_token == "rt-1"
    assert granted.identity is None


def test_id_token_says_who_signed_in(google, http):
    granted = returned(google, http, email="support@workspace.test", sub="42", hd="workspace.test")

    identity = granted.identity
    assert (identity.upn, identity.oid) == ("support@workspace.test", "42")
    assert identity.tenant_id == "workspace.test"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "somebody-else"}, {"iss": "https://elsewhere.test"}, {"nonce": "another"}],
)
def test_id_token_of_another_sign_in_is_refused(google, http, claims):
    with pytest.raises(NeedsPerson, match="not the one that was begun"):
        returned(google, http, **claims)


def test_id_token_that_is_none_is_refused(google, http):
    request = google.begin(scopes=MAIL, **BACK)
    http.will_say(200, {**TOKENS, "id_token": "garbage"})

    with pytest.raises(NeedsPerson):
        google.redeem(request.flow, {"state": "state-1", "code": "code-1"})


@pytest.mark.parametrize("state", ["", "state-2"])
def test_answer_to_another_sign_in_is_not_redeemed(google, http, state):
    request = google.begin(scopes=MAIL, **BACK)

    with pytest.raises(NeedsPerson):
        google.redeem(request.flow, {"state": state, "code": "code-1"})

    assert http.forms == []


def test_declined_consent_is_explained_without_a_request(google, http):
    request = google.begin(scopes=MAIL, **BACK)

    with pytest.raises(SignInRefused) as caught:
        google.redeem(request.flow, {"state": "state-1", "error": "access_denied"})

    assert caught.value.code == "Google access_denied"
    assert http.forms == []


def test_google_sends_no_second_refresh_token_and_none_is_made_up(google, http):
    http.will_say(200, {"access_token": "at-2", "expires_in": 3599, "token_type": "Bearer"})

    granted = google.refresh("rt-1", MAIL)

    assert (granted.access_token, granted.refresh_token) == ("at-2", "")
    assert granted.scopes == MAIL
    assert "scope" not in http.forms[0]


def test_session_control_is_read_from_the_subtype(google, http):
    http.will_say(400, {"error": "invalid_grant", "error_subtype": "invalid_rapt"})

    with pytest.raises(SignInRefused) as caught:
        google.refresh("rt-1", MAIL)

    assert caught.value.code == "Google invalid_rapt"
    assert explain(caught.value.code).outcome is Outcome.BLOCKED


def test_error_that_google_alone_does_not_list_is_explained_as_oauths(google, http):
    http.will_say(400, {"error": "unsupported_grant_type"})

    with pytest.raises(SignInRefused) as caught:
        google.refresh("rt-1", MAIL)

    assert caught.value.what == explain("unsupported_grant_type").happened


@pytest.mark.parametrize(
    ("status", "body"), [(503, ""), (429, "<html>"), (500, {"error": "server_error"}), (200, "[]")]
)
def test_what_passes_at_google_is_tried_later(google, http, status, body):
    http.will_say(status, body, retry_after=4.0)

    with pytest.raises(TryLater) as caught:
        google.refresh("rt-1", MAIL)

    assert caught.value.retry_after == 4.0


def test_service_account_signs_for_one_mailbox(http):
    http.will_say(200, {"access_token": "at-1", "expires_in": 3599, "token_type": "Bearer"})

    GoogleServiceAccount(KEY_FILE, http).acquire(MAIL, "support@workspace.test")

    form = http.forms[0]
    claims = jwt.decode(
        form["assertion"],
        client_key("service").key.public_key(),
        algorithms=["RS256"],
        audience=GOOGLE_TOKEN_URL,
    )
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "key-1"
    assert (claims["iss"], claims["sub"]) == ("desk@project.test", "support@workspace.test")
    assert claims["scope"] == GOOGLE_MAIL_SCOPE
    assert 0 < claims["exp"] - claims["iat"] <= 3600


def test_refused_assertion_is_no_matter_of_signing_in(http):
    http.will_say(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})

    with pytest.raises(SignInRefused) as caught:
        GoogleServiceAccount(KEY_FILE, http).acquire(MAIL, "support@workspace.test")

    assert explain(caught.value.code).outcome is Outcome.MISCONFIGURED


def test_key_file_is_read_as_google_hands_it_out():
    key = read_service_account_key(json.dumps(KEY_FILE))

    assert (key.client_email, key.unique_id) == ("desk@project.test", "123")
    assert key.private_key_id == "key-1"
    assert "PRIVATE" not in repr(key)


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '{"type": "authorized_user"}', '{"type": "service_account"}', "[" * 9999],
)
def test_file_that_is_no_key_is_refused(text):
    with pytest.raises(NeedsPerson) as caught:
        read_service_account_key(text)

    assert caught.value.code == "service_account_key"


def test_query_of_a_typed_endpoint_is_kept(http):
    request = generic(http).begin(scopes=["mail"], **BACK)

    assert request.url.startswith("https://id.example/authorize?realm=mail&client_id=client-1&")
    assert asked_of(request)["scope"] == "mail"
    assert "nonce" not in asked_of(request)


def test_secret_goes_by_basic_with_both_parts_encoded(http):
    http.will_say(200, TOKENS)

    generic(http).refresh("rt-1", ["mail"])

    scheme, _, pair = http.sent[0][1]["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"client-1:s%3Acret")
    assert "client_secret" not in http.forms[0]


def test_provider_that_takes_the_form_only_gets_the_form(http):
    http.will_say(401, {"error": "invalid_client"})
    http.will_say(200, TOKENS)

    assert generic(http).refresh("rt-1", ["mail"]).access_token == "at-1"

    assert "Authorization" not in http.sent[1][1]
    assert http.forms[1]["client_secret"] == "s:cret"


def test_other_refusals_are_not_asked_twice(http):
    http.will_say(400, {"error": "invalid_grant"})

    with pytest.raises(SignInRefused):
        generic(http).refresh("rt-1", ["mail"])

    assert len(http.forms) == 1


def test_public_client_sends_its_name_alone(http):
    http.will_say(400, {"error": "invalid_client"})

    with pytest.raises(SignInRefused):
        generic(http, client_secret="").refresh("rt-1", ["mail"])

    assert len(http.forms) == 1
    assert "Authorization" not in http.sent[0][1]
    assert "client_secret" not in http.forms[0]


def test_who_signed_in_is_known_where_openid_was_asked(http):
    granted = returned(generic(http), http, scopes=["mail", "openid"], sub="7", iss="https://any")

    assert (granted.identity.upn, granted.identity.oid) == ("anna@contoso.test", "7")


def test_kind_of_token_that_no_mail_server_takes_is_refused(http):
    http.will_say(200, {**TOKENS, "token_type": "DPoP"})

    with pytest.raises(NeedsPerson, match="DPoP"):
        generic(http).refresh("rt-1", ["mail"])


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 405, 410])
def test_place_that_gives_no_tokens_is_named(http, status):
    http.will_say(status, "<html>nothing here</html>")

    with pytest.raises(NeedsPerson) as caught:
        generic(http).refresh("rt-1", ["mail"])

    assert caught.value.code == "endpoint_unusable"


def test_page_of_a_proxy_is_no_slip_of_the_person(http):
    http.will_say(502, "<html>bad gateway</html>")

    with pytest.raises(TryLater):
        generic(http).refresh("rt-1", ["mail"])


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example/token",
        "https://id.example:8443/token",
        "http://localhost:8180/token",
        "http://127.0.0.1/token",
        "http://[::1]:80/token",
    ],
)
def test_endpoint_by_https_or_on_this_machine_is_taken(url):
    check_endpoint(url, name="token endpoint")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "id.example/token",
        "http://id.example/token",
        "http://127.0.0.1.example/token",
        "http://localhost.example/token",
        "https:///token",
        "https://name:word@id.example/token",
        "https://id.example/token#part",
        "https://id.example:port/token",
        "https://[::1/token",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_endpoint_that_secrets_must_not_go_to_is_refused(url):
    with pytest.raises(NeedsPerson) as caught:
        check_endpoint(url, name="token endpoint")

    assert caught.value.code == "endpoint_unusable"
    assert "token endpoint" in caught.value.what


def test_both_endpoints_are_checked_before_anything_is_sent(http):
    with pytest.raises(NeedsPerson, match="authorization endpoint"):
        generic(http, authorize_endpoint="http://id.example/authorize")
    with pytest.raises(NeedsPerson, match="token endpoint"):
        generic(http, token_endpoint="http://id.example/token")


def test_secrets_are_not_in_the_words_of_a_registration():
    for registration in (
        GoogleApplication(client_id="c", client_secret="hidden"),
        GenericApplication(
            client_id="c", client_secret="hidden", authorize_endpoint="", token_endpoint=""
        ),
    ):
        assert "hidden" not in repr(registration)
