# mypy: allow-untyped-calls
"""google-auth, Google's own library: renewal, the end of a grant, service accounts, id tokens."""

import importlib.metadata
from collections.abc import Iterator
from contextlib import closing

import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.credentials
import google.oauth2.service_account
import jwt
import pytest
import requests

from postdesk_sandbox.server import Sandbox
from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import CLIENT_ID, MAIL, SERVICE, SUPPORT, GoogleDesk
from tests.sandbox.visitor import Visitor

CLIENT = (
    "google-auth",
    importlib.metadata.version("google-auth"),
    "refresh token and service account",
)
KEY = client_key("service")
Transport = google.auth.transport.requests.Request


@pytest.fixture
def desk() -> Iterator[GoogleDesk]:
    with Sandbox(port=0) as sandbox, closing(Visitor(sandbox)) as visitor:
        yield GoogleDesk(visitor)
        assert visitor.look("unimplemented") == []


@pytest.fixture
def transport() -> Iterator[Transport]:
    with requests.Session() as session:
        session.trust_env = False
        yield Transport(session)


def person(desk: GoogleDesk, scope: str = MAIL) -> google.oauth2.credentials.Credentials:
    """Return the library's credentials for somebody who has just consented."""
    return google.oauth2.credentials.Credentials(
        token=None,
        refresh_token=desk.tokens(scope=scope)["refresh_token"],
        token_uri=f"{desk.visitor.sandbox.url}/google/token",
        client_id=CLIENT_ID,
        client_secret=desk.secret,
        scopes=scope.split(),
    )


def service(desk: GoogleDesk, **changes: str) -> google.oauth2.service_account.Credentials:
    """Return the library's credentials for a service account with mail delegated to it."""
    desk.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": KEY.certificate_pem},
        delegated=[MAIL],
    )
    info = {
        "type": "service_account",
        "client_email": SERVICE,
        "private_key": KEY.key_pem,
        "private_key_id": "key-1",
        "token_uri": f"{desk.visitor.sandbox.url}/google/token",
    }
    made: google.oauth2.service_account.Credentials = (
        google.oauth2.service_account.Credentials.from_service_account_info(
            info | changes, scopes=[MAIL]
        )
    )
    return made


def test_refresh_token_brings_access_and_stays(desk: GoogleDesk, transport: Transport) -> None:
    credentials = person(desk)
    kept = credentials.refresh_token
    credentials.refresh(transport)
    assert credentials.valid
    assert credentials.refresh_token == kept
    assert credentials.granted_scopes == [MAIL]
    assert desk.introspect(str(credentials.token))["username"] == SUPPORT


def test_end_of_testing_raises_invalid_grant(desk: GoogleDesk, transport: Transport) -> None:
    desk.control("google_clients", client_id=CLIENT_ID, publishing="testing")
    credentials = person(desk)
    desk.control("clock", advance_seconds=7 * 86400)
    with pytest.raises(google.auth.exceptions.RefreshError) as raised:
        credentials.refresh(transport)
    assert "Token has been expired or revoked." in str(raised.value)
    assert raised.value.retryable is False


def test_failure_of_google_is_tried_again(desk: GoogleDesk, transport: Transport) -> None:
    credentials = person(desk)
    desk.control("faults", surface="google_token", error="internal_failure", status=500)
    credentials.refresh(transport)
    assert desk.introspect(str(credentials.token))["active"] is True


def test_service_account_acts_for_a_person(desk: GoogleDesk, transport: Transport) -> None:
    credentials = service(desk).with_subject(SUPPORT)
    credentials.refresh(transport)
    assert desk.introspect(str(credentials.token), protocol="imap")["username"] == SUPPORT


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("ghost@workspace.test", "Invalid email or User ID"),
        ("desk@gmail.test", "Client is unauthorized to retrieve access tokens"),
    ],
)
def test_service_account_is_refused_a_stranger(
    desk: GoogleDesk, transport: Transport, subject: str, told: str
) -> None:
    with pytest.raises(google.auth.exceptions.RefreshError, match=told):
        service(desk).with_subject(subject).refresh(transport)


def test_foreign_key_is_refused(desk: GoogleDesk, transport: Transport) -> None:
    foreign = service(desk, private_key=client_key("other").key_pem).with_subject(SUPPORT)
    with pytest.raises(google.auth.exceptions.RefreshError, match="Invalid JWT Signature"):
        foreign.refresh(transport)


def test_id_token_comes_with_a_renewal(desk: GoogleDesk, transport: Transport) -> None:
    scope = f"openid https://www.googleapis.com/auth/userinfo.email {MAIL}"
    credentials = person(desk, scope)
    credentials.refresh(transport)
    claims = jwt.decode(str(credentials.id_token), options={"verify_signature": False})
    assert (claims["iss"], claims["email"]) == ("https://accounts.google.com", SUPPORT)
