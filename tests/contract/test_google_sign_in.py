"""Google as the sandbox plays it: a person's sign-in, and a service account for a Workspace."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from tests.sandbox.client_keys import client_key

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers.open import open_session
from postdesk.oauth.clouds import google_reroutes
from postdesk.oauth.google import (
    GOOGLE_MAIL_SCOPE,
    GoogleApplication,
    GoogleProvider,
    GoogleServiceAccount,
)
from postdesk.oauth.refusal import SignInRefused
from postdesk.oauth.scopes import scopes_missing

CLIENT_ID = "100000000001-desk.apps.googleusercontent.com"
SUPPORT, SERVICE = "support@workspace.test", "desk@project.iam.gserviceaccount.com"
REDIRECT = "http://localhost:8080/oauth/callback"
MAIL = (GOOGLE_MAIL_SCOPE,)
DAY = 86_400
KEY = client_key("service")


class Google:
    """The provider, the sandbox behind it, and a person who is never asked."""

    def __init__(self, tenant, session) -> None:
        self.tenant, self.session = tenant, session

    def provider(self, secret: str = "GOCSPX-s3cret") -> GoogleProvider:
        application = GoogleApplication(
            client_id=CLIENT_ID, client_secret=secret, browser_url=self.tenant.sandbox.url
        )
        return GoogleProvider(application, self.session)

    def come_back(self, provider: GoogleProvider):
        self.tenant.control("google", auto_sign_in=SUPPORT)
        request = provider.begin(
            redirect_uri=REDIRECT, scopes=MAIL, state="state-1", login_hint=SUPPORT
        )
        answer = httpx.get(request.url, trust_env=False)
        assert answer.status_code in {302, 303}, answer.text
        return request.flow, dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def sign_in(self):
        provider = self.provider()
        return provider.redeem(*self.come_back(provider))

    def told(self, token: str) -> dict[str, object]:
        answer = self.tenant.control_client.post("/_sandbox/introspect", data={"token": token})
        return answer.json()

    def service(self, **changes: object) -> GoogleServiceAccount:
        now = changes.pop("now", None)
        key = {
            "type": "service_account",
            "client_email": SERVICE,
            "private_key": KEY.key_pem,
            "private_key_id": "key-1",
        }
        return GoogleServiceAccount({**key, **changes}, self.session, now=now)


@pytest.fixture
def google(tenant):
    session = open_session(reroutes=google_reroutes(tenant.sandbox.url))
    yield Google(tenant, session)
    session.close()


@pytest.fixture
def delegated(google) -> Google:
    google.tenant.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": KEY.certificate_pem},
        delegated=[GOOGLE_MAIL_SCOPE],
    )
    return google


def refused(call, *arguments):
    with pytest.raises(SignInRefused) as caught:
        call(*arguments)
    return caught.value


def test_sign_in_brings_mail_and_says_who_it_was(google):
    granted = google.sign_in()

    assert granted.refresh_token
    assert scopes_missing(MAIL, granted.scopes) == ()
    assert granted.identity.upn == SUPPORT
    assert granted.identity.tenant_id == "workspace.test"
    assert granted.identity.oid


def test_second_sign_in_brings_a_refresh_token_again(google):
    google.sign_in()

    assert google.sign_in().refresh_token


def test_renewal_leaves_the_refresh_token_as_it_is(google):
    granted = google.sign_in()

    first = google.provider().refresh(granted.refresh_token, MAIL)
    second = google.provider().refresh(granted.refresh_token, MAIL)

    assert (first.refresh_token, second.refresh_token) == ("", "")
    assert first.access_token != second.access_token
    assert google.told(second.access_token)["active"]


def test_code_works_once_and_only_with_its_verifier(google):
    provider = google.provider()
    flow, answer = google.come_back(provider)
    other, _ = google.come_back(provider)

    assert refused(provider.redeem, other, answer).refusal.error == "invalid_grant"
    provider.redeem(flow, answer)
    assert refused(provider.redeem, flow, answer).refusal.error == "invalid_grant"


def test_withdrawn_sign_in_is_explained_in_googles_terms(google):
    granted = google.sign_in()
    google.tenant.control("google_accounts", address=SUPPORT, revoke=True)

    error = refused(google.provider().refresh, granted.refresh_token, MAIL)

    assert error.code == "Google invalid_grant"
    assert "Google" in error.what
    assert "[" not in error.raw


def test_testing_mode_ends_after_seven_days(google):
    google.tenant.control("google_clients", client_id=CLIENT_ID, publishing="testing")
    granted = google.sign_in()
    google.tenant.control("clock", advance_seconds=8 * DAY)

    assert refused(google.provider().refresh, granted.refresh_token, MAIL).refusal.status == 400


def test_session_control_is_told_from_a_dead_sign_in(google):
    granted = google.sign_in()
    google.tenant.control("google", session_seconds=3600)
    google.tenant.control("clock", advance_seconds=7200)

    error = refused(google.provider().refresh, granted.refresh_token, MAIL)

    assert error.code == "Google invalid_rapt"
    assert "session control" in error.what


def test_wrong_secret_is_refused(google):
    granted = google.sign_in()

    error = refused(google.provider("wrong-secret").refresh, granted.refresh_token, MAIL)

    assert error.code == "Google invalid_client"
    assert "wrong-secret" not in error.raw


def test_busy_token_endpoint_is_tried_later(google):
    granted = google.sign_in()
    google.tenant.control("faults", surface="google_token", status=503)

    with pytest.raises(TryLater):
        google.provider().refresh(granted.refresh_token, MAIL)

    assert google.provider().refresh(granted.refresh_token, MAIL).access_token


def test_service_account_opens_a_delegated_mailbox(delegated):
    granted = delegated.service().acquire(MAIL, SUPPORT)

    assert granted.refresh_token == ""
    told = delegated.told(granted.access_token)
    assert (told["active"], told["username"]) == (True, SUPPORT)


def test_service_account_follows_the_clock_it_is_given(delegated):
    delegated.tenant.control("clock", advance_seconds=200 * DAY)
    later = datetime.now(UTC) + timedelta(days=200)

    assert delegated.service(now=later).acquire(MAIL, SUPPORT).access_token
    error = refused(delegated.service().acquire, MAIL, SUPPORT)
    assert error.code == "Google service account invalid_grant"


def test_service_account_without_delegation_is_sent_to_the_workspace_administrator(google):
    google.tenant.control(
        "google_service_accounts", email=SERVICE, keys={"key-1": KEY.certificate_pem}
    )

    error = refused(google.service().acquire, MAIL, SUPPORT)

    assert error.code == "Google unauthorized_client"
    assert "Domain-wide delegation" in error.remedy


@pytest.mark.parametrize(
    ("changes", "mailbox"),
    [
        ({"private_key": client_key("other").key_pem}, SUPPORT),
        ({"private_key_id": "key-2"}, SUPPORT),
        ({"client_email": "nobody@project.iam.gserviceaccount.com"}, SUPPORT),
        ({}, "nobody@workspace.test"),
    ],
)
def test_key_or_mailbox_that_google_does_not_know_is_no_matter_of_signing_in(
    delegated, changes, mailbox
):
    error = refused(delegated.service(**changes).acquire, MAIL, mailbox)

    assert error.code == "Google service account invalid_grant"


def test_key_that_cannot_be_read_is_not_sent(delegated):
    with pytest.raises(NeedsPerson) as caught:
        delegated.service(private_key="nonsense").acquire(MAIL, SUPPORT)

    assert "private key" in caught.value.what
