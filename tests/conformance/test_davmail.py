"""DavMail, a gateway from EWS to IMAP and SMTP, works against the pretend Exchange unchanged."""

import errno
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postdesk_sandbox.server import Sandbox
from tests.conformance import davmail
from tests.conformance.davmail import Gateway
from tests.conformance.davmail_day import PERSON, Day
from tests.conformance.steps import Steps
from tests.sandbox.visitor import Visitor

pytestmark = [pytest.mark.davmail, pytest.mark.timeout(300)]
STEPS = 23
# Where the real host names lead, for DavMail alone.
REAL_ADDRESS = "127.0.0.2"
PORT_SECONDS = 120
REAL_HOSTS = ("outlook.office365.com", "login.microsoftonline.com", "login.windows.net")
OFFICE = "https://outlook.office365.com"
# DavMail's own registration: a public client of many tenants.
DAVMAIL_APP = "facd6cff-a294-4415-b59f-c5b01937d7bd"
NATIVE = "https://login.microsoftonline.com/common/oauth2/nativeclient"


@pytest.fixture(autouse=True)
def program() -> None:
    davmail.require_davmail()


@contextmanager
def running(folder: Path, settings: dict[str, str], *java: str) -> Iterator[Gateway]:
    gateway = Gateway(folder, settings=settings, java=list(java))
    try:
        yield gateway
    finally:
        gateway.close()


def walk(sandbox: Sandbox, gateway: Gateway, how: str) -> None:
    """Take all steps, and show what was said on both sides when one of them fails."""
    steps = Steps("DavMail", davmail.version(), how)
    day = Day(sandbox, gateway, steps, password="pw")
    try:
        day.walk()
        assert len(steps.taken) == STEPS
        assert day.look("unimplemented") == []
    except BaseException:
        print(gateway.said())
        for entry in day.look("journal"):
            print(entry)
        raise
    finally:
        day.close()
        steps.write()


def test_davmail_with_a_password_walks_through_the_day(tmp_path: Path) -> None:
    with Sandbox(port=0) as sandbox:
        settings = {"davmail.mode": "EWS", "davmail.url": f"{sandbox.url}/EWS/Exchange.asmx"}
        with running(tmp_path, settings) as gateway:
            walk(sandbox, gateway, "EWS, Basic")


def test_davmail_with_oauth_under_the_real_names_walks_through_the_day(tmp_path: Path) -> None:
    with real_names() as sandbox:
        settings = {
            "davmail.mode": "O365Modern",
            "davmail.url": f"{OFFICE}/EWS/Exchange.asmx",
            f"davmail.oauth.{PERSON}.refreshToken": refresh_token(sandbox),
        }
        with running(tmp_path, settings, *trust(tmp_path, sandbox)) as gateway:
            walk(sandbox, gateway, "EWS, OAuth under the real names")


def real_names() -> Sandbox:
    """Answer on the port that https has; another run on this machine may hold it for a while."""
    ends = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return Sandbox(host=REAL_ADDRESS, port=0, tls=True, tls_port=443)
        except PermissionError:
            pytest.skip("port 443 takes a superuser; continuous integration has one")
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > ends:
                raise
            time.sleep(0.5)


def refresh_token(sandbox: Sandbox) -> str:
    """Sign in as a person does in DavMail's window, and return what DavMail would keep."""
    visitor = Visitor(sandbox, client_id=DAVMAIL_APP, secret="", tenant="common")
    try:
        visitor.control(
            "apps",
            client_id=DAVMAIL_APP,
            name="DavMail",
            platform="public",
            multi_tenant=True,
            redirect_uris=[NATIVE],
            consent=True,
        )
        scope = f"{OFFICE}/EWS.AccessAsUser.All offline_access openid"
        code = visitor.sign_in(PERSON, scope=scope, redirect_uri=NATIVE)
        answer = visitor.redeem(code, scope=scope, redirect_uri=NATIVE)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["refresh_token"]
        return token
    finally:
        visitor.close()


def trust(folder: Path, sandbox: Sandbox) -> list[str]:
    """Return Java's options for the sandbox's names and authority."""
    hosts, authority, store = folder / "hosts", folder / "ca.pem", folder / "trust.p12"
    hosts.write_text("".join(f"{REAL_ADDRESS} {host}\n" for host in REAL_HOSTS))
    authority.write_bytes(sandbox.ca_pem)
    words = f"-importcert -noprompt -alias sandbox -file {authority} -keystore {store}"
    command = ["keytool", *words.split(), "-storetype", "PKCS12", "-storepass", "changeit"]
    subprocess.run(command, check=True, capture_output=True)
    return [
        f"-Djdk.net.hosts.file={hosts}",
        f"-Djavax.net.ssl.trustStore={store}",
        "-Djavax.net.ssl.trustStorePassword=changeit",
    ]
