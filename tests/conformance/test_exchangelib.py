"""exchangelib, a client that nobody here wrote, works against the pretend Exchange unchanged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import exchangelib
import pytest
import requests.adapters
from exchangelib import (
    Account,
    Configuration,
    Credentials,
    Identity,
    OAuth2AuthorizationCodeCredentials,
)
from exchangelib.errors import ErrorServerBusy, MalformedResponseError, UnauthorizedError
from exchangelib.protocol import BaseProtocol, close_connections
from oauthlib.oauth2 import OAuth2Token

from postdesk_sandbox.server import Sandbox
from tests.conformance.exchangelib_day import PERSON, Day
from tests.conformance.steps import Steps
from tests.sandbox.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
STEPS = 31
OFFICE = "https://outlook.office365.com"
UTC = exchangelib.EWSTimeZone("UTC")


@pytest.fixture(autouse=True)
def connections() -> Iterator[None]:
    """exchangelib keeps connections for the whole process."""
    yield
    close_connections()


@pytest.fixture
def plain() -> Iterator[Sandbox]:
    with Sandbox(port=0) as running:
        yield running


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox behind TLS, whose authority exchangelib is made to trust."""
    with Sandbox(port=0, tls=True) as running:
        authority = tmp_path / "ca.pem"
        authority.write_bytes(running.ca_pem)

        class Trusting(requests.adapters.HTTPAdapter):
            def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
                super().cert_verify(conn, url, str(authority), cert)  # type: ignore[no-untyped-call]

        monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", Trusting)
        yield running


def account(
    url: str,
    credentials: Any,
    *,
    address: str = PERSON,
    access: str = exchangelib.DELEGATE,
    **more: Any,
) -> Account:
    """Return an account that knows nothing of its server but the address."""
    endpoint = f"{url}/EWS/Exchange.asmx"
    config = Configuration(
        service_endpoint=endpoint, credentials=credentials, max_connections=2, **more
    )
    return Account(
        address, config=config, autodiscover=False, access_type=access, default_timezone=UTC
    )


def bearer(token: str, identity: Identity | None = None) -> OAuth2AuthorizationCodeCredentials:
    """A token as it is: exchangelib never goes for one itself."""
    return OAuth2AuthorizationCodeCredentials(
        access_token=OAuth2Token({"access_token": token, "token_type": "Bearer"}),
        identity=identity,
    )


@contextmanager
def visiting(sandbox: Sandbox) -> Iterator[Visitor]:
    visitor = Visitor(sandbox)
    try:
        yield visitor
    finally:
        visitor.close()


def walk(sandbox: Sandbox, client: Account, how: str) -> None:
    """Take all steps; nothing that exchangelib asked for may be missing."""
    steps = Steps("exchangelib", exchangelib.__version__, how)
    try:
        with visiting(sandbox) as visitor:
            Day(client, visitor, steps).walk()
            assert visitor.look("unimplemented") == []
        assert len(steps.taken) == STEPS
    finally:
        steps.write()


def test_day_with_a_password(plain: Sandbox) -> None:
    walk(plain, account(plain.url, Credentials(PERSON, "pw"), auth_type="basic"), "Basic")


def test_day_with_ntlm(plain: Sandbox) -> None:
    credentials = Credentials("CONTOSO\\support", "pw")
    walk(plain, account(plain.url, credentials, auth_type="NTLM"), "NTLM")


def test_day_with_the_scheme_that_exchangelib_guesses(plain: Sandbox) -> None:
    walk(plain, account(plain.url, Credentials(PERSON, "pw")), "guessed")


def test_day_with_the_token_of_a_person(secure: Sandbox) -> None:
    with visiting(secure) as visitor:
        token = visitor.tokens(scopes=f"{OFFICE}/EWS.AccessAsUser.All")["access_token"]
    client = account(secure.tls_url, bearer(token), auth_type="OAuth 2.0")
    walk(secure, client, "OAuth, signed in")


def test_day_with_the_token_of_an_application_that_impersonates(secure: Sandbox) -> None:
    credentials = bearer(app_token(secure), Identity(primary_smtp_address=PERSON))
    client = account(
        secure.tls_url, credentials, auth_type="OAuth 2.0", access=exchangelib.IMPERSONATION
    )
    walk(secure, client, "OAuth, application")


def app_token(sandbox: Sandbox) -> str:
    with visiting(sandbox) as visitor:
        answer = visitor.post_token(grant_type="client_credentials", scope=f"{OFFICE}/.default")
        token: str = answer.json()["access_token"]
        return token


def test_wrong_password_and_broken_token_are_unauthorized(plain: Sandbox, secure: Sandbox) -> None:
    for client in (
        account(plain.url, Credentials(PERSON, "wrong"), auth_type="basic"),
        account(plain.url, Credentials("CONTOSO\\support", "wrong"), auth_type="NTLM"),
        account(secure.tls_url, bearer("garbage"), auth_type="OAuth 2.0"),
    ):
        with pytest.raises(UnauthorizedError):
            client.inbox.refresh()


def test_busy_server_is_waited_for_as_long_as_it_says(plain: Sandbox) -> None:
    client = account(
        plain.url,
        Credentials(PERSON, "pw"),
        auth_type="basic",
        retry_policy=exchangelib.FaultTolerance(max_wait=20),
    )
    assert client.inbox.total_count == 0
    with visiting(plain) as visitor:
        visitor.control(
            "faults", surface="ews", code="ErrorServerBusy", back_off_milliseconds=1500, times=1
        )
        assert list(client.inbox.all().only("subject")) == []
        statuses = [one["status"] for one in visitor.look("journal")]
    assert 500 in statuses


def test_busy_server_is_an_error_without_patience(plain: Sandbox) -> None:
    client = account(plain.url, Credentials(PERSON, "pw"), auth_type="basic")
    assert client.inbox.total_count == 0
    with visiting(plain) as visitor:
        visitor.control(
            "faults", surface="ews", code="ErrorServerBusy", back_off_milliseconds=1500, times=1
        )
    with pytest.raises(ErrorServerBusy) as caught:
        list(client.inbox.all().only("subject"))
    assert caught.value.back_off == 1.5


def test_blocked_tenant_is_a_bare_403(plain: Sandbox) -> None:
    client = account(plain.url, Credentials(PERSON, "pw"), auth_type="basic")
    assert client.inbox.total_count == 0
    with visiting(plain) as visitor:
        visitor.control("tenant", ews_enabled=False)
    with pytest.raises(MalformedResponseError, match="Code: 403"):
        list(client.inbox.all().only("subject"))


def test_shared_mailbox_opens_for_who_has_full_access(plain: Sandbox) -> None:
    with visiting(plain) as visitor:
        visitor.inject(b"From: a@x.test\r\nSubject: for the team\r\n\r\nx\r\n", "help@contoso.test")
    credentials = Credentials("anna@contoso.test", "pw")
    shared = account(plain.url, credentials, auth_type="basic", address="help@contoso.test")
    assert [one.subject for one in shared.inbox.all().only("subject")] == ["for the team"]
