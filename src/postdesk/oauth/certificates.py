"""Certificates that an application proves itself with: made here, or uploaded as PEM."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from postdesk.base.errors import NeedsPerson
from postdesk.oauth.application import Certificate

_KEY_BITS = 3072  # BSI TR-02102-1 asks for 3000 or more
_BACKDATED = timedelta(minutes=5)  # for a provider whose clock is behind ours
_LONGEST_PEM = 128 * 1024
_BLOCK = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----.*?-----END (?P=label)-----", re.DOTALL
)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What people compare a certificate by.

    Thumbprints are upper-case hexadecimal: Entra's page shows SHA-1, an assertion names SHA-256.
    """

    subject: str
    sha1: str
    sha256: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate with its key, both PEM and unencrypted, and what is said in it."""

    certificate: Certificate
    facts: CertificateFacts


def make_key_pair(*, valid_days: int, now: datetime, common_name: str = "Postdesk") -> KeyPair:
    """Return a fresh RSA key with a self-signed certificate; only the latter leaves this machine.

    Entra takes self-signed certificates: it compares the key and asks no authority.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    begins_at = now.replace(microsecond=0)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at - _BACKDATED)
        .not_valid_after(begins_at + timedelta(days=valid_days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _describe(made, key)


def read_key_pair(pem: str, *, now: datetime, passphrase: str = "") -> KeyPair:
    """Return the pair in an uploaded PEM file: one key, and the certificate that fits it.

    Their order is free, and a chain may follow. The key may be encrypted; what is returned is not,
    and has to be stored encrypted. Raises NeedsPerson naming what is wrong with the file.
    """
    blocks = [(found["label"], found[0]) for found in _BLOCK.finditer(pem[:_LONGEST_PEM])]
    keys = [block for label, block in blocks if label.endswith("PRIVATE KEY")]
    certificates = [block for label, block in blocks if label == "CERTIFICATE"]
    if not keys:
        raise _refuse("There is no private key in the file.", _HOW)
    if not certificates:
        raise _refuse("There is no certificate in the file.", _HOW)
    key = _load_key(keys[0], passphrase=passphrase)
    fitting = _find_fitting([_load_certificate(block) for block in certificates], key)
    if now >= fitting.not_valid_after_utc:
        ended = f"The certificate ended on {fitting.not_valid_after_utc:%Y-%m-%d}."
        raise _refuse(ended, "Upload one that is valid, or let Postdesk make one.")
    if now < fitting.not_valid_before_utc - _BACKDATED:
        begins = (
            f"The certificate begins only on {fitting.not_valid_before_utc:%Y-%m-%d %H:%M} UTC."
        )
        raise _refuse(begins, "Wait until then, or check this machine's clock.")
    return _describe(fitting, key)


def read_facts(certificate_pem: str) -> CertificateFacts:
    """Return the facts of a stored certificate; raises NeedsPerson."""
    return _facts_of(_load_certificate(certificate_pem))


def check_pair(certificate: Certificate) -> None:
    """Raise NeedsPerson unless both parts can be read and belong together."""
    key = _load_key(certificate.private_key_pem, passphrase="")
    _find_fitting([_load_certificate(certificate.certificate_pem)], key)


_HOW = (
    "Upload one PEM file with both the certificate and its private key, or let Postdesk make a "
    "key pair."
)


def _refuse(what: str, remedy: str) -> NeedsPerson:
    return NeedsPerson(what, remedy=remedy, code="certificate_unusable")


def _load_key(pem: str, *, passphrase: str) -> rsa.RSAPrivateKey:
    is_encrypted = "ENCRYPTED" in pem
    if is_encrypted and not passphrase:
        raise _refuse("The private key is encrypted.", "Enter its passphrase beside the file.")
    secret = passphrase.encode() if is_encrypted else None
    try:
        key = serialization.load_pem_private_key(pem.encode(), secret)
    except _UNREADABLE as error:
        if is_encrypted:
            raise _refuse(
                "The private key does not open with this passphrase.",
                "Check the passphrase, and that the file is complete.",
            ) from error
        raise _refuse("The private key cannot be read.", _HOW) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _refuse(
            "The private key is not an RSA key.",
            "Microsoft takes RSA keys only: make one of those.",
        )
    return key


def _load_certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except _UNREADABLE as error:
        raise _refuse("The certificate cannot be read.", _HOW) from error


def _find_fitting(certificates: list[x509.Certificate], key: rsa.RSAPrivateKey) -> x509.Certificate:
    ours = key.public_key().public_numbers()
    for one in certificates:
        theirs = one.public_key()
        if isinstance(theirs, rsa.RSAPublicKey) and theirs.public_numbers() == ours:
            return one
    raise _refuse("The private key does not fit the certificate.", _HOW)


def _describe(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> KeyPair:
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return KeyPair(
        certificate=Certificate(certificate_pem=pem, private_key_pem=key_pem),
        facts=_facts_of(certificate),
    )


def _facts_of(certificate: x509.Certificate) -> CertificateFacts:
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        # Not for security: Entra names certificates by it.
        sha1=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
        sha256=certificate.fingerprint(hashes.SHA256()).hex().upper(),
        ends_at=certificate.not_valid_after_utc,
    )
