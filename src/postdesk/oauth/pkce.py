"""Proof Key for Code Exchange (RFC 7636): only who began the sign-in can redeem its code."""

import base64
import hashlib
import secrets

METHOD = "S256"
_VERIFIER_OCTETS = 48  # 64 characters; RFC 7636 section 4.1 allows 43 to 128


def new_verifier() -> str:
    """Return a fresh code verifier. It is kept here until the code comes back."""
    return secrets.token_urlsafe(_VERIFIER_OCTETS)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge that the authorization request carries (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
