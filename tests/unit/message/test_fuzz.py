"""Random and mutated octets never raise, and what comes out can be stored and sent as JSON."""

import json
import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postdesk.message.describe import describe_message

CORPUS = Path(__file__).parents[2] / "corpus"
MAILS = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
TOKENS = [
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"--",
    b"=?utf-8?q?=",
    b"?=",
    b'"',
    b"<",
    b">",
    b"(",
    b";",
    b"\0",
    b"\xff\xfe",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"charset=utf-7",
    b"filename*0*=utf-8''%ff",
    b"<div>",
    b"base64",
]
EXAMPLES = int(os.environ.get("POSTDESK_TEST_FUZZ_EXAMPLES", "80"))
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def mutated_mails(draw: st.DrawFn) -> bytes:
    """Draw a mail of the corpus with some octets put in, taken out or repeated."""
    octets = bytearray(draw(st.sampled_from(MAILS)))
    for _ in range(draw(st.integers(1, 10))):
        at = draw(st.integers(0, len(octets)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            octets[at:at] = draw(st.sampled_from(TOKENS))
        elif kind == 1:
            del octets[at : at + draw(st.integers(1, 150))]
        elif kind == 2:
            octets[at:at] = draw(st.binary(min_size=1, max_size=8))
        else:
            start = draw(st.integers(0, len(octets)))
            octets[at:at] = octets[start : start + draw(st.integers(1, 400))]
    return bytes(octets)


def _check(octets: bytes) -> None:
    found = describe_message(octets, name="fuzz")
    written = json.dumps(found, ensure_ascii=False)
    written.encode("utf-8")
    assert "\\u0000" not in written
    assert all(each["name"] for each in found["attachments"])


@QUICK
@given(st.binary(max_size=3000))
def test_random_octets_never_raise(octets: bytes) -> None:
    _check(octets)


@QUICK
@given(mutated_mails())
def test_mutated_mail_never_raises(octets: bytes) -> None:
    _check(octets)
