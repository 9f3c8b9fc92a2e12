"""Logs hold no secrets."""

import pytest

from postdesk.base.logs import redact


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer eyJabc.def",
        "refresh_token=0.AAAA&client_id=x",
        "client_secret: hush",
        "/oauth/callback?code=0.AXXX&state=1",
    ],
)
def test_tokens_and_passwords_are_struck_out(text):
    redacted = redact(text)
    for secret in ("eyJabc.def", "0.AAAA", "hush", "0.AXXX"):
        assert secret not in redacted
    assert "[struck out]" in redacted
