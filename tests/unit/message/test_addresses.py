import time

import pytest

from postdesk.message.addresses import MOST_ADDRESSES, read_address, read_addresses
from postdesk.message.parsed import Address


@pytest.mark.parametrize(
    ("raw", "name", "email"),
    [
        ("Anna <anna@Example.ORG>", "Anna", "anna@example.org"),
        ('"Doe, Jane" <jane@example.org>', "Doe, Jane", "jane@example.org"),
        ("Doe, Jane <jane@example.org>", "Doe, Jane", "jane@example.org"),
        ("anna@example.org (Anna (at work))", "Anna (at work)", "anna@example.org"),
        ("Pete(A \\) chap) <pete(account)@silly.test(host)>", "Pete", "pete@silly.test"),
        ("=?utf-8?q?J=C3=B6rg?= <j@example.de>", "Jörg", "j@example.de"),
        ('"=?utf-8?q?J=C3=B6rg?=" <j@example.de>', "Jörg", "j@example.de"),
        ('"never closed <a@example.org>', "never closed", "a@example.org"),
        ("<@relay.example,@other.example:a@example.org>", "", "a@example.org"),
        ("anna @ example.org", "", "anna@example.org"),
        ("anna@example.org <anna@example.org", "anna@example.org", "anna@example.org"),
        ("Anna anna@example.org", "Anna", "anna@example.org"),
        ("'anna@example.org' <anna@example.org>", "anna@example.org", "anna@example.org"),
        ('"a b"@example.org', "", '"a b"@example.org'),
        ("MAILER-DAEMON", "MAILER-DAEMON", ""),
        ("<>", "", ""),
        ("", "", ""),
        ("post@[192.0.2.1]", "", "post@[192.0.2.1]"),
    ],
)  # fmt: skip
def test_address_is_read_as_people_mean_it(raw: str, name: str, email: str) -> None:
    assert read_address(raw) == Address(name=name, email=email)


def test_groups_are_dissolved_and_semicolons_separate() -> None:
    found = read_addresses("Team: a@example.org, B <b@example.org>; c@example.org; Nobody:;")

    assert [address.email for address in found] == [
        "a@example.org",
        "b@example.org",
        "c@example.org",
    ]


def test_encoded_name_cannot_smuggle_an_address() -> None:
    raw = "=?utf-8?q?boss=40example=2Eorg=3E=2C?= <stranger@example.net>"

    assert read_addresses(raw) == (
        Address(name="boss@example.org>,", email="stranger@example.net"),
    )


def test_raw_octets_in_a_name_use_the_hint() -> None:
    raw = b"G\xfcnther <g@example.at>".decode("ascii", "surrogateescape")

    assert read_address(raw, hint="iso-8859-1").name == "Günther"


@pytest.mark.parametrize(
    "raw",
    [
        '"' * 100_000,
        '"\\' * 50_000,
        "(" * 100_000,
        "<" * 100_000,
        '<"' * 50_000,
        "<a@b>" * 20_000,
        "," * 100_000,
        "a " * 50_000 + "@",
        "[" * 100_000,
    ],
    ids=lambda raw: raw[:5],
)
def test_hostile_address_header_is_read_in_linear_time(raw: str) -> None:
    started = time.process_time()

    found = read_addresses(raw)

    assert time.process_time() - started < 1.0
    assert len(found) <= MOST_ADDRESSES
