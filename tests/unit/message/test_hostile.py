"""Messages made to hang or break a reader. TooMuch is an answer; silence is not."""

import time

import pytest
from tests.unit.message.mail import HEAD

from postdesk.message.describe import describe_message
from postdesk.message.limits import LIMITS, Limits, TooMuch, check_limits
from postdesk.message.parse import parse_message

TOP = HEAD.encode() + b"MIME-Version: 1.0\r\n"
GENEROUS_SECONDS = 8.0  # of processor time; an idle machine needs a tenth of it


def nest(levels: int) -> bytes:
    """Return multiparts in one another."""
    return TOP + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(levels)
    )


def make_parts(count: int) -> bytes:
    """Return a multipart of ``count`` small parts."""
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def make_html(html: bytes) -> bytes:
    """Return a mail of HTML only."""
    return TOP + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html


HOSTILE = {
    "quotes in To": b"To: " + b'"' * 100_000 + b"\r\n" + TOP + b"\r\nx",
    "comments in To": b"To: " + b"(" * 100_000 + b"\r\n" + TOP + b"\r\nx",
    "20,000 parts": make_parts(20_000),
    "2,000 levels": nest(2000),
    "2,000 messages": TOP + b"Content-Type: message/rfc822\r\n\r\n" * 2000,
    "5,000 parameters": TOP
    + b"Content-Type: text/plain"
    + b"".join(b"; p%d=v" % n for n in range(5000))
    + b"\r\n\r\nx",
    "parameters of quotes": TOP + b"Content-Type: text/plain" + b';"' * 50_000 + b"\r\n\r\nx",
    "nested div": make_html(b"<div>" * 40_000),
    "10 MB line": TOP + b"\r\n" + b"x" * 10_000_000,
    "10 MB HTML": make_html(b"x" * 10_000_000),
    "encoded words": b"Subject: " + b"=?utf-8?q?x?= " * 20_000 + b"\r\n" + TOP + b"\r\n",
    "open encoded words": b"Subject: " + b"=?utf-8?q?" * 50_000 + b"\r\n" + TOP + b"\r\n",
    "headers": TOP + b"X-A: b\r\n" * 30_000 + b"\r\n",
    "header of 2 MB": TOP + b"X-A: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "folds": TOP + b"X-A: a" + b"\r\n a" * 100_000 + b"\r\n\r\n",
    "references": TOP + b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\n",
    "report of blank lines": TOP
    + b"Content-Type: message/delivery-status\r\n\r\n"
    + b"\r\n" * 100_000,
    "quoted lines": TOP + b"\r\n" + b">\n" * 500_000,
    "padding": TOP + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 500_000,
    "wrong boundaries": TOP
    + b"Content-Type: multipart/mixed; boundary=z\r\n\r\n"
    + b"--b\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n" * 2000,
    "daemon": b"From: MAILER-DAEMON\r\n\r\n" + b"<a@b.example>: x\n" * 50_000,
    "zeros": b"\0" * 1_000_000,
    "carriage returns": TOP + b"\r" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_message_is_answered_in_time(octets: bytes) -> None:
    started = time.process_time()

    found = describe_message(octets, name="hostile")

    assert time.process_time() - started < GENEROUS_SECONDS
    assert len(found["sha256"]) == 64


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b"x" * 3000, "MiB"),
        (make_parts(8), "more than 5 parts"),
        (nest(8), "more than 3 deep"),
        (TOP + b"Content-Type: message/rfc822\r\n\r\n" * 4, "more than 3 deep"),
        (TOP + b"X: " + b"a" * 1500 + b"\r\n\r\n", "header"),
    ],
    ids=["size", "parts", "depth", "messages", "header"],
)
def test_each_limit_is_held_before_parsing(octets: bytes, what: str) -> None:
    limits = Limits(size_bytes=2000, header_bytes=1000, parts=5, depth=3)

    with pytest.raises(TooMuch, match=what):
        check_limits(octets, limits=limits)
    with pytest.raises(TooMuch):
        parse_message(octets, limits=limits)


def test_message_at_the_limits_passes() -> None:
    check_limits(make_parts(LIMITS.parts - 1))
    check_limits(nest(LIMITS.depth))
    assert parse_message(nest(LIMITS.depth)).subject == ""


def test_boundary_that_is_only_mentioned_makes_no_part() -> None:
    octets = make_parts(2) + b"--b\r\n" * 50

    check_limits(octets, limits=Limits(parts=3))
