"""Content-Transfer-Encoding undone (RFC 2045), also where it is broken or untrue."""

import binascii
import re

_WHITE = b" \t\r\n"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_FOREIGN = bytes(set(range(256)) - set(_ALPHABET))
_NOT_IN_DIGITS = bytes(set(range(256)) - set(_ALPHABET + _WHITE))
_PADDING = re.compile(rb"=+")
_TEXT_SPACE = re.compile(rb"[^\s] [^\s]")
_UU_BEGIN = re.compile(rb"(?:\A|[\r\n])begin(?:-base64)? [0-7]{3,4} [^\r\n]*(?:\r\n|\r|\n)")
_UU_NAMES = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})


def undo_transfer_encoding(octets: bytes, encoding: str) -> tuple[bytes, str]:
    """Return the content and a sentence about what was wrong ("" when nothing was).

    ``encoding`` is the header's value. An unknown one leaves the octets as they are.
    """
    name = next(iter(encoding.lower().replace(";", " ").split()), "").strip("\"'")
    if name == "base64":
        return _undo_base64(octets)
    if name == "quoted-printable":
        return binascii.a2b_qp(octets), ""
    if name in _UU_NAMES:
        return _undo_uuencode(octets)
    return octets, ""


def _undo_base64(octets: bytes) -> tuple[bytes, str]:
    digits = octets.translate(None, _FOREIGN)
    foreign = len(octets) - len(octets.translate(None, _NOT_IN_DIGITS))
    if _is_rather_text(octets, foreign):
        return octets, "A part says that it is base64 but is not; it is kept as it came."
    problem = "A part has damaged base64; what could be read is kept." if foreign else ""
    body = digits.rstrip(b"=")
    if b"=" in body:
        # Several base64 texts one after the other, as some gateways and list programs make them.
        return b"".join(_decode_digits(piece) for piece in _PADDING.split(body)), problem
    if len(body) % 4 == 1:
        problem = "A part has base64 that is cut off; what could be read is kept."
    return _decode_digits(body), problem


def _is_rather_text(octets: bytes, foreign: int) -> bool:
    """Tell whether octets that claim to be base64 are plain text: spaces inside lines tell."""
    sample = octets[:4096]
    words = len(_TEXT_SPACE.findall(sample))
    return foreign * 20 > len(octets) or words * 20 > len(sample)


def _decode_digits(digits: bytes) -> bytes:
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _undo_uuencode(octets: bytes) -> tuple[bytes, str]:
    begin = _UU_BEGIN.search(octets)
    lines = octets[begin.end() if begin else 0 :].splitlines()
    out: list[bytes] = []
    problem = ""
    for line in lines:
        if line.strip() in {b"end", b"`"}:
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            problem = "A part has damaged uuencode; what could be read is kept."
            out.append(_decode_long_uu_line(line))
    return b"".join(out), problem


def _decode_long_uu_line(line: bytes) -> bytes:
    """Decode a line with rubbish at its end by the length that its first character says."""
    length = (line[0] - 32) & 63
    try:
        return binascii.a2b_uu(line[: (length + 2) // 3 * 4 + 1])
    except binascii.Error:
        return b""
