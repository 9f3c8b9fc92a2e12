"""Client credentials, certificates and device code, by msal against the pretend tenant."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.contract.pretend import ANNA, SUPPORT

from postdesk.base.errors import TryLater
from postdesk.drivers.open import GraphMailbox, open_inbox
from postdesk.oauth.application import Certificate, Secret
from postdesk.oauth.certificates import make_key_pair, read_key_pair
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.oauth.protocols import MailProtocol, Resource
from postdesk.oauth.refusal import SignInRefused
from postdesk.oauth.scopes import application_scope, scopes_missing, scopes_of

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def pair():
    return make_key_pair(valid_days=365, now=NOW)


@pytest.fixture
def everything(tenant):
    """The scope of client credentials at Graph."""
    return [application_scope(tenant.cloud, Resource.GRAPH)]


def upload(tenant, *pems: str) -> None:
    tenant.control("apps", client_id="client-1", certificates=list(pems))


def refused(call, *arguments):
    with pytest.raises(SignInRefused) as caught:
        call(*arguments)
    return caught.value


def reads(tenant, token: str, mailbox: str = SUPPORT) -> bool:
    place = GraphMailbox(base_url=tenant.cloud.graph_url, mailbox=mailbox)
    inbox = open_inbox(place, session=tenant.session, bearer=lambda *_: token)
    return bool(inbox.probe().folder_name)


@pytest.mark.parametrize("resource", [Resource.GRAPH, Resource.OUTLOOK])
def test_application_with_secret_gets_a_token_of_each_resource(tenant, resource):
    granted = tenant.provider().acquire([application_scope(tenant.cloud, resource)])

    assert granted.access_token
    assert granted.expires_in > 0
    assert (granted.refresh_token, granted.identity) == ("", None)


def test_application_with_certificate_reads_mail(tenant, pair, everything):
    upload(tenant, pair.certificate.certificate_pem)

    granted = tenant.provider(pair.certificate).acquire(everything)

    assert reads(tenant, granted.access_token)


def test_certificate_signs_in_a_person_and_renews(tenant, pair):
    upload(tenant, pair.certificate.certificate_pem)
    provider = tenant.provider(pair.certificate)

    granted = provider.redeem(*tenant.come_back(SUPPORT, provider))
    renewed = provider.refresh(granted.refresh_token, tenant.scopes(shared=False))

    assert reads(tenant, renewed.access_token)


def test_uploaded_pair_with_a_passphrase_is_accepted(tenant, pair, everything):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pair.certificate.private_key_pem.encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    ).decode()
    upload(tenant, pair.certificate.certificate_pem)

    uploaded = read_key_pair(
        encrypted + pair.certificate.certificate_pem, now=NOW, passphrase="open sesame"
    )

    assert tenant.provider(uploaded.certificate).acquire(everything).access_token


def test_certificate_of_somebody_else_is_refused(tenant, pair, everything):
    upload(tenant, make_key_pair(valid_days=365, now=NOW).certificate.certificate_pem)

    assert refused(tenant.provider(pair.certificate).acquire, everything).code == "AADSTS700027"


def test_certificate_past_its_end_is_refused(tenant, pair, everything):
    upload(tenant, pair.certificate.certificate_pem)
    tenant.control("clock", advance_seconds=366 * 86_400)
    later = NOW + timedelta(days=366)
    application = tenant.application(pair.certificate)

    error = refused(MicrosoftProvider(application, tenant.session, now=later).acquire, everything)

    assert error.code == "AADSTS700027"


def test_assertion_is_dated_by_the_moment_that_is_given(tenant, pair, everything):
    upload(tenant, pair.certificate.certificate_pem)
    tenant.control("clock", advance_seconds=200 * 86_400)
    application = tenant.application(pair.certificate)

    dated = MicrosoftProvider(application, tenant.session, now=NOW + timedelta(days=200))

    assert dated.acquire(everything).access_token
    machine_time = MicrosoftProvider(application, tenant.session)
    assert refused(machine_time.acquire, everything).code == "AADSTS700024"


def test_new_certificate_works_beside_the_old_one(tenant, pair, everything):
    fresh = make_key_pair(valid_days=365, now=NOW)
    upload(tenant, pair.certificate.certificate_pem, fresh.certificate.certificate_pem)

    assert tenant.provider(pair.certificate).acquire(everything).access_token
    assert tenant.provider(fresh.certificate).acquire(everything).access_token


def test_wrong_secret_of_an_application_is_refused(tenant, everything):
    assert refused(tenant.provider(Secret("nope")).acquire, everything).code == "AADSTS7000215"


def test_claims_of_a_mailbox_travel_with_the_renewal(tenant):
    granted = tenant.sign_in(SUPPORT)
    claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

    with pytest.raises(SignInRefused) as caught:
        tenant.provider().refresh(granted.refresh_token, tenant.scopes(shared=False), claims=claims)

    assert caught.value.code == "AADSTS50076"
    assert caught.value.refusal.claims == claims


class Device:
    """A device sign-in of the tenant's application, and the person at the other screen."""

    def __init__(self, tenant) -> None:
        self.tenant = tenant
        self.provider = tenant.provider(None)
        self.request = self.provider.begin_device(tenant.scopes(shared=False))

    def answer(self, *steps: dict[str, str], person: str = SUPPORT) -> str:
        page = ""
        with httpx.Client(trust_env=False) as browser:
            for step in steps:
                page = browser.post(
                    self.request.verification_url,
                    params={"otc": self.request.user_code},
                    data={"account": person, **step},
                ).text
        return page

    def approve(self, person: str = SUPPORT) -> None:
        steps = ({"step": "password", "password": "pw"}, {"step": "approve"})
        assert "You have signed in" in self.answer(*steps, person=person)

    def poll(self):
        return self.provider.poll_device(self.request.flow)


@pytest.fixture
def device(tenant) -> Device:
    tenant.control("apps", client_id="client-1", public_flows=True)
    return Device(tenant)


def test_device_is_told_code_and_page(device):
    assert len(device.request.user_code) == 9
    assert device.request.verification_url == f"{device.tenant.sandbox.url}/devicelogin"
    assert device.request.verification_url in device.request.message
    assert (device.request.expires_in, device.request.interval) == (900, 5)


def test_device_waits_until_somebody_signed_in(device):
    assert device.poll() is None
    device.tenant.control("clock", advance_seconds=6)
    device.approve()

    granted = device.poll()

    assert granted.identity.upn == SUPPORT
    assert scopes_missing(device.tenant.scopes(shared=False), granted.scopes) == ()
    renewed = device.provider.refresh(granted.refresh_token, device.tenant.scopes(shared=False))
    assert reads(device.tenant, renewed.access_token)


def test_sign_in_on_a_device_opens_exchange_too(device):
    device.approve(ANNA)
    granted = device.poll()
    cloud, protocols = device.tenant.cloud, [MailProtocol.IMAP, MailProtocol.SMTP]
    outlook = scopes_of(cloud, Resource.OUTLOOK, protocols=protocols, shared=False)

    assert (
        scopes_missing(outlook, device.provider.refresh(granted.refresh_token, outlook).scopes)
        == ()
    )


def test_hasty_device_is_told_how_long_to_wait(device):
    assert device.poll() is None

    with pytest.raises(TryLater) as caught:
        device.poll()

    assert caught.value.retry_after == 10


def test_declined_device_sign_in_ends(device):
    device.answer({"step": "cancel"})

    assert refused(device.poll).refusal.error == "authorization_declined"


def test_code_of_a_device_runs_out(device):
    device.tenant.control("clock", advance_seconds=901)

    assert refused(device.poll).refusal.error == "expired_token"


def test_code_of_a_device_brings_tokens_once(device):
    device.approve()
    device.poll()

    assert refused(device.poll).refusal.error == "bad_verification_code"


def test_application_without_public_flows_refuses_a_device(tenant):
    device = Device(tenant)
    device.approve()

    assert refused(device.poll).code == "AADSTS7000218"


def test_blocked_device_flow_is_explained(device):
    device.tenant.control("faults", surface="token", code=530036)

    error = refused(device.poll)

    assert error.code == "AADSTS530036"
    assert error.remedy


def test_unknown_application_is_refused_before_anybody_types(tenant):
    provider = tenant.provider(None, client_id="nobody")

    with pytest.raises(SignInRefused) as caught:
        provider.begin_device(tenant.scopes(shared=False))

    assert caught.value.code == "AADSTS700016"


def test_certificate_that_cannot_be_read_is_not_sent(tenant, everything):
    from postdesk.base.errors import NeedsPerson

    broken = Certificate(certificate_pem="nonsense", private_key_pem="nonsense")

    with pytest.raises(NeedsPerson) as caught:
        tenant.provider(broken).acquire(everything)

    assert "private key" in caught.value.what
