"""Reading a claims challenge out of WWW-Authenticate."""

import base64
import json

import pytest

from postdesk.drivers.challenge import read_claims

CLAIMS = json.dumps({"access_token": {"acrs": {"essential": True, "value": "cp1"}}})
ENCODED = base64.b64encode(CLAIMS.encode()).decode()


def challenge(text: str) -> dict[str, str]:
    return {"www-authenticate": text}


def test_claims_are_read_whatever_the_order_and_number_of_headers() -> None:
    plain = f'Bearer realm="", error="insufficient_claims", claims="{ENCODED}"'
    turned = f'Bearer claims="{ENCODED}", error="insufficient_claims"'
    second = f'Bearer realm="other", {plain}'
    for text in (plain, turned, second, plain.replace("=" * 2, "")):
        assert read_claims(challenge(text)) == CLAIMS


@pytest.mark.parametrize(
    "text",
    [
        "",
        'Bearer error="invalid_token"',
        f'Bearer claims="{ENCODED}"',
        'Bearer error="insufficient_claims", claims="%%%"',
        'Bearer error="insufficient_claims", claims="AAAA"',
        f'Bearer error="insufficient_claims", claims="{base64.b64encode(b"[1]").decode()}"',
    ],
)
def test_what_is_no_challenge_has_no_claims(text: str) -> None:
    assert read_claims(challenge(text)) == ""
