"""What a registration at Google can hold: redirect URIs, keys and delegated scopes."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from postdesk_sandbox.control.reading import ControlError
from postdesk_sandbox.google.scopes import is_delegable

if TYPE_CHECKING:
    from postdesk_sandbox.control.reading import Payload

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# Names that no public registry gives out. `.test` and `.example` pass: tests live there.
_PRIVATE_ENDINGS = ("local", "lan", "internal", "home", "corp", "intranet", "localdomain", "arpa")


def choose(payload: Payload, key: str, default: str, known: tuple[str, ...]) -> str:
    """Return one of the known words."""
    value = payload.text(key, default)
    if value not in known:
        raise ControlError(f"{key} must be one of {', '.join(known)}")
    return value


def check_redirect_uris(uris: list[str]) -> None:
    """Refuse what Google's console does not take. Raises ControlError with its reason."""
    for uri in uris:
        if reason := _why_not(uri):
            raise ControlError(f"Invalid Redirect: {reason} ({uri})")


def _why_not(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "it is no URI."
    if parts.fragment or parts.username or "*" in uri or ".." in parts.path:
        return "it must not contain a fragment, user information, a wildcard or a path traversal."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "it must have the scheme http or https and a host."
    if parts.hostname in _LOCAL_HOSTS:
        return ""
    return _why_not_host(parts, parts.hostname)


def _why_not_host(parts: SplitResult, host: str) -> str:
    if _is_ip(host):
        return "must not be a raw IP address."
    if "." not in host or host.rpartition(".")[2] in _PRIVATE_ENDINGS:
        return "must end with a public top-level domain (such as .com or .org)."
    if parts.scheme != "https":
        return "must use https, unless it is localhost."
    return ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def read_keys(payload: Payload) -> dict[str, str]:
    """Return public keys as PEM by key id; certificates are taken as well."""
    given = payload.raw("keys")
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise ControlError("keys must be an object: key id -> PEM of a public key or certificate")
    return {name: _public_pem(pem) for name, pem in given.items()}


def _public_pem(pem: str) -> str:
    octets = pem.encode()
    try:
        key = (
            x509.load_pem_x509_certificate(octets).public_key()
            if "BEGIN CERTIFICATE" in pem
            else serialization.load_pem_public_key(octets)
        )
    except ValueError as error:
        raise ControlError(f"a key must be the PEM of a public key: {error}") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise ControlError("a key of a service account must be RSA")
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def read_delegable(payload: Payload) -> set[str]:
    """Return the scopes that an administrator delegates."""
    scopes = payload.texts("delegated", [])
    if unknown := [one for one in scopes if not is_delegable(one)]:
        raise ControlError(f"unknown scope {', '.join(unknown)}")
    return set(scopes)
