"""The octets of the three NTLM messages (MS-NLMP section 2.2.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SIGNATURE = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3
MIC_AT, MIC_BYTES = 72, 16

_UNICODE, _OEM, _REQUEST_TARGET, _NTLM = 0x00000001, 0x00000002, 0x00000004, 0x00000200
# Names of clients that cannot do Unicode, such as curl.
_OEM_CHARSET = "cp1252"
_TARGET_IS_DOMAIN, _TARGET_INFO, _VERSION = 0x00010000, 0x00800000, 0x02000000
KEY_EXCHANGE = 0x40000000
# Agreed to when the client asks: sign, seal, always sign, extended security, 128, 56, key exchange.
_ON_REQUEST = 0x00000010 | 0x00000020 | 0x00008000 | 0x00080000 | 0x20000000 | 0x80000000
# Attribute ids of the target information.
_END, _COMPUTER, _DOMAIN, _DNS_COMPUTER, _DNS_DOMAIN, _DNS_TREE = 0, 1, 2, 3, 4, 5
_FLAGS, _TIME = 6, 7
_HAS_MIC = 0x2
# 100 ns steps between 1601 and 1970.
_EPOCH = 116_444_736_000_000_000


class BadMessageError(ValueError):
    """The octets are no such NTLM message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What the third message says."""

    user: str
    domain: str
    response: bytes
    sealed_key: bytes
    mic: bytes | None
    without_mic: bytes


def message_type(octets: bytes) -> int:
    """Return 1, 2 or 3. Raises BadMessageError."""
    if len(octets) < 16 or not octets.startswith(SIGNATURE):
        raise BadMessageError("not an NTLM message")
    return _number(octets, 8)


def write_challenge(negotiate: bytes, *, nonce: bytes, domain: str, unix_time: float) -> bytes:
    """Return the second message: what was agreed to, the nonce, and who we are.

    Raises BadMessageError when the client offers no way to write names.
    """
    asked = _number(negotiate, 12)
    if not asked & (_UNICODE | _OEM):
        raise BadMessageError("neither Unicode nor OEM")
    writing = _UNICODE if asked & _UNICODE else _OEM
    flags = (
        writing | _REQUEST_TARGET | _NTLM | _TARGET_IS_DOMAIN | _TARGET_INFO | _VERSION
        | (asked & (_ON_REQUEST | KEY_EXCHANGE))
    )  # fmt: skip
    short = domain.partition(".")[0].upper()
    target = short.encode("utf-16-le" if writing == _UNICODE else _OEM_CHARSET)
    info = _target_info(short, domain, unix_time)
    head = 56
    return b"".join(
        (
            SIGNATURE,
            struct.pack("<I", CHALLENGE),
            struct.pack("<HHI", len(target), len(target), head),
            struct.pack("<I", flags),
            nonce,
            bytes(8),
            struct.pack("<HHI", len(info), len(info), head + len(target)),
            # Windows 10.0, build 17763, NTLM revision 15.
            struct.pack("<BBHxxxB", 10, 0, 17763, 15),
            target,
            info,
        )
    )


def _target_info(short: str, domain: str, unix_time: float) -> bytes:
    host = f"ex1.{domain}"
    pairs = (
        (_DOMAIN, short.encode("utf-16-le")),
        (_COMPUTER, "EX1".encode("utf-16-le")),
        (_DNS_DOMAIN, domain.encode("utf-16-le")),
        (_DNS_COMPUTER, host.encode("utf-16-le")),
        (_DNS_TREE, domain.encode("utf-16-le")),
        (_TIME, struct.pack("<Q", _EPOCH + int(unix_time * 10_000_000))),
        (_END, b""),
    )
    return b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in pairs)


def read_authentication(octets: bytes) -> Authentication:
    """Read the third message. Raises BadMessageError; never anything else."""
    if message_type(octets) != AUTHENTICATE or len(octets) < 64:
        raise BadMessageError("not an authenticate message")
    flags = _number(octets, 60)
    charset = "utf-16-le" if flags & _UNICODE else _OEM_CHARSET
    response = _field(octets, 20)
    has_mic = _announces_mic(response)
    if has_mic and len(octets) < MIC_AT + MIC_BYTES:
        raise BadMessageError("the announced integrity code is missing")
    return Authentication(
        user=_text(octets, 36, charset),
        domain=_text(octets, 28, charset),
        response=response,
        sealed_key=_field(octets, 52) if flags & KEY_EXCHANGE else b"",
        mic=octets[MIC_AT : MIC_AT + MIC_BYTES] if has_mic else None,
        without_mic=octets[:MIC_AT] + bytes(MIC_BYTES) + octets[MIC_AT + MIC_BYTES :],
    )


def _announces_mic(response: bytes) -> bool:
    """Look into the attributes that the client sealed into its NTLMv2 response."""
    # Proof (16), version (2), reserved (6), time (8), client nonce (8), reserved (4).
    at = 44
    while at + 4 <= len(response):
        kind, length = struct.unpack_from("<HH", response, at)
        if kind == _END:
            return False
        if kind == _FLAGS and length == 4 and at + 8 <= len(response):
            return bool(_number(response, at + 4) & _HAS_MIC)
        at += 4 + length
    return False


def _number(octets: bytes, at: int) -> int:
    if len(octets) < at + 4:
        raise BadMessageError("the message is cut short")
    return int(struct.unpack_from("<I", octets, at)[0])


def _field(octets: bytes, at: int) -> bytes:
    length, _, offset = struct.unpack_from("<HHI", octets, at)
    if offset + length > len(octets):
        raise BadMessageError("a field lies outside of the message")
    return octets[offset : offset + length]


def _text(octets: bytes, at: int, charset: str) -> str:
    try:
        return _field(octets, at).decode(charset)
    except UnicodeDecodeError as error:
        raise BadMessageError("a name is not in the agreed charset") from error
