"""Header text: encoded words (RFC 2047), raw octets (RFC 6532 and worse), folding."""

import binascii
import re
from typing import TYPE_CHECKING

from postdesk.message.charsets import clean_text, decode_octets

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"=\?([!->@-~]{1,64})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"[ \t]*+(?:\r\n|\r|\n)\s*+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decode_header(raw: str, *, hint: str = "") -> str:
    """Return a header's value as people read it: unfolded, decoded, without control characters.

    ``raw`` is the value as the parser keeps it (octets above 127 as surrogate escapes). ``hint``
    is a charset to try for raw octets that are no UTF-8.
    """
    text = _FOLD.sub(" ", raw)
    if not text.isascii() or "\x1b" in text:
        text, _ = decode_octets(octets_of_header(text), hint=hint)
    if "=?" in text:
        text = _decode_words(text)
    return clean_text(text.replace("\t", " ")).strip()


def decode_headers(items: "Iterable[tuple[str, str]]", *, hint: str = "") -> list[tuple[str, str]]:
    """Return names and values of all headers, decoded, in order."""
    return [(name, decode_header(value, hint=hint)) for name, value in items]


def octets_of_header(raw: str) -> bytes:
    """Return the octets behind a raw header value; text that never was octets becomes UTF-8."""
    try:
        return raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return raw.encode("utf-8", "surrogateescape")


def find_header(items: "Iterable[tuple[str, str]]", name: str) -> str:
    """Return the value of the first header of that name (lower case), or ""."""
    return next((value for key, value in items if key.lower() == name), "")


def _decode_words(text: str) -> str:
    """Decode encoded words wherever they stand; white space between two of them is dropped.

    Neighbours of one charset and encoding are joined before they are decoded, because many
    programs cut in the middle of a character.
    """
    out: list[str] = []
    run: list[tuple[str, str, str]] = []
    end = 0
    for match in _WORD.finditer(text):
        gap = text[end : match.start()]
        word = (match[1].partition("*")[0].lower(), match[2].lower(), match[3])
        if run and (gap.strip() or word[:2] != run[-1][:2]):
            out.append(_decode_run(run))
            run = []
        if gap.strip() or end == 0:
            out.append(gap)
        run.append(word)
        end = match.end()
    if run:
        out.append(_decode_run(run))
    return "".join(out) + text[end:]


def _decode_run(run: list[tuple[str, str, str]]) -> str:
    charset, encoding, _ = run[0]
    pieces = [octets_of_header(text) for _, _, text in run]
    if encoding == "q":
        octets = b"".join(binascii.a2b_qp(piece, header=True) for piece in pieces)
    else:
        octets = _decode_base64_words(pieces)
    return decode_octets(octets, charset)[0].replace("\n", " ").replace("\r", " ")


def _decode_base64_words(pieces: list[bytes]) -> bytes:
    """Decode words one by one, or joined where a word was cut inside a group of four."""
    octets, open_piece = b"", b""
    for piece in pieces:
        open_piece += _NOT_BASE64.sub(b"", piece)
        if len(open_piece) % 4 == 0 or b"=" in piece:
            octets += _decode_base64(open_piece)
            open_piece = b""
    return octets + _decode_base64(open_piece)


def _decode_base64(digits: bytes) -> bytes:
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
