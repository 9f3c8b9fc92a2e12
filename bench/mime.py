"""Octets of mail, written by hand so that a seed gives the same ones on every Python."""

import base64
import quopri
from collections.abc import Sequence
from email.header import Header
from email.utils import formataddr

CRLF = "\r\n"
# How the text of a mail travels: (charset, transfer encoding, how often of a hundred).
TRAVELS = (
    ("utf-8", "quoted-printable", 50),
    ("utf-8", "8bit", 20),
    ("utf-8", "base64", 10),
    ("iso-8859-1", "quoted-printable", 15),
    ("windows-1252", "8bit", 5),
)
QUOTED_UTF8 = TRAVELS[0][:2]


def entity(headers: Sequence[str], body: bytes) -> bytes:
    """Return a message or a part; ``headers`` are whole lines, folded with CRLF when long."""
    return (CRLF.join(headers) + CRLF + CRLF).encode() + body


def text_part(text: str, *, subtype: str, travel: tuple[str, str]) -> tuple[list[str], bytes]:
    """Return the headers and the encoded body of a text; ``travel`` is charset and encoding."""
    charset, encoding = travel
    octets = text.replace("\n", CRLF).encode(charset, "replace")
    encoded = {
        "quoted-printable": lambda: quopri.encodestring(octets.replace(b"\r\n", b"\n")),
        "base64": lambda: base64.encodebytes(octets),
        "8bit": lambda: octets,
    }[encoding]()
    headers = [
        f'Content-Type: text/{subtype}; charset="{charset}"',
        f"Content-Transfer-Encoding: {encoding}",
    ]
    return headers, _with_crlf(encoded)


def file_part(
    content: bytes, *, media_type: str, name: str, disposition: str, content_id: str = ""
) -> bytes:
    """Return a part that holds a file, in base64."""
    headers = [
        f'Content-Type: {media_type}; name="{name}"',
        f'Content-Disposition: {disposition}; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        *([f"Content-ID: <{content_id}>"] if content_id else []),
    ]
    return entity(headers, _with_crlf(base64.encodebytes(content)))


def multipart(
    subtype: str, parts: Sequence[bytes], *, boundary: str, parameters: str = ""
) -> tuple[list[str], bytes]:
    """Return the headers and the body of a multipart."""
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return [f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}'], body


def mailbox(name: str, address: str) -> str:
    """Return a mailbox as a header writes it."""
    return formataddr((name, address))


def header_text(text: str) -> str:
    """Return unstructured header text, as encoded words when it is not plain ASCII."""
    return text if text.isascii() else Header(text, "utf-8").encode(linesep=CRLF)


def _with_crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
