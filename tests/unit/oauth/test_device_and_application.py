"""Client credentials and device code, over msal with a canned network."""

import json
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from tests.unit.oauth.canned import DISCOVERY, Answer, tokens

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.oauth.application import Application, Certificate
from postdesk.oauth.certificates import make_key_pair
from postdesk.oauth.clouds import WORLDWIDE, pretend_tenant
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.oauth.refusal import SignInRefused

NOW = datetime(2027, 5, 1, 12, 0, 0, tzinfo=UTC)
DEFAULT = ["https://graph.microsoft.com/.default"]
SCOPES = ["https://graph.microsoft.com/Mail.ReadWrite"]
DEVICE = {
    "user_code": "BCDFGHJKL",
    "device_code": "device-secret",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
    "message": "Open https://microsoft.com/devicelogin and enter BCDFGHJKL.",
}
APP_TOKENS = {"token_type": "Bearer", "access_token": "at-app", "expires_in": 3599}


@pytest.fixture
def pair():
    return make_key_pair(valid_days=30, now=NOW)


@pytest.fixture
def public(make_provider, http):
    http.discovery = Answer(
        200,
        json.dumps({**DISCOVERY, "device_authorization_endpoint": "https://login/devicecode"}),
    )
    return make_provider(credential=None)


def test_client_credentials_name_one_scope_and_bring_nobody(provider, http):
    http.will_say(200, APP_TOKENS)

    granted = provider.acquire(DEFAULT)

    form = http.forms[0]
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == "https://graph.microsoft.com/.default"
    assert form["client_secret"] == "s3cret"
    assert (granted.access_token, granted.refresh_token) == ("at-app", "")
    assert granted.identity is None
    assert granted.scopes == tuple(DEFAULT)


def test_certificate_is_named_by_sha256_and_signs_by_ps256(http, pair):
    application = Application(
        cloud=WORLDWIDE, tenant="contoso.test", client_id="c-1", credential=pair.certificate
    )
    http.will_say(200, APP_TOKENS)

    MicrosoftProvider(application, http, now=NOW).acquire(DEFAULT)

    assertion = http.forms[0]["client_assertion"]
    header = jwt.get_unverified_header(assertion)
    claims = jwt.decode(assertion, options={"verify_signature": False})
    assert "client_secret" not in http.forms[0]
    assert header["alg"] == "PS256"
    assert "x5t" not in header
    digest = bytes.fromhex(pair.facts.sha256)
    assert jwt.utils.base64url_decode(header["x5t#S256"]) == digest
    assert claims["aud"] == DISCOVERY["token_endpoint"]
    assert (claims["iss"], claims["sub"]) == ("c-1", "c-1")
    assert claims["nbf"] == claims["iat"] == int(NOW.timestamp())
    assert claims["exp"] == int((NOW + timedelta(minutes=10)).timestamp())


def test_each_request_has_an_assertion_of_its_own(http, pair):
    application = Application(
        cloud=WORLDWIDE, tenant="contoso.test", client_id="c-1", credential=pair.certificate
    )
    provider = MicrosoftProvider(application, http)
    http.will_say(200, APP_TOKENS)
    http.will_say(200, APP_TOKENS)

    provider.acquire(DEFAULT)
    provider.acquire(DEFAULT)

    assert http.forms[0]["client_assertion"] != http.forms[1]["client_assertion"]


def test_certificate_that_cannot_be_read_stops_before_any_request(make_provider, http):
    broken = make_provider(credential=Certificate(certificate_pem="x", private_key_pem="y"))

    with pytest.raises(NeedsPerson) as caught:
        broken.acquire(DEFAULT)

    assert caught.value.code == "certificate_unusable"
    assert (http.forms, http.fetched) == ([], [])


def test_claims_are_replayed_in_renewal_and_in_client_credentials(provider, http):
    http.will_say(200, tokens(id_token=None))
    http.will_say(200, APP_TOKENS)

    provider.refresh("rt-1", SCOPES, claims='{"access_token":{}}')
    provider.acquire(DEFAULT, claims='{"access_token":{}}')

    assert [form["claims"] for form in http.forms] == ['{"access_token":{}}'] * 2


def test_renewal_without_claims_sends_none(provider, http):
    http.will_say(200, tokens(id_token=None))

    provider.refresh("rt-1", SCOPES)

    assert "claims" not in http.forms[0]


def test_code_may_be_redeemed_for_one_resource_of_several(provider, http):
    outlook = "https://outlook.office365.com/SMTP.Send"
    request = provider.begin(
        redirect_uri="https://desk/cb",
        scopes=[*SCOPES, outlook],
        redeem_scopes=SCOPES,
        state="s",
    )
    http.will_say(200, tokens(request.flow))

    provider.redeem(request.flow, {"state": "s", "code": "code-1"})

    assert "SMTP.Send" in request.url
    assert "SMTP.Send" not in http.forms[0]["scope"]
    assert SCOPES[0] in http.forms[0]["scope"]


def test_device_is_given_what_to_show_and_what_to_keep(public, http):
    http.will_say(200, DEVICE)

    request = public.begin_device(SCOPES)

    assert request.user_code == "BCDFGHJKL"
    assert request.verification_url == "https://microsoft.com/devicelogin"
    assert request.message == DEVICE["message"]
    assert (request.expires_in, request.interval) == (900, 5)
    assert json.loads(json.dumps(request.flow)) == request.flow
    assert "device-secret" not in repr(request)
    assert "client_secret" not in http.forms[0]


def test_pretend_tenant_shows_its_own_device_page(make_provider, http, public):
    provider = make_provider(credential=None, cloud=pretend_tenant("http://127.0.0.1:8180"))
    http.will_say(200, DEVICE)

    request = provider.begin_device(SCOPES)

    assert request.verification_url == "http://127.0.0.1:8180/devicelogin"
    assert "http://127.0.0.1:8180/devicelogin" in request.message


def test_device_sign_in_sends_no_secret_even_where_there_is_one(make_provider, http, public):
    provider = make_provider()
    http.will_say(200, DEVICE)
    http.will_say(200, tokens())

    provider.poll_device(provider.begin_device(SCOPES).flow)

    assert all("client_secret" not in form for form in http.forms)


FLOW = {"device_code": "device-secret", "interval": 5, "scope": SCOPES}


def test_poll_asks_once_and_never_waits(public, http, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("it waited"))
    http.will_say(400, {"error": "authorization_pending", "error_codes": [70016]})

    assert public.poll_device(FLOW) is None
    assert len(http.forms) == 1
    assert http.forms[0]["device_code"] == "device-secret"


def test_poll_that_came_too_soon_is_told_the_new_interval(public, http, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("it waited"))
    http.will_say(400, {"error": "slow_down"})

    with pytest.raises(TryLater) as caught:
        public.poll_device(FLOW)

    assert caught.value.retry_after == 10
    assert len(http.forms) == 1


def test_approved_device_brings_tokens_and_says_who_it_was(public, http):
    http.will_say(200, tokens())

    granted = public.poll_device(FLOW)

    assert granted.refresh_token == "rt-1"
    assert granted.identity.upn == "anna@contoso.test"


@pytest.mark.parametrize(
    "error", ["authorization_declined", "expired_token", "bad_verification_code"]
)
def test_device_sign_in_that_ended_needs_a_person(public, http, error):
    http.will_say(400, {"error": error})

    with pytest.raises(SignInRefused) as caught:
        public.poll_device(FLOW)

    assert caught.value.refusal.error == error


@pytest.mark.parametrize(
    "answer",
    [
        {**DEVICE, "interval": "soon"},
        {**DEVICE, "expires_in": None},
        {name: value for name, value in DEVICE.items() if name != "device_code"},
        "<html>busy</html>",
    ],
)
def test_senseless_answer_to_the_request_for_a_code_is_tried_later(public, http, answer):
    http.will_say(200, answer)

    with pytest.raises(TryLater):
        public.begin_device(SCOPES)


def test_unusual_description_of_the_endpoints_is_tried_later(provider, http):
    http.discovery = Answer(200, json.dumps({**DISCOVERY, "token_endpoint": "no address"}))

    with pytest.raises(TryLater):
        provider.acquire(DEFAULT)
