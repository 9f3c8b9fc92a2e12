"""Certificates: made, read from what was uploaded, and refused with the reason."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from postdesk.base.errors import NeedsPerson
from postdesk.oauth.application import Certificate
from postdesk.oauth.certificates import (
    KeyPair,
    check_pair,
    make_key_pair,
    read_facts,
    read_key_pair,
)

NOW = datetime(2026, 11, 29, 6, 0, 0, tzinfo=UTC)


@cache
def pair(name: str = "desk") -> KeyPair:
    return make_key_pair(valid_days=365, now=NOW, common_name=name)


def key_of(made: KeyPair):
    return serialization.load_pem_private_key(made.certificate.private_key_pem.encode(), None)


def encoded(key, form: serialization.PrivateFormat, *, passphrase: bytes = b"") -> str:
    encryption = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def test_made_pair_is_a_self_signed_rsa_certificate_of_the_asked_length():
    found = x509.load_pem_x509_certificate(pair().certificate.certificate_pem.encode())

    assert found.public_key().key_size == 3072
    assert found.subject.rfc4514_string() == "CN=desk"
    assert found.issuer == found.subject
    assert found.not_valid_after_utc == NOW + timedelta(days=365)
    assert found.not_valid_before_utc < NOW
    found.verify_directly_issued_by(found)


def test_facts_are_those_of_the_certificate():
    found = x509.load_pem_x509_certificate(pair().certificate.certificate_pem.encode())

    facts = read_facts(pair().certificate.certificate_pem)

    assert facts == pair().facts
    assert facts.sha1 == found.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303  Entra's name
    assert facts.sha256 == found.fingerprint(hashes.SHA256()).hex().upper()
    assert facts.ends_at == NOW + timedelta(days=365)


def test_two_made_pairs_have_different_keys():
    assert pair("one").certificate.private_key_pem != pair("two").certificate.private_key_pem


def test_private_key_is_not_in_the_words_of_the_pair():
    assert "PRIVATE" not in repr(pair())
    assert "PRIVATE" not in repr(pair().certificate)


@pytest.mark.parametrize("order", ["key first", "certificate first"])
def test_uploaded_file_may_have_either_order(order):
    parts = [pair().certificate.private_key_pem, pair().certificate.certificate_pem]
    text = "\n".join(parts if order == "key first" else parts[::-1])

    assert read_key_pair(text, now=NOW) == pair()


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
)
@pytest.mark.parametrize("passphrase", [b"", b"open sesame"])
def test_key_may_be_in_any_usual_form(form, passphrase):
    text = encoded(key_of(pair()), form, passphrase=passphrase) + pair().certificate.certificate_pem

    read = read_key_pair(text, now=NOW, passphrase=passphrase.decode())

    assert read == pair()
    assert "ENCRYPTED" not in read.certificate.private_key_pem


def test_unneeded_passphrase_does_no_harm():
    text = pair().certificate.private_key_pem + pair().certificate.certificate_pem

    assert read_key_pair(text, now=NOW, passphrase="not needed") == pair()


def test_certificate_that_fits_is_found_in_a_chain_amid_other_text():
    text = (
        "Bag Attributes\r\n    friendlyName: desk\r\n"
        + pair("authority").certificate.certificate_pem
        + pair().certificate.certificate_pem.replace("\n", "\r\n")
        + pair().certificate.private_key_pem
    )

    assert read_key_pair(text, now=NOW) == pair()


def refusal(text: str, *, now: datetime = NOW, passphrase: str = "") -> NeedsPerson:
    with pytest.raises(NeedsPerson) as caught:
        read_key_pair(text, now=now, passphrase=passphrase)
    assert caught.value.code == "certificate_unusable"
    assert caught.value.remedy
    return caught.value


def test_file_without_key_or_certificate_says_which_is_missing():
    assert "no private key" in refusal(pair().certificate.certificate_pem).what
    assert "no certificate" in refusal(pair().certificate.private_key_pem).what
    assert "no private key" in refusal("").what


def test_key_of_another_certificate_is_refused():
    text = pair("one").certificate.private_key_pem + pair("two").certificate.certificate_pem

    assert "does not fit" in refusal(text).what


def test_encrypted_key_asks_for_its_passphrase():
    key = encoded(key_of(pair()), serialization.PrivateFormat.PKCS8, passphrase=b"right")
    text = key + pair().certificate.certificate_pem

    assert "encrypted" in refusal(text).what
    assert "passphrase" in refusal(text, passphrase="wrong").what


def test_key_that_is_not_rsa_is_refused():
    key = encoded(ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.PKCS8)

    assert "not an RSA key" in refusal(key + pair().certificate.certificate_pem).what


def test_damaged_parts_are_told_apart():
    body = "-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n"
    bad_key = body.format("PRIVATE KEY") + pair().certificate.certificate_pem
    bad_certificate = pair().certificate.private_key_pem + body.format("CERTIFICATE")

    assert "private key cannot be read" in refusal(bad_key).what
    assert "certificate cannot be read" in refusal(bad_certificate).what


def test_certificate_outside_its_time_is_refused():
    text = pair().certificate.private_key_pem + pair().certificate.certificate_pem

    assert "ended on 2027-11-29" in refusal(text, now=NOW + timedelta(days=365)).what
    assert "begins on" in refusal(text, now=NOW - timedelta(days=1)).what


def test_last_second_of_a_certificate_still_counts():
    text = pair().certificate.private_key_pem + pair().certificate.certificate_pem

    assert read_key_pair(text, now=NOW + timedelta(days=365, seconds=-1)) == pair()


def test_stored_pair_is_checked_before_it_is_used():
    check_pair(pair().certificate)
    mixed = Certificate(
        certificate_pem=pair("one").certificate.certificate_pem,
        private_key_pem=pair("two").certificate.private_key_pem,
    )

    with pytest.raises(NeedsPerson, match="does not fit"):
        check_pair(mixed)
