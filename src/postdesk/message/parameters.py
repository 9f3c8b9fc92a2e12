"""Parameters of Content-Type and Content-Disposition: RFC 2045, RFC 2231 and what is really sent.

A single pass over the value. The standard library's reader is quadratic in the number of
parameters, and gives up on several of the broken forms below.
"""

import re
from urllib.parse import unquote_to_bytes

from postdesk.message.charsets import decode_octets
from postdesk.message.headers import decode_header, octets_of_header

_PARAMETER = re.compile(r';[\s;]*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^;]*+)', re.DOTALL)
_FORGOTTEN_SEMICOLON = re.compile(r"\A(\s*+[^\s;=]++)\s++(?=[\w*-]{1,40}=)")
_ESCAPED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"(?P<name>[^*]+)(?:\*(?P<number>\d{1,4}))?(?P<coded>\*)?", re.ASCII)
_MOST = 500  # parameters that are looked at; real mail has fewer than ten


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return the leading value in lower case and the parameters by lower-case name, decoded.

    Continuations (``filename*0*``), charsets and languages of RFC 2231 are joined and decoded, as
    are the encoded words that many programs put there against the rules. ``name*`` beats ``name``.
    """
    value = _FORGOTTEN_SEMICOLON.sub(r"\1; ", value, count=1)
    main = next(iter(value.partition(";")[0].lower().split()), "").strip("\"'")
    if not main.isascii():
        main = ""
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    plain: dict[str, str] = {}
    for count, match in enumerate(_PARAMETER.finditer(value)):
        if count >= _MOST:
            break
        section = _SECTION.fullmatch(match[1])
        if section is None:
            continue
        name, text = section["name"].lower(), _unquote(match[2])
        if section["number"] is None and not section["coded"]:
            plain.setdefault(name, text)
        else:
            place = int(section["number"] or 0)
            sections.setdefault(name, []).append((place, bool(section["coded"]), text))
    found = {name: _decode(name, text) for name, text in plain.items()}
    found.update({name: _join(pieces) for name, pieces in sections.items()})
    return main, found


def _decode(name: str, text: str) -> str:
    # A boundary is compared with raw lines, so nothing in it may be decoded.
    return text.rstrip() if name == "boundary" else decode_header(text).strip()


def _unquote(text: str) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    # Only \" and \\ are escapes here: programs on Windows send whole paths in quotes.
    return _ESCAPED.sub(r"\1", text[1:].removesuffix('"'))


def _join(pieces: list[tuple[int, bool, str]]) -> str:
    """Join the sections of one parameter; the first coded one names the charset (RFC 2231)."""
    charset, octets = "", b""
    for position, (_, is_coded, text) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        rest = text
        if position == 0 and is_coded and text.count("'") >= 2:
            charset, _, rest = text.split("'", 2)
        octets += unquote_to_bytes(octets_of_header(rest)) if is_coded else octets_of_header(rest)
    if not charset and b"=?" in octets:
        return decode_header(octets.decode("ascii", "surrogateescape")).strip()
    return decode_octets(octets, charset)[0].strip()
