"""The arithmetic of NTLMv2: MS-NLMP sections 3.3.2 and 3.4, and MD4 (RFC 1320).

MD4 is written out because today's OpenSSL builds leave it out.
"""

from __future__ import annotations

import hashlib
import hmac
import struct

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

PROOF_BYTES = 16
_MASK = 0xFFFFFFFF
# The three rounds: order of the words, shifts, and the number added.
_ROUNDS = (
    (range(16), (3, 7, 11, 19), 0),
    ((0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13), 0x5A827999),
    ((0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15), 0x6ED9EBA1),
)


def md4(octets: bytes) -> bytes:
    """Return the MD4 digest."""
    state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
    padded = octets + b"\x80" + bytes(-(len(octets) + 9) % 64) + struct.pack("<Q", 8 * len(octets))
    for words in struct.iter_unpack("<16I", padded):
        state = _mix(state, words)
    return struct.pack("<4I", *state)


def _mix(state: tuple[int, int, int, int], words: tuple[int, ...]) -> tuple[int, int, int, int]:
    a, b, c, d = state
    for number, (order, shifts, constant) in enumerate(_ROUNDS):
        for step, word in enumerate(order):
            total = (a + _choose(number, b, c, d) + words[word] + constant) & _MASK
            shift = shifts[step % 4]
            turned = ((total << shift) | (total >> (32 - shift))) & _MASK
            a, b, c, d = d, turned, b, c
    return (
        (state[0] + a) & _MASK,
        (state[1] + b) & _MASK,
        (state[2] + c) & _MASK,
        (state[3] + d) & _MASK,
    )


def _choose(number: int, x: int, y: int, z: int) -> int:
    if number == 0:
        return (x & y) | (~x & _MASK & z)
    if number == 1:
        return (x & y) | (x & z) | (y & z)
    return x ^ y ^ z


def response_key(password: str, *, user: str, domain: str) -> bytes:
    """Return NTOWFv2: the user's name counts in capitals, the domain as it was sent."""
    return _hmac(md4(password.encode("utf-16-le")), (user.upper() + domain).encode("utf-16-le"))


def is_proof(key: bytes, *, challenge: bytes, response: bytes) -> bool:
    """Say whether an NTLMv2 response answers this server challenge."""
    proof, blob = response[:PROOF_BYTES], response[PROOF_BYTES:]
    return hmac.compare_digest(_hmac(key, challenge + blob), proof)


def exported_key(key: bytes, *, response: bytes, sealed_key: bytes) -> bytes:
    """Return the session key; `sealed_key` is the one that the client chose, or empty."""
    base = _hmac(key, response[:PROOF_BYTES])
    if not sealed_key:
        return base
    # S304: NTLM knows no other cipher; nothing secret rests on it here.
    return Cipher(ARC4(base), mode=None).decryptor().update(sealed_key)


def integrity_code(session_key: bytes, messages: bytes) -> bytes:
    """Return the MIC over the three messages, the third one with its own MIC zeroed."""
    return _hmac(session_key, messages)


def _hmac(key: bytes, octets: bytes) -> bytes:
    return hmac.digest(key, octets, hashlib.md5)
