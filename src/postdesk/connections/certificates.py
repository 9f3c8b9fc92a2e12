"""Certificates that an application proves itself with, and Google's keys: made or read here."""

from dataclasses import dataclass, field
from datetime import datetime

from postdesk.base.errors import NeedsPerson
from postdesk.oauth import certificates
from postdesk.oauth.google import read_service_account_key

LONGEST_UPLOAD = 64 * 1024  # octets; a key with a long chain of certificates has a tenth of it
# Entra takes any length; two years are long enough to forget, and short enough to be kept in use.
VALID_DAYS = 730


class KeyRefused(ValueError):
    """What was uploaded is of no use; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate and its private key, both PEM; ``ends_at`` is the certificate's last moment."""

    certificate_pem: str
    private_key: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountKey:
    """The key of a Google service account: who it is, its key's id, and the private key in PEM."""

    client_email: str
    key_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What people compare a certificate by; Entra's page shows ``sha1`` as its thumbprint."""

    subject: str
    sha1: str
    ends_at: datetime


def make_key_pair(*, name: str, now: datetime) -> KeyPair:
    """Make a key and its self-signed certificate; only the latter ever leaves this machine."""
    made = certificates.make_key_pair(valid_days=VALID_DAYS, now=now, common_name=name[:64])
    return _key_pair(made)


def read_key_pair(upload: bytes, *, passphrase: str, now: datetime) -> KeyPair:
    """Read a PEM file with certificate and private key; raises KeyRefused."""
    pem = upload.decode("utf-8", "replace")
    try:
        return _key_pair(certificates.read_key_pair(pem, now=now, passphrase=passphrase))
    except NeedsPerson as refusal:
        raise KeyRefused(f"{refusal.what} {refusal.remedy}") from refusal


def facts_of(certificate_pem: str) -> CertificateFacts | None:
    """Return the facts of a stored certificate, None where there is none that can be read."""
    try:
        facts = certificates.read_facts(certificate_pem) if certificate_pem else None
    except NeedsPerson:
        return None
    if facts is None:
        return None
    return CertificateFacts(subject=facts.subject, sha1=facts.sha1, ends_at=facts.ends_at)


def _key_pair(pair: certificates.KeyPair) -> KeyPair:
    return KeyPair(
        certificate_pem=pair.certificate.certificate_pem,
        private_key=pair.certificate.private_key_pem,
        ends_at=pair.facts.ends_at,
    )


def read_service_account(text: str) -> ServiceAccountKey:
    """Read the JSON file that Google gives once; raises KeyRefused."""
    try:
        key = read_service_account_key(text)
    except NeedsPerson as refusal:
        raise KeyRefused(f"{refusal.what} {refusal.remedy}") from refusal
    return ServiceAccountKey(
        client_email=key.client_email, key_id=key.private_key_id, private_key=key.private_key
    )
