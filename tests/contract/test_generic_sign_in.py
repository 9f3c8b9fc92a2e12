"""Any provider of OAuth 2.0: the sandbox's two, reached by typed endpoints."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from tests.contract.pretend import REDIRECT, SUPPORT

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers.open import open_session
from postdesk.oauth.generic import GenericApplication, GenericProvider
from postdesk.oauth.refusal import SignInRefused

PERSON = "support@workspace.test"
AT_GOOGLE = {
    "client_id": "100000000001-desk.apps.googleusercontent.com",
    "client_secret": "GOCSPX-s3cret",
    "authorize_endpoint": "/google/o/oauth2/v2/auth?access_type=offline",
    "token_endpoint": "/google/token",
}
AT_ENTRA = {
    "client_id": "client-1",
    "client_secret": "s3cret",
    "authorize_endpoint": "/contoso.test/oauth2/v2.0/authorize",
    "token_endpoint": "/contoso.test/oauth2/v2.0/token",
}
GOOGLE_SCOPES = ("https://mail.google.com/", "openid", "email")
ENTRA_SCOPES = (
    "https://outlook.office365.com/IMAP.AccessAsUser.All",
    "offline_access",
    "openid",
    "profile",
)


@pytest.fixture
def session():
    opened = open_session()
    yield opened
    opened.close()


@pytest.fixture
def make(tenant, session):
    def make(place: dict[str, str], **changes: str) -> GenericProvider:
        named = {**place, **changes}
        for name in ("authorize_endpoint", "token_endpoint"):
            named[name] = tenant.sandbox.url + named[name]
        return GenericProvider(GenericApplication(**named), session)

    return make


@pytest.fixture
def come_back(tenant):
    def come_back(provider: GenericProvider, scopes: tuple[str, ...]):
        tenant.control("google", auto_sign_in=PERSON)
        tenant.control("tenant", auto_sign_in=SUPPORT)
        request = provider.begin(redirect_uri=REDIRECT, scopes=scopes, state="state-1")
        answer = httpx.get(request.url, trust_env=False)
        assert answer.status_code in {302, 303}, answer.text
        return request.flow, dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    return come_back


@pytest.mark.parametrize(
    ("place", "scopes", "person"),
    [(AT_GOOGLE, GOOGLE_SCOPES, PERSON), (AT_ENTRA, ENTRA_SCOPES, SUPPORT)],
    ids=["google", "entra"],
)
def test_sign_in_and_renewal_by_typed_endpoints(make, come_back, place, scopes, person):
    provider = make(place)

    granted = provider.redeem(*come_back(provider, scopes))
    renewed = provider.refresh(granted.refresh_token, scopes)

    assert granted.identity.upn == person
    assert renewed.access_token
    assert renewed.access_token != granted.access_token


def test_provider_that_keeps_its_refresh_token_sends_none(make, come_back):
    provider = make(AT_GOOGLE)
    granted = provider.redeem(*come_back(provider, GOOGLE_SCOPES))

    assert provider.refresh(granted.refresh_token, GOOGLE_SCOPES).refresh_token == ""


def test_provider_that_rotates_sends_a_new_one(make, come_back):
    provider = make(AT_ENTRA)
    granted = provider.redeem(*come_back(provider, ENTRA_SCOPES))

    renewed = provider.refresh(granted.refresh_token, ENTRA_SCOPES)

    assert renewed.refresh_token not in {"", granted.refresh_token}


def test_wrong_secret_is_refused_after_both_forms_of_proof(make, come_back):
    provider = make(AT_GOOGLE)
    granted = provider.redeem(*come_back(provider, GOOGLE_SCOPES))

    with pytest.raises(SignInRefused) as caught:
        make(AT_GOOGLE, client_secret="wrong").refresh(granted.refresh_token, GOOGLE_SCOPES)

    assert caught.value.code == "invalid_client"


def test_code_of_another_sign_in_is_refused(make, come_back):
    provider = make(AT_ENTRA)
    _, answer = come_back(provider, ENTRA_SCOPES)
    other, _ = come_back(provider, ENTRA_SCOPES)

    with pytest.raises(SignInRefused):
        provider.redeem(other, answer)


def test_mistyped_token_endpoint_is_named(make):
    with pytest.raises(NeedsPerson) as caught:
        make(AT_GOOGLE, token_endpoint="/google/tokens").refresh("rt", GOOGLE_SCOPES)

    assert "token endpoint" in caught.value.remedy


def test_busy_token_endpoint_is_tried_later(make, tenant):
    tenant.control("faults", surface="google_token", status=503, retry_after=9)

    with pytest.raises(TryLater):
        make(AT_GOOGLE).refresh("rt", GOOGLE_SCOPES)
