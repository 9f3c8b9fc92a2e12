"""Client assertions: a JWT signed with a certificate that the application uploaded.

Forms accepted: RS256 or PS256, the certificate named by `x5t` (SHA-1) or `x5t#S256`; a
chain in `x5c` has to begin with that certificate.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from postdesk_sandbox.entra.codes import EntraError, precise, refusal
from postdesk_sandbox.entra.directory import is_shared

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App
    from postdesk_sandbox.web import Call

ALGORITHMS = ("RS256", "PS256")
MAX_CHARACTERS = 32 * 1024
_SKEW_SECONDS = 300
_LOGIN_HOSTS = ("login.microsoftonline.com", "login.windows.net", "sts.windows.net")
_AUDIENCE_PATHS = ("oauth2/v2.0/token", "oauth2/token", "v2.0", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An uploaded certificate: thumbprints as the header of an assertion gives them."""

    der: bytes
    sha1: str
    sha256: str
    key: rsa.RSAPublicKey
    begins_at: datetime
    ends_at: datetime


@lru_cache(maxsize=64)
def read_certificate(pem: str) -> Certificate:
    """Read one PEM certificate with an RSA key. Raises ValueError with the reason."""
    found = x509.load_pem_x509_certificate(pem.encode())
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the certificate's key is not RSA")  # noqa: TRY004 -- as bad PEM is
    return Certificate(
        der=found.public_bytes(serialization.Encoding.DER),
        sha1=_encode(found.fingerprint(hashes.SHA1())),  # noqa: S303 -- x5t is SHA-1 by definition
        sha256=_encode(found.fingerprint(hashes.SHA256())),
        key=key,
        begins_at=found.not_valid_before_utc,
        ends_at=found.not_valid_after_utc,
    )


def check_assertion(call: Call, app: App, assertion: str, *, tenant_name: str) -> None:
    """Accept a client assertion, or raise EntraError 50027, 700021, 700023, 700024, 700027."""
    if len(assertion) > MAX_CHARACTERS:
        raise _malformed("The token is too long.")
    header = _read_header(assertion)
    certificate = _find_certificate(call, app, header)
    claims = _verify(app, assertion, certificate)
    if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
        raise refusal(700021, app=app.client_id)
    if not _is_for_us(call, claims.get("aud"), tenant_name=tenant_name):
        raise refusal(700023, audience=claims.get("aud"), expected=_expected(call, tenant_name))
    _check_times(call, claims)
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise _malformed("The 'jti' claim is missing.")


def _read_header(assertion: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(assertion)
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _malformed("The token format is not proper.") from error
    if header.get("alg") not in ALGORITHMS:
        raise _malformed(f"The algorithm '{header.get('alg')}' is not supported.")
    return header


def _find_certificate(call: Call, app: App, header: dict[str, Any]) -> Certificate:
    sha1, sha256 = _thumbprint(header, "x5t"), _thumbprint(header, "x5t#S256")
    if not sha1 and not sha256:
        raise _malformed("No certificate thumbprint specified in token header.")
    for pem in app.certificates:
        one = read_certificate(pem)
        if sha1 in {"", one.sha1} and sha256 in {"", one.sha256}:
            _check_chain(app, header, one)
            if not one.begins_at <= call.now < one.ends_at:
                raise _unverified(app, "The key used is expired.", one.sha1)
            return one
    raise _unverified(app, "The key was not found.", sha1 or sha256)


def _thumbprint(header: dict[str, Any], name: str) -> str:
    """Return a thumbprint; some libraries leave the padding of base64 on."""
    value = header.get(name, "")
    if not isinstance(value, str):
        raise _malformed(f"The '{name}' header is no text.")
    return value.rstrip("=")


def _check_chain(app: App, header: dict[str, Any], certificate: Certificate) -> None:
    chain = header.get("x5c")
    if chain is None:
        return
    first = chain[0] if isinstance(chain, list) and chain else ""
    if not isinstance(first, str):
        raise _malformed("The 'x5c' header is not proper.")
    try:
        # msal leaves the line breaks of the PEM in.
        der = base64.b64decode("".join(first.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("The 'x5c' header is not proper.") from error
    if der != certificate.der:
        raise _unverified(app, "The chain begins with another certificate.", certificate.sha1)


def _verify(app: App, assertion: str, certificate: Certificate) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.api_jws.decode_complete(
            assertion, certificate.key, algorithms=list(ALGORITHMS)
        )
        return _read_claims(claims["payload"])
    except jwt.InvalidTokenError as error:
        reason = "Key was found, but use of the key to verify the signature failed."
        raise _unverified(app, reason, certificate.sha1) from error


def _read_claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise _malformed("The payload is no JSON.") from error
    if not isinstance(claims, dict):
        raise _malformed("The payload is no JSON object.")
    return claims


def _is_for_us(call: Call, audience: object, *, tenant_name: str) -> bool:
    """Accept token endpoint or issuer of the tenant, under our own name or Microsoft's."""
    if not isinstance(audience, str):
        return False
    try:
        parts = urlsplit(audience)
    except ValueError:
        return False
    ours = parts.scheme == "https" and parts.netloc.lower() in _LOGIN_HOSTS
    if not ours and f"{parts.scheme}://{parts.netloc}" != call.base_url:
        return False
    name, _, rest = parts.path.lstrip("/").partition("/")
    named = call.world.tenant.is_named(name) or (is_shared(name) and name == tenant_name)
    return named and rest.rstrip("/") in _AUDIENCE_PATHS


def _expected(call: Call, tenant_name: str) -> str:
    return f"{call.base_url}/{tenant_name}/oauth2/v2.0/token"


def _check_times(call: Call, claims: dict[str, Any]) -> None:
    begins, ends = _moment(claims, "nbf", default=0), _moment(claims, "exp")
    now = call.now.timestamp()
    if begins.timestamp() - _SKEW_SECONDS <= now < ends.timestamp() + _SKEW_SECONDS:
        return
    raise refusal(700024, now=precise(call.now), begins=precise(begins), ends=precise(ends))


def _moment(claims: dict[str, Any], name: str, *, default: int | None = None) -> datetime:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _malformed(f"The '{name}' claim is missing or no number.")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise _malformed(f"The '{name}' claim is out of range.") from error


def _malformed(reason: str) -> EntraError:
    return refusal(50027, reason=reason)


def _unverified(app: App, reason: str, thumbprint: str) -> EntraError:
    return refusal(700027, reason=reason, thumbprint=thumbprint, app=app.client_id)


def _encode(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
