"""Keys and certificates of pretend applications, and assertions signed with them."""

import base64
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class ClientKey:
    """A key with its self-signed certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der_base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    @property
    def sha1_hex(self) -> str:
        return self.certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 -- SHA-1 by definition

    @property
    def x5t(self) -> str:
        return _base64url(self.certificate.fingerprint(hashes.SHA1()))  # noqa: S303 -- x5t is SHA-1

    @property
    def x5t_s256(self) -> str:
        return _base64url(self.certificate.fingerprint(hashes.SHA256()))

    def sign(
        self,
        *,
        client_id: str = "client-1",
        audience: str = "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token",
        algorithm: str = "PS256",
        headers: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """Return a client assertion; a change to None leaves the claim out."""
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": str(uuid.uuid4()),
            "nbf": now,
            "exp": now + 600,
        } | changes
        named = headers if headers is not None else {"x5t#S256": self.x5t_s256}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, algorithm=algorithm, headers=named)


@lru_cache
def client_key(name: str = "desk", *, days: int = 365) -> ClientKey:
    """Make a key once for the whole run; `days` is how long its certificate lasts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return ClientKey(key, certificate)


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
