"""Signing in, renewing and being refused, by msal against the pretend tenant."""

import httpx
import pytest
from tests.contract.pretend import ANNA, HELP, REDIRECT, SUPPORT

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers.open import GraphMailbox, open_inbox, open_session
from postdesk.oauth.application import Application, Secret
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.oauth.refusal import SignInRefused
from postdesk.oauth.scopes import scopes_missing

DAY = 86_400


def refused(call, *arguments):
    with pytest.raises(SignInRefused) as caught:
        call(*arguments)
    return caught.value


def test_sign_in_brings_tokens_for_all_permissions_and_says_who_it_was(tenant):
    granted = tenant.sign_in(ANNA, shared=True)

    assert granted.access_token
    assert granted.refresh_token
    assert granted.expires_in > 0
    assert granted.identity.upn == ANNA
    assert granted.identity.tenant_id == "11111111-2222-3333-4444-555555555555"
    assert scopes_missing(tenant.scopes(shared=True), granted.scopes) == ()


def test_withheld_permission_is_found_missing(tenant):
    tenant.control("tenant", withheld_scopes=["Mail.Send"])

    granted = tenant.sign_in(SUPPORT)

    assert scopes_missing(tenant.scopes(shared=False), granted.scopes) == ("Mail.Send",)


def test_code_works_once(tenant):
    provider = tenant.provider()
    flow, answer = tenant.come_back(SUPPORT, provider)
    provider.redeem(flow, answer)

    assert refused(provider.redeem, flow, answer).code == "AADSTS54005"


def test_code_of_one_sign_in_does_not_fit_the_verifier_of_another(tenant):
    provider = tenant.provider()
    _, answer = tenant.come_back(SUPPORT, provider)
    other, _ = tenant.come_back(SUPPORT, provider)

    assert refused(provider.redeem, other, answer).code == "AADSTS501481"


def test_code_is_dead_after_ten_minutes(tenant):
    provider = tenant.provider()
    flow, answer = tenant.come_back(SUPPORT, provider)
    tenant.control("clock", advance_seconds=11 * 60)

    assert refused(provider.redeem, flow, answer).code == "AADSTS70008"


def test_daily_renewal_outlives_ninety_days(tenant):
    provider, token = tenant.provider(), tenant.sign_in(SUPPORT).refresh_token

    for _ in range(4):
        tenant.control("clock", advance_seconds=60 * DAY)
        token = provider.refresh(token, tenant.scopes(shared=False)).refresh_token

    assert token


def test_ninety_one_idle_days_end_the_sign_in_with_the_line_of_the_history(tenant):
    provider, token = tenant.provider(), tenant.sign_in(SUPPORT).refresh_token
    tenant.control("clock", advance_seconds=91 * DAY)

    error = refused(provider.refresh, token, tenant.scopes(shared=False))

    assert error.code == "AADSTS700082"
    assert error.raw.startswith(
        "OAuth token request failed (statusCode: 400): invalid_grant [700082] AADSTS700082: The "
        "refresh token has expired due to inactivity."
    )
    assert error.refusal.description.correlation_id


def test_wrong_secret_is_refused_with_401(tenant):
    token = tenant.sign_in(SUPPORT).refresh_token
    wrong = tenant.provider(Secret("nope"))

    error = refused(wrong.refresh, token, tenant.scopes(shared=False))

    assert error.code == "AADSTS7000215"
    assert "(statusCode: 401): invalid_client" in error.raw
    assert "nope" not in error.raw


def test_corrected_secret_works_at_once(tenant):
    token, scopes = tenant.sign_in(SUPPORT).refresh_token, tenant.scopes(shared=False)
    refused(tenant.provider(Secret("nope")).refresh, token, scopes)

    assert tenant.provider().refresh(token, scopes).access_token


def test_revoked_sessions_ask_to_sign_in_again(tenant):
    token = tenant.sign_in(SUPPORT).refresh_token
    tenant.control("revoke", address=SUPPORT)

    error = refused(tenant.provider().refresh, token, tenant.scopes(shared=False))

    assert error.code == "AADSTS50173"
    assert "Authorize" in error.remedy


@pytest.mark.parametrize("code", [50076, 53003, 65001, 7000222, 70008, 700016, 50057, 70043])
def test_each_refusal_arrives_explained(tenant, code):
    token = tenant.sign_in(SUPPORT).refresh_token
    tenant.control("faults", surface="token", code=code)

    error = refused(tenant.provider().refresh, token, tenant.scopes(shared=False))

    assert error.code == f"AADSTS{code}"
    assert error.remedy


def test_busy_token_endpoint_is_tried_later_and_works_at_the_next_call(tenant):
    token, scopes = tenant.sign_in(SUPPORT).refresh_token, tenant.scopes(shared=False)
    tenant.control("faults", surface="token", status=503, retry_after=21, html=True)

    with pytest.raises(TryLater) as caught:
        tenant.provider().refresh(token, scopes)

    assert caught.value.retry_after == 21
    assert tenant.provider().refresh(token, scopes).access_token


def test_lost_line_to_the_token_endpoint_is_tried_later(tenant):
    token = tenant.sign_in(SUPPORT).refresh_token
    tenant.control("faults", surface="token", drop=True)

    with pytest.raises(TryLater):
        tenant.provider().refresh(token, tenant.scopes(shared=False))


def test_unknown_tenant_is_known_before_the_browser_leaves(tenant):
    with pytest.raises(NeedsPerson) as caught:
        tenant.provider(tenant="fabrikam.test").check_tenant()

    assert caught.value.code == "AADSTS90002"


def test_known_tenant_passes(tenant):
    tenant.provider().check_tenant()
    tenant.provider(tenant="11111111-2222-3333-4444-555555555555").check_tenant()


def test_person_without_access_cannot_open_the_mailbox(tenant):
    granted = tenant.sign_in(SUPPORT, shared=True)
    place = GraphMailbox(base_url=tenant.cloud.graph_url, mailbox=HELP)
    inbox = open_inbox(place, session=tenant.session, bearer=lambda *_: granted.access_token)

    with pytest.raises(NeedsPerson) as caught:
        inbox.probe()

    assert "Full Access" in caught.value.remedy


def test_wrong_redirect_uri_stays_on_microsofts_page(tenant):
    request = tenant.provider().begin(
        redirect_uri=REDIRECT + "/", scopes=tenant.scopes(shared=False), state="s"
    )

    answer = httpx.get(request.url, trust_env=False)

    assert answer.status_code == 400
    assert "AADSTS50011" in answer.text


def test_certificate_of_the_tenant_must_be_trusted_first():
    from postdesk.oauth.clouds import pretend_tenant
    from postdesk_sandbox.server import Sandbox

    with Sandbox(tls=True) as sandbox:
        cloud = pretend_tenant(sandbox.tls_url)
        application = Application(
            cloud=cloud, tenant="contoso.test", client_id="client-1", credential=Secret("s3cret")
        )
        distrusting = open_session(reroutes=cloud.reroutes)
        trusting = open_session(reroutes=cloud.reroutes, ca_pem=sandbox.ca_pem.decode())
        try:
            with pytest.raises(NeedsPerson) as caught:
                MicrosoftProvider(application, distrusting).check_tenant()
            MicrosoftProvider(application, trusting).check_tenant()
        finally:
            distrusting.close()
            trusting.close()

    assert "not trusted" in caught.value.what
    assert "trust the authority" in caught.value.remedy
