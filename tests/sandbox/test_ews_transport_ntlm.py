"""NTLM is a real handshake: the password counts, and so does the connection."""

import base64
from collections.abc import Iterator

import pytest
import spnego

from postdesk_sandbox.ews.transport.ntlm_proof import md4
from postdesk_sandbox.server import Sandbox
from tests.sandbox.ews_line import OneLine, basic
from tests.sandbox.visitor import Visitor


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[OneLine]:
    line = OneLine(sandbox.url)
    yield line
    line.close()


def first_steps(
    line: OneLine, user: str = r"CONTOSO\support", password: str = "pw", scheme: str = "NTLM"
) -> bytes:
    """Send the first message and return the third, which answers the server's second."""
    client = spnego.client(user, password, protocol="ntlm")
    negotiate = client.step() or b""
    status, headers = line.post(f"{scheme} {base64.b64encode(negotiate).decode()}")
    assert status == 401
    (challenge,) = headers.get_all("WWW-Authenticate")
    name, _, encoded = challenge.partition(" ")
    assert name == scheme
    return client.step(base64.b64decode(encoded)) or b""


def finish(line: OneLine, message: bytes, scheme: str = "NTLM") -> int:
    return line.post(f"{scheme} {base64.b64encode(message).decode()}")[0]


@pytest.mark.parametrize(
    "user", [r"CONTOSO\support", "support@contoso.test", "support", r"contoso.test\SUPPORT"]
)
def test_right_password_opens_the_connection(line: OneLine, user: str) -> None:
    assert finish(line, first_steps(line, user)) == 200
    # The connection is signed in; no header is needed any more.
    assert line.post()[0] == 200


def test_wrong_password_is_refused_and_another_try_is_free(line: OneLine) -> None:
    assert finish(line, first_steps(line, password="guess")) == 401
    assert line.post()[0] == 401
    assert finish(line, first_steps(line)) == 200


@pytest.mark.parametrize("user", [r"CONTOSO\nobody", r"FABRIKAM\support"])
def test_unknown_person_or_domain_is_refused(line: OneLine, user: str) -> None:
    assert finish(line, first_steps(line, user)) == 401


def test_person_with_umlauts_in_the_password_signs_in(visitor: Visitor, line: OneLine) -> None:
    visitor.control("users", address="support@contoso.test", password="Größe-秘密")
    assert finish(line, first_steps(line, password="Größe-秘密")) == 200


def test_third_message_counts_only_once_and_only_in_its_connection(
    sandbox: Sandbox, line: OneLine
) -> None:
    message = first_steps(line)
    other = OneLine(sandbox.url)
    assert finish(other, message) == 401
    other.close()
    assert finish(line, message) == 200
    assert finish(line, message) == 401


def test_changed_message_breaks_its_integrity_code(line: OneLine) -> None:
    message = bytearray(first_steps(line))
    message[72] ^= 1
    assert finish(line, bytes(message)) == 401


def test_other_connection_is_not_signed_in(sandbox: Sandbox, line: OneLine) -> None:
    assert finish(line, first_steps(line)) == 200
    other = OneLine(sandbox.url)
    assert other.post()[0] == 401
    other.close()


def test_person_disabled_meanwhile_is_put_out_of_the_connection(
    visitor: Visitor, line: OneLine
) -> None:
    assert finish(line, first_steps(line)) == 200
    visitor.control("users", address="support@contoso.test", disabled=True)
    assert line.post()[0] == 401


def test_other_credentials_take_precedence_over_the_connections(line: OneLine) -> None:
    assert finish(line, first_steps(line)) == 200
    assert line.post(basic(password="wrong")["Authorization"])[0] == 401


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"NTLMSSP\0",
        b"NTLMSSP\0\x01\0\0\0",
        b"NTLMSSP\0\x01\0\0\0\x00\x02\0\0" + bytes(16),
        b"NTLMSSP\0\x02\0\0\0" + bytes(60),
        b"NTLMSSP\0\x03\0\0\0" + b"\xff" * 80,
        b"NTLMSSP\0\x03\0\0\0" + bytes(80),
        b"\x60\x48\x06\x06" + bytes(60),
    ],
)
def test_malformed_message_is_a_401(line: OneLine, octets: bytes) -> None:
    first_steps(line)
    assert finish(line, octets) == 401


def test_negotiate_takes_ntlm_messages_where_the_tenant_offers_it(
    visitor: Visitor, line: OneLine
) -> None:
    assert line.post("Negotiate TlRMTVNTUAA=")[0] == 401
    visitor.control("tenant", ews_schemes=["Negotiate"])
    assert finish(line, first_steps(line, scheme="Negotiate"), scheme="Negotiate") == 200


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        ("message digest", "d9130a8164549fe818874806e1c7014b"),
        ("1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_md4_agrees_with_the_examples_of_rfc_1320(text: str, digest: str) -> None:
    assert md4(text.encode()).hex() == digest
