"""The authorization code flow and the refresh, over msal with a canned network."""

import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.unit.oauth.canned import Answer, id_token, tokens

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.oauth.clouds import WORLDWIDE, pretend_tenant
from postdesk.oauth.pkce import challenge_of
from postdesk.oauth.protocols import MailProtocol
from postdesk.oauth.refusal import SignInRefused
from postdesk.oauth.scopes import scopes_for_sign_in

SCOPES = scopes_for_sign_in(WORLDWIDE, protocols=[MailProtocol.GRAPH], shared=False)
REDIRECT = "http://localhost:8080/oauth/callback"
EXPIRED = (
    "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on "
    "2026-05-11T17:20:18.9364763Z and was inactive for 90.00:00:00. Trace ID: 0000aaaa "
    "Correlation ID: aaaa0000 Timestamp: 2026-11-23 14:00:00Z"
)


def begin(provider, **changes):
    usual = {"redirect_uri": REDIRECT, "scopes": SCOPES, "state": "state-1"}
    return provider.begin(**{**usual, **changes})


def query_of(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def refusal(number, error="invalid_grant", **more):
    text = f"AADSTS{number}: Words of Microsoft. Trace ID: t Correlation ID: c Timestamp: now"
    return {"error": error, "error_codes": [number], "error_description": text, **more}


def test_sign_in_page_is_that_of_the_tenant_and_asks_for_everything_at_once(provider, http):
    request = begin(provider, login_hint="support@contoso.test")

    query = query_of(request)
    assert request.url.startswith(
        "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/authorize?"
    )
    assert query["prompt"] == "select_account"
    assert query["response_mode"] == "query"
    assert query["login_hint"] == "support@contoso.test"
    assert query["state"] == request.state == "state-1"
    assert {*SCOPES, "offline_access", "openid", "profile"} == set(query["scope"].split())
    assert http.fetched == []


def test_challenge_and_nonce_of_the_address_belong_to_the_kept_flow(provider):
    request = begin(provider)

    query = query_of(request)
    assert query["code_challenge"] == challenge_of(str(request.flow["code_verifier"]))
    assert query["code_challenge_method"] == "S256"
    nonce = str(request.flow["nonce"])
    assert query["nonce"] == hashlib.sha256(nonce.encode()).hexdigest()
    assert nonce not in request.url
    assert json.loads(json.dumps(request.flow)) == request.flow


def test_two_sign_ins_share_no_secret(provider):
    first, second = begin(provider), begin(provider)

    assert first.flow["code_verifier"] != second.flow["code_verifier"]
    assert first.flow["nonce"] != second.flow["nonce"]


def test_browser_goes_to_the_sandbox_for_a_pretend_tenant(make_provider):
    provider = make_provider(cloud=pretend_tenant("http://127.0.0.1:8180/"))

    assert begin(provider).url.startswith(
        "http://127.0.0.1:8180/contoso.test/oauth2/v2.0/authorize?"
    )


def test_claims_of_conditional_access_are_replayed(provider):
    claims = '{"access_token":{"acrs":{"essential":true}}}'

    assert query_of(begin(provider, claims=claims))["claims"] == claims


def test_code_is_redeemed_with_verifier_and_brings_tokens_and_identity(provider, http):
    request = begin(provider)
    http.will_say(200, tokens(request.flow))

    granted = provider.redeem(request.flow, {"state": "state-1", "code": "code-1"})

    form = http.forms[0]
    assert form["grant_type"] == "authorization_code"
    assert form["code"] == "code-1"
    assert form["code_verifier"] == request.flow["code_verifier"]
    assert form["redirect_uri"] == REDIRECT
    assert form["client_secret"] == "s3cret"
    assert (granted.access_token, granted.refresh_token) == ("at-1", "rt-1")
    assert granted.expires_in == 3599
    assert granted.scopes[:2] == ("Mail.ReadWrite", "Mail.Send")
    assert granted.identity.upn == "anna@contoso.test"
    assert granted.identity.oid == "oid-anna"
    assert granted.identity.tenant_id == "tenant-guid"


def test_tokens_do_not_show_in_a_repr(provider, http):
    request = begin(provider)
    http.will_say(200, tokens(request.flow))

    granted = provider.redeem(request.flow, {"state": "state-1", "code": "code-1"})

    shown = f"{granted!r} {request!r} {provider._application!r}"
    for secret in ("at-1", "rt-1", "s3cret", str(request.flow["code_verifier"])):
        assert secret not in shown


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "code-1"},
        {"state": "of-another", "code": "code-1"},
        {"state": "state-1"},
        {"state": "state-\ud800", "code": "code-1"},
        {"state": "of-another", "error": "access_denied"},
    ],
)
def test_answer_to_another_sign_in_is_refused_without_a_request(provider, http, answer):
    request = begin(provider)

    with pytest.raises(NeedsPerson) as caught:
        provider.redeem(request.flow, answer)

    assert "Authorize" in caught.value.remedy
    assert http.fetched == http.forms == []


def test_cancelled_consent_is_explained_as_declined(provider):
    request = begin(provider)
    answer = {"state": "state-1", "error": "access_denied", "error_subcode": "cancel"}

    with pytest.raises(SignInRefused) as caught:
        provider.redeem(request.flow, answer)

    assert caught.value.code == "AADSTS65004"
    assert caught.value.raw == "OAuth authorization failed: access_denied [65004]"


def test_id_token_of_another_sign_in_is_refused(provider, http):
    request = begin(provider)
    http.will_say(200, tokens(request.flow, id_token=id_token(nonce="of-another")))

    with pytest.raises(NeedsPerson) as caught:
        provider.redeem(request.flow, {"state": "state-1", "code": "code-1"})

    assert "not the one that was begun here" in caught.value.what


def test_id_token_for_another_application_is_refused(provider, http):
    request = begin(provider)
    nonce = hashlib.sha256(str(request.flow["nonce"]).encode()).hexdigest()
    http.will_say(200, tokens(id_token=id_token(aud="client-2", nonce=nonce)))

    with pytest.raises(NeedsPerson):
        provider.redeem(request.flow, {"state": "state-1", "code": "code-1"})


@pytest.mark.parametrize("rubbish", ["x", "a.b.c", "..", "a.W10.c"])
def test_id_token_that_is_rubbish_is_refused(provider, http, rubbish):
    request = begin(provider)
    http.will_say(200, tokens(id_token=rubbish))

    with pytest.raises(NeedsPerson):
        provider.redeem(request.flow, {"state": "state-1", "code": "code-1"})


def test_refresh_sends_the_token_and_returns_the_new_one(provider, http):
    http.will_say(200, tokens(access_token="at-2", refresh_token="rt-2", id_token=None))

    granted = provider.refresh("rt-1", SCOPES)

    form = http.forms[0]
    assert form["grant_type"] == "refresh_token"
    assert form["refresh_token"] == "rt-1"
    assert set(SCOPES) <= set(form["scope"].split())
    assert (granted.access_token, granted.refresh_token) == ("at-2", "rt-2")
    assert granted.identity is None


def test_answer_without_scope_grants_what_was_asked(provider, http):
    http.will_say(200, tokens(scope=None, id_token=None, refresh_token=None))

    granted = provider.refresh("rt-1", SCOPES)

    assert granted.scopes == SCOPES
    assert granted.refresh_token == ""


@pytest.mark.parametrize(
    ("said", "seconds"), [("3599", 3599), (-5, 0), (10**9, 172800), ("soon", 3599), (None, 3599)]
)
def test_length_of_life_is_a_sane_number_whatever_is_said(provider, http, said, seconds):
    http.will_say(200, {**tokens(id_token=None), "expires_in": said})

    assert provider.refresh("rt-1", SCOPES).expires_in == seconds


def test_refused_refresh_carries_the_line_of_the_history_word_for_word(provider, http):
    http.will_say(
        400,
        {"error": "invalid_grant", "error_codes": [700082], "error_description": EXPIRED},
    )

    with pytest.raises(SignInRefused) as caught:
        provider.refresh("rt-1", SCOPES)

    assert caught.value.code == "AADSTS700082"
    assert caught.value.raw == (
        "OAuth token request failed (statusCode: 400): invalid_grant [700082] AADSTS700082: The "
        "refresh token has expired due to inactivity. The token was issued on "
        "2026-05-11T17:20:18.9364763Z and was inactive for 90.00:00:00."
    )
    assert caught.value.refusal.description.trace_id == "0000aaaa"
    assert "90 days" in caught.value.what


def test_wrong_secret_comes_as_401_and_asks_for_the_secret(provider, http):
    http.will_say(401, refusal(7000215, "invalid_client"))

    with pytest.raises(SignInRefused) as caught:
        provider.refresh("rt-1", SCOPES)

    assert caught.value.code == "AADSTS7000215"
    assert "(statusCode: 401): invalid_client [7000215]" in caught.value.raw
    assert "Value" in caught.value.remedy


def test_claims_and_suberror_of_a_refusal_are_kept(provider, http):
    http.will_say(400, refusal(53003, "interaction_required", claims="{}", suberror="basic_action"))

    with pytest.raises(SignInRefused) as caught:
        provider.refresh("rt-1", SCOPES)

    assert caught.value.refusal.claims == "{}"
    assert caught.value.refusal.suberror == "basic_action"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": "temporarily_unavailable"}),
        (429, "<html>slow down</html>"),
        (503, "<html>busy</html>"),
        (500, ""),
        (504, "[]"),
        (400, refusal(90033, "invalid_grant")),
        (400, refusal(50033, "invalid_request")),
        (200, "<html>a captive portal</html>"),
        (200, {"token_type": "Bearer"}),
        (302, ""),
        (400, "[" * 100_000),
    ],
)
def test_what_passes_by_itself_is_tried_later(provider, http, status, body):
    http.will_say(status, body, retry_after=7.0)

    with pytest.raises(TryLater) as caught:
        provider.refresh("rt-1", SCOPES)

    assert caught.value.retry_after == 7.0
    assert f"(statusCode: {status})" in caught.value.raw


def test_request_loop_is_followed_by_a_long_silence(provider, http):
    http.will_say(400, refusal(50196))

    with pytest.raises(TryLater) as caught:
        provider.refresh("rt-1", SCOPES)

    assert caught.value.retry_after == 900


def test_second_attempt_after_a_refusal_reaches_microsoft(provider, http):
    http.will_say(400, refusal(700082))
    http.will_say(200, tokens(id_token=None))

    with pytest.raises(NeedsPerson):
        provider.refresh("rt-1", SCOPES)

    assert provider.refresh("rt-1", SCOPES).access_token == "at-1"


def test_decision_of_the_network_passes_through_untouched(provider, http):
    def lose_line():
        raise TryLater("no network", retry_after=3)

    http.answers.append(lose_line)

    with pytest.raises(TryLater, match="no network"):
        provider.refresh("rt-1", SCOPES)


def test_unknown_tenant_is_found_out_before_the_browser_leaves(provider, http):
    http.discovery = Answer(400, json.dumps(refusal(90002, "invalid_tenant")))

    with pytest.raises(NeedsPerson) as caught:
        provider.check_tenant()

    assert caught.value.code == "AADSTS90002"
    assert http.fetched == [
        "https://login.microsoftonline.com/contoso.test/v2.0/.well-known/openid-configuration"
    ]


def test_known_tenant_passes_the_check(provider):
    provider.check_tenant()


@pytest.mark.parametrize("tenant", ["common", "Organizations", "", "a/b", "x y", "..", "a?b"])
def test_tenant_that_is_none_is_refused_at_once(make_provider, tenant):
    with pytest.raises(NeedsPerson) as caught:
        make_provider(tenant=tenant)

    assert caught.value.code in {"AADSTS50194", "AADSTS90002"}
