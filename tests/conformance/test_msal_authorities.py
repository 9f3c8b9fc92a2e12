"""Under which addresses Microsoft's own client library finds the pretend Entra ID."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest
import requests

from postdesk_sandbox.server import Sandbox
from tests.conformance.msal_desk import GRAPH, SECRET, TENANT, Desk

CLIENT = ("msal", msal.__version__, "addresses of the authority")
DEFAULT = [f"{GRAPH}/.default"]


@pytest.fixture(scope="module")
def secure() -> Iterator[Sandbox]:
    with Sandbox(port=0, tls=True) as sandbox:
        yield sandbox


@pytest.fixture
def bundle(secure: Sandbox, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(secure.ca_pem)
    return str(path)


@pytest.fixture
def own(secure: Sandbox) -> str:
    return secure.tls_url.replace("127.0.0.1", "localhost")


def build(**settings: Any) -> Any:
    return msal.ConfidentialClientApplication("client-1", client_credential=SECRET, **settings)


@pytest.mark.parametrize("switch", [{"instance_discovery": False}, {"validate_authority": False}])
def test_own_https_address_works_with_the_switch_for_unknown_clouds(
    own: str, bundle: str, switch: dict[str, bool]
) -> None:
    app = build(authority=f"{own}/{TENANT}", verify=bundle, **switch)
    assert app.acquire_token_for_client(DEFAULT)["access_token"]
    assert app.authority.token_endpoint == f"{own}/{TENANT}/oauth2/v2.0/token"
    app.http_client.close()


def test_own_address_as_plain_openid_provider(own: str, bundle: str) -> None:
    app = build(oidc_authority=f"{own}/{TENANT}/v2.0", verify=bundle)
    assert app.acquire_token_for_client(DEFAULT)["access_token"]
    app.http_client.close()


def test_unknown_authority_is_not_trusted(own: str) -> None:
    with requests.Session() as line, pytest.raises(requests.exceptions.SSLError):
        build(authority=f"{own}/{TENANT}", instance_discovery=False, http_client=line)


@pytest.mark.parametrize("name", ["authority", "oidc_authority"])
def test_library_wants_https(secure: Sandbox, name: str) -> None:
    address = secure.url.replace("127.0.0.1", "localhost")
    more = {"instance_discovery": False} if name == "authority" else {}
    with pytest.raises(ValueError, match="https"):
        build(**{name: f"{address}/{TENANT}"}, **more)


@pytest.fixture
def desk(secure: Sandbox) -> Iterator[Desk]:
    desk = Desk(secure)
    yield desk
    desk.close()


def test_real_address_is_reached_by_a_rerouting_client(desk: Desk) -> None:
    app = desk.app()
    assert app.authority.token_endpoint == (
        "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token"
    )
    result = app.acquire_token_for_client(DEFAULT)
    assert result["token_source"] == "identity_provider"


def test_unknown_tenant_fails_at_discovery(desk: Desk) -> None:
    with pytest.raises(ValueError, match="double check your tenant name or GUID"):
        desk.app(authority="https://login.microsoftonline.com/fabrikam.test")


def test_instance_discovery_tells_a_strange_host_from_the_cloud(desk: Desk) -> None:
    with pytest.raises(ValueError, match="invalid_instance"):
        desk.app(authority="https://login.example.com/contoso.test")
