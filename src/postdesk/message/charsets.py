"""Octets to text when the declared charset is right, wrong, unknown or missing. Never raises."""

import codecs
import re

import chardet

_ACCEPTABLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
# Python calls these text encodings, but no mail is written in them, and some are slow.
_NOT_IN_MAIL = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
# What mail calls a charset, and the codecs to try for it: the superset that Windows and the web
# really write stands first, because a sender that says gb2312 or latin-1 often means more.
_CODECS = {
    "iso8859-1": ("cp1252", "iso8859-1"),
    "ascii": ("utf-8",),
    "iso8859-9": ("cp1254", "iso8859-9"),
    "tis-620": ("cp874", "tis-620"),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "hz": ("hz", "gb18030"),
    "big5": ("big5", "cp950", "big5hkscs"),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
    "euc_kr": ("cp949",),
    "iso2022_jp": ("iso2022_jp_ext", "iso2022_jp_2004"),
    "utf-8": ("utf-8",),
}
# Names that Python's own table lacks.
_ALIASES = {
    "cp-850": "cp850",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "ks_c_5601-1987": "euc_kr",
    "ks_c_5601": "euc_kr",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "windows-31j": "shift_jis",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gbk",
    "x-mac-roman": "mac_roman",
    "x-sjis": "shift_jis",
    "x-unknown": "",
    "unknown-8bit": "",
}
_SEVEN_BIT_STATEFUL = frozenset({"utf-7", "hz", "iso2022_jp", "iso2022_kr"})
_LATIN = frozenset({"iso8859-1", "iso8859-15", "cp1252", "ascii"})
_JAPANESE_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([JI])")
_SAMPLE_OCTETS = 16_384  # what the guess looks at; more costs time and changes nothing
_LEAST_CONFIDENCE = 0.02  # chardet's own scale: below, the guess is worse than cp1252
# Control characters have no place in text: NUL cannot even be stored by PostgreSQL.
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]")


def decode_octets(octets: bytes, declared: str = "", *, hint: str = "") -> tuple[str, str]:
    """Return the text and a sentence about what was wrong ("" when nothing was).

    ``declared`` is the charset that the octets themselves claim, ``hint`` another that may be
    tried when nothing is declared, as the charset of the body is for a raw header.
    """
    name = _find_codec(declared)
    if octets.isascii() and name not in _SEVEN_BIT_STATEFUL and b"\x1b" not in octets:
        return clean_text(octets.decode("ascii")), ""
    if name in _LATIN and (text := _decode_strictly(octets, "utf-8")) is not None:
        wrong = f"A text says that it is {declared} but is UTF-8." if name != "ascii" else ""
        return clean_text(text), wrong
    for codec in _CODECS.get(name, (name,)) if name else ():
        if (text := _decode_strictly(octets, codec)) is not None:
            return clean_text(text), ""
    text, guessed = _guess(octets, _find_codec(hint))
    if not declared:
        return clean_text(text), "" if guessed == "utf-8" else _undeclared(guessed)
    return clean_text(text), f"A text is not the {declared[:40]} that it says; read as {guessed}."


def clean_text(text: str) -> str:
    """Return ``text`` without control characters and with lone surrogates replaced."""
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        octets = b"\0"
    # Two passes in C find out that there is nothing to do, as is usual, faster than a pattern.
    if len(octets.translate(None, _CONTROLS)) == len(octets) and "\ufeff" not in text:
        return text
    return _UNWANTED.sub(lambda match: "\ufffd" if "\ud800" <= match[0] <= "\udfff" else "", text)


def _undeclared(guessed: str) -> str:
    return f"A text does not say its charset; read as {guessed}."


def _find_codec(declared: str) -> str:
    """Return Python's name of a charset, or "" when it is unknown or none for mail."""
    wanted = declared.strip().strip("'\"").lower()
    wanted = _ALIASES.get(wanted, wanted)
    if not _ACCEPTABLE_NAME.fullmatch(wanted):
        return ""
    try:
        name = codecs.lookup(wanted).name
    except (LookupError, ValueError):
        return ""
    return "" if name.replace("_", "-") in _NOT_IN_MAIL else name


def _decode_strictly(octets: bytes, codec: str) -> str | None:
    if codec.startswith(("utf-16", "utf-32")) and b"\0" not in octets:
        return None  # a wrong label: no European text in UTF-16 is without a zero octet
    try:
        return octets.decode(codec)
    except (LookupError, ValueError):
        return None


def _guess(octets: bytes, hint: str) -> tuple[str, str]:
    candidates = ["utf-8", hint]
    if _JAPANESE_ESCAPE.search(octets):
        candidates.insert(0, "iso2022_jp_ext")
    for codec in filter(None, candidates):
        if (text := _decode_strictly(octets, codec)) is not None:
            return text, codec
    if _is_mostly_utf8(octets):
        return octets.decode("utf-8", "replace"), "utf-8 with errors"
    codec = _ask_chardet(octets)
    if (text := _decode_strictly(octets, codec)) is not None:
        return text, codec
    return octets.decode("cp1252", "replace"), "cp1252"


def _ask_chardet(octets: bytes) -> str:
    first = next((i for i, octet in enumerate(octets) if octet > 0x7F), 0)
    start = max(0, first - 200)
    found = chardet.detect(
        octets[start : start + _SAMPLE_OCTETS], encoding_era=chardet.EncodingEra.MODERN_WEB
    )
    if not found["encoding"] or found["confidence"] < _LEAST_CONFIDENCE:
        return "cp1252"
    return _find_codec(found["encoding"]) or "cp1252"


def _is_mostly_utf8(octets: bytes) -> bool:
    """Tell whether only a few of the non-ASCII characters break UTF-8 (a cut-off mail)."""
    sample = octets[:_SAMPLE_OCTETS].decode("utf-8", "replace")
    broken = sample.count("\ufffd")
    return broken * 10 < sum(character > "\x7f" for character in sample)
