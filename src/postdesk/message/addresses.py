"""Addresses in headers, read in one pass, whatever stands there (RFC 5322 section 3.4 and worse).

The structure is read from the raw value and only names are decoded afterwards: an encoded comma or
bracket must not become syntax.
"""

import re
from typing import TYPE_CHECKING

from postdesk.message.charsets import decode_octets
from postdesk.message.headers import decode_header, octets_of_header
from postdesk.message.parsed import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ADDRESSES = 5000  # of one header; what follows is not read
_PIECE = re.compile(
    r"""
      "(?:[^"\\]|\\.)*+"          # quoted string
    | <[^<>"]*+(?:"[^"<>]*+"[^<>"]*+)*+>   # angle address
    | \[[^\[\]]*+\]               # domain literal
    | \\.                         # escaped character outside quotes
    | [(),:;<>"\[\]\\]            # a delimiter, or a broken opening of one of the above
    | \s++
    | [^\s(),:;<>"\[\]\\]++       # word
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*+\)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_EMBEDDED = re.compile(r"[^\s<>@,;:\"()\[\]]{1,64}@[^\s<>@,;:\"()\[\]]{1,255}")
_WHITE = re.compile(r"\s+")
_NOBODY = Address(name="", email="")


def read_addresses(raw: str, *, hint: str = "") -> tuple[Address, ...]:
    """Return the mailboxes of a raw header value, groups dissolved, in order.

    An entry without any address keeps its text as ``name`` with ``email`` "". Linear in the
    length of ``raw``.
    """
    text = raw
    if not text.isascii():
        text, _ = decode_octets(octets_of_header(raw), hint=hint)
    found: list[Address] = []
    for pieces in _split_entries(_pieces(text)):
        address = _read_entry(pieces)
        if address != _NOBODY:
            found.append(address)
        if len(found) >= MOST_ADDRESSES:
            break
    return tuple(found)


def read_address(raw: str, *, hint: str = "") -> Address:
    """Return the first mailbox of a raw value; both fields "" if there is none.

    Of several the first with an address counts: ``Doe, Jane <j@example.org>`` without the quotes
    it needs is one person, not two.
    """
    found = read_addresses(raw, hint=hint)
    with_email = [address for address in found if address.email]
    if not with_email:
        return found[0] if found else _NOBODY
    first = with_email[0]
    before = [address.name for address in found[: found.index(first)]]
    name = ", ".join(filter(None, [*before, first.name]))
    return Address(name=name, email=first.email)


def is_address(text: str) -> bool:
    """Tell whether ``text`` has the form local@domain and nothing else."""
    return _EMBEDDED.fullmatch(text) is not None


def _pieces(text: str) -> "list[str]":
    """Return the pieces of a value without its comments, which are kept as ``(text`` pieces."""
    raw = _PIECE.findall(text)
    if raw.count("(") > raw.count(")"):
        return raw  # a comment that never ends would swallow all that follows
    return list(_fold_comments(raw))


def _fold_comments(pieces: list[str]) -> "Iterator[str]":
    depth, comment = 0, ""
    for piece in pieces:
        if piece == "(":
            depth += 1
            comment += "(" if depth == 1 else piece
        elif piece == ")" and depth:
            depth -= 1
            if depth == 0:
                yield comment
                comment = ""
            else:
                comment += piece
        elif depth:
            comment += piece
        else:
            yield piece


def _split_entries(pieces: list[str]) -> "Iterator[list[str]]":
    """Yield the pieces of each mailbox. A colon drops the name of a group before it."""
    entry: list[str] = []
    for piece in pieces:
        if piece in {",", ";"}:
            yield entry
            entry = []
        elif piece == ":":
            entry = []
        else:
            entry.append(piece)
        if piece[0] == "<" and len(piece) > 1 and len(entry) > 1 and _has_angle(entry[:-1]):
            yield entry[:-1]  # two angle addresses without a comma between them
            entry = [piece]
    yield entry


def _has_angle(pieces: list[str]) -> bool:
    return any(_is_angle(piece) for piece in pieces)


def _is_angle(piece: str) -> bool:
    return len(piece) > 1 and piece[0] == "<" and piece[-1] == ">"


def _read_entry(pieces: list[str]) -> Address:
    """Return the mailbox that the pieces of one entry make."""
    comments = [piece[1:] for piece in pieces if len(piece) > 1 and piece[0] == "("]
    pieces = [piece for piece in pieces if not (len(piece) > 1 and piece[0] == "(")]
    angle = next((place for place, piece in enumerate(pieces) if _is_angle(piece)), None)
    if angle is None:
        return _read_bare(pieces, comments)
    email = _normalise(pieces[angle][1:-1])
    name = _phrase(pieces[:angle] + pieces[angle + 1 :]) or _phrase(comments)
    if not email:
        name = name or _phrase([pieces[angle][1:-1]])
        return Address(name=name, email="")
    return Address(name=name, email=email)


def _read_bare(pieces: list[str], comments: list[str]) -> Address:
    """Read an entry without brackets: an address, words with an address among them, or a name."""
    text = "".join(piece for piece in pieces if piece != "<" and piece != ">")
    email = _normalise(text)
    if email:
        return Address(name=_phrase(comments), email=email)
    name = _phrase(pieces)
    match = _EMBEDDED.search(name)
    if match is None:
        return Address(name=name, email="")  # what is only a comment is nobody
    rest = (name[: match.start()] + " " + name[match.end() :]).strip(" <>\"'")
    return Address(name=_WHITE.sub(" ", rest), email=_normalise(match[0]))


def _phrase(pieces: list[str]) -> str:
    """Return the display name that pieces make: unquoted, decoded, white space collapsed."""
    words = [_ESCAPED.sub(r"\1", piece[1:-1]) if _is_quoted(piece) else piece for piece in pieces]
    name = _WHITE.sub(" ", decode_header("".join(words))).strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name.strip('"') if name.count('"') == 1 else name


def _is_quoted(piece: str) -> bool:
    return len(piece) > 1 and piece[0] == '"' and piece[-1] == '"'


def _normalise(text: str) -> str:
    """Return local@domain with its domain in lower case, or "" when ``text`` is no address."""
    if "(" in text:
        text = _COMMENT.sub("", text)
    text = text.strip()
    if text[:1] == "@" or text[:7].lower() == "mailto:":
        text = text.rpartition(":")[2]  # a route (RFC 5322 section 4.4), or a pasted link
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(), _WHITE.sub("", domain).rstrip(".").lower()
    if not at or not local or not domain:
        return ""
    if not _is_quoted(local) and ("@" in local or _WHITE.search(local)):
        return ""
    return decode_header(local) + "@" + decode_header(domain)
