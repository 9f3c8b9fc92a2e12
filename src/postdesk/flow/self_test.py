"""The test of our own redirect URI: a one-time question that only this desk can answer."""

import hashlib
import hmac

from django.conf import settings
from django.core.cache import cache

from postdesk.base.ids import hash_token, new_token

SELF_TEST = "self_test"  # in the query of the redirect URI
GOOD_FOR_SECONDS = 60


def open_self_test() -> str:
    """Return a question, good once and for a minute."""
    nonce = new_token(18)
    cache.set(_key(nonce), "open", GOOD_FOR_SECONDS)
    return nonce


def answer_self_test(nonce: str) -> str:
    """Return the answer to a question that is open, and close it; "" for any other."""
    return expected_answer(nonce) if cache.delete(_key(nonce)) else ""


def expected_answer(nonce: str) -> str:
    """Return what this desk, and no other program, answers."""
    key = settings.VAULT.signing_key("self-test")
    return hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest()


def _key(nonce: str) -> str:
    return f"self-test:{hash_token(nonce)}"
