"""Text from outside, made fit for a column: what a database refuses is taken out of it."""

import re

# PostgreSQL takes no NUL in text or JSON, and no encoding has lone surrogates.
_REFUSED = re.compile("[\0\ud800-\udfff]")
LONGEST_MESSAGE_ID_BYTES = 998  # a line of RFC 5322; PostgreSQL indexes up to 2,704 octets


def storable(text: str, *, most: int | None = None) -> str:
    """Return ``text`` with what no column takes replaced by U+FFFD, cut to ``most`` characters."""
    return _REFUSED.sub("\ufffd", text)[:most]


def storable_message_id(message_id: str) -> str:
    """Return a Message-ID as it is stored and looked for: at most 998 octets of UTF-8."""
    octets = storable(message_id).encode()
    return octets[:LONGEST_MESSAGE_ID_BYTES].decode(errors="ignore")
