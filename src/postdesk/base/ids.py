"""Random tokens, their hashes, and the signed token that makes a reply find its ticket."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_REPLY_TOKEN = re.compile(r"^t\.(\d{1,12})\.(\d{1,12})\.([0-9a-f]{20})@", re.ASCII)
_SIGNATURE_HEX_DIGITS = 20  # 80 bits: short enough for a header line, far beyond guessing


def new_token(octets: int = 32) -> str:
    """Return a URL-safe random token of ``octets`` random octets."""
    return secrets.token_urlsafe(octets)


def hash_token(token: str) -> str:
    """Return the SHA-256 of a random token in hex; what the database keeps instead of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def sha256_hex(octets: bytes) -> str:
    """Return the SHA-256 of ``octets`` in hex."""
    return hashlib.sha256(octets).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToken:
    """Which ticket, and which message of ours, a Message-ID of ours was made for."""

    ticket_number: int
    message_number: int


def make_reply_message_id(token: ReplyToken, *, domain: str, key: bytes) -> str:
    """Return ``<t.{ticket}.{message}.{hmac}@{domain}>``, angle brackets included."""
    signature = _sign(token, key)
    return f"<t.{token.ticket_number}.{token.message_number}.{signature}@{domain}>"


def read_reply_message_id(message_id: str, *, key: bytes) -> ReplyToken | None:
    """Return the token inside a Message-ID of ours, or None when it is none or is forged."""
    match = _REPLY_TOKEN.match(message_id.strip().removeprefix("<"))
    if match is None:
        return None
    token = ReplyToken(ticket_number=int(match[1]), message_number=int(match[2]))
    return token if hmac.compare_digest(_sign(token, key), match[3]) else None


def _sign(token: ReplyToken, key: bytes) -> str:
    text = f"reply:{token.ticket_number}.{token.message_number}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:_SIGNATURE_HEX_DIGITS]
