"""Signing in to mail servers with an access token: what SASL says, for IMAP and SMTP alike.

XOAUTH2 is Google's and Microsoft's own, OAUTHBEARER is RFC 7628. Both begin with one message of
the client. A server that refuses it first says why, as a challenge in JSON, and waits for one more
line before it answers; a client that does not send that line waits for ever.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from postdesk.base.errors import NeedsPerson

TokenSource = Callable[[bool], str]
"""``source(fresh)`` gives an access token, a new one when the last was refused."""

Line = TypeVar("Line")
_STORED, _FRESH = False, True
XOAUTH2 = "XOAUTH2"
OAUTHBEARER = "OAUTHBEARER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How one mechanism begins, and what it says after a refusal's challenge; unencoded octets."""

    mechanism: str
    first: bytes = field(repr=False)
    after_refusal: bytes

    def answer(self, challenge: bytes) -> bytes:
        """Return what a challenge is answered with: the first one is empty."""
        return self.after_refusal if challenge else self.first


def xoauth2(user: str, token: str) -> Opening:
    """Return XOAUTH2: ``user`` is the mailbox, which a person's token may open for another."""
    text = f"user={checked_user(user)}\x01auth=Bearer {token}\x01\x01"
    return Opening(mechanism=XOAUTH2, first=text.encode(), after_refusal=b"")


def oauthbearer(user: str, token: str, *, host: str, port: int) -> Opening:
    """Return OAUTHBEARER (RFC 7628 section 3.1); a lone 0x01 answers the refusal's challenge."""
    name = checked_user(user).replace("=", "=3D").replace(",", "=2C")
    text = f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
    return Opening(mechanism=OAUTHBEARER, first=text.encode(), after_refusal=b"\x01")


def choose_opening(
    offered: Iterable[str], *, user: str, token: str, host: str, port: int
) -> Opening | None:
    """Return the way to sign in by token that the server offers, or None when it offers none.

    Microsoft offers XOAUTH2 alone, Google both.
    """
    mechanisms = {name.upper() for name in offered}
    if XOAUTH2 in mechanisms:
        return xoauth2(user, token)
    if OAUTHBEARER in mechanisms:
        return oauthbearer(user, token, host=host, port=port)
    return None


def open_with_token(
    source: TokenSource,
    open_line: Callable[[str], Line],
    *,
    is_refusal: Callable[[Exception], bool],
) -> Line:
    """Return ``open_line(token)``; a token that is refused is renewed once, on a new line."""
    try:
        return open_line(source(_STORED))
    except Exception as error:
        if not is_refusal(error):
            raise
    return open_line(source(_FRESH))


def encode(octets: bytes) -> str:
    """Return base64 in one line, as SASL in mail protocols wants it."""
    return base64.b64encode(octets).decode("ascii")


def checked_user(user: str) -> str:
    """Return ``user``; raises NeedsPerson for characters that would end the field early."""
    if not user or any(ord(mark) < 32 or ord(mark) == 127 for mark in user):
        raise NeedsPerson(
            f"{user[:80]!r} is no user name.", remedy="Enter the user name again in the account."
        )
    return user
