"""Both forms in which Microsoft's own client library proves itself by a certificate."""

from collections.abc import Iterator
from typing import Any

import jwt
import msal
import pytest

from postdesk_sandbox.server import Sandbox
from tests.conformance.msal_desk import GRAPH, SCOPES, Desk
from tests.sandbox.client_keys import client_key

CLIENT = ("msal", msal.__version__, "certificates, both forms")
KEY = client_key()
THUMBPRINT = {"private_key": KEY.key_pem, "thumbprint": KEY.sha1_hex}
WHOLE = {"private_key": KEY.key_pem, "public_certificate": KEY.certificate_pem}
BOTH_FORMS = pytest.mark.parametrize(
    ("credential", "algorithm", "names"),
    [(THUMBPRINT, "RS256", {"x5t"}), (WHOLE, "PS256", {"x5t#S256", "x5c"})],
    ids=["thumbprint", "public_certificate"],
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Sandbox(port=0) as sandbox:
        desk = Desk(sandbox)
        desk.control("apps", client_id="client-1", secrets=[], certificates=[KEY.certificate_pem])
        yield desk
        assert desk.unimplemented() == []
        desk.close()


@BOTH_FORMS
def test_application_alone_gets_a_token(
    desk: Desk, credential: dict[str, str], algorithm: str, names: set[str]
) -> None:
    result = desk.app(credential).acquire_token_for_client([f"{GRAPH}/.default"])
    claims = jwt.decode(result["access_token"], options={"verify_signature": False})
    assert claims["appidacr"] == "2"
    assert "Mail.ReadWrite" in claims["roles"]
    header = jwt.get_unverified_header(desk.line.last_form["client_assertion"])
    assert header["alg"] == algorithm
    assert names <= set(header)


@BOTH_FORMS
def test_person_signs_in_and_is_refreshed(
    desk: Desk, credential: dict[str, str], algorithm: str, names: set[str]
) -> None:
    app = desk.app(credential)
    desk.sign_in(app)
    renewed = app.acquire_token_silent(SCOPES, app.get_accounts()[0], force_refresh=True)
    assert renewed["token_source"] == "identity_provider"
    header = jwt.get_unverified_header(desk.line.last_form["client_assertion"])
    assert (header["alg"], names <= set(header)) == (algorithm, True)


@BOTH_FORMS
def test_certificate_that_was_not_uploaded_is_700027(
    desk: Desk, credential: dict[str, str], algorithm: str, names: set[str]
) -> None:
    desk.control("apps", client_id="client-1", certificates=[])
    result = desk.app(credential).acquire_token_for_client([f"{GRAPH}/.default"])
    assert desk.line.last_status == 401
    assert (result["error"], result["error_codes"]) == ("invalid_client", [700027])
    assert algorithm
    assert names


def test_clock_an_hour_behind_is_700024(desk: Desk) -> None:
    desk.control("clock", advance_seconds=3600)
    result = desk.app(WHOLE).acquire_token_for_client([f"{GRAPH}/.default"])
    assert (result["error"], result["error_codes"]) == ("invalid_client", [700024])


def test_assertion_made_elsewhere_is_taken(desk: Desk) -> None:
    def assertion() -> str:
        return KEY.sign()

    app = desk.app({"client_assertion": assertion})
    assert "access_token" in app.acquire_token_for_client([f"{GRAPH}/.default"])


@pytest.mark.parametrize(("made", "code"), [("eyJ.bad.sig", 50027), ("e30.e30.", 50027)])
def test_broken_assertion_is_refused(desk: Desk, made: str, code: int) -> None:
    app = desk.app({"client_assertion": lambda: made})
    result: dict[str, Any] = app.acquire_token_for_client([f"{GRAPH}/.default"])
    assert (result["error"], result["error_codes"]) == ("invalid_client", [code])
