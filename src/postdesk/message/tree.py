"""The MIME tree: the standard library's parser with raw headers and a type reader of our own.

The policy is compat32's, never ``policy.default``, whose header parser hangs on a long To: of
quote marks. Headers stay raw (octets above 127 as surrogate escapes); who wants text decodes them.
"""

import re
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from io import BytesIO
from typing import Any

from postdesk.message.headers import octets_of_header
from postdesk.message.parameters import read_parameters

_LONGEST_TYPE = 8192  # characters of a Content-* header; beyond is an attack or a torn message
_HEADER_LINE = re.compile(rb"(?:From |[!-9;-~]*+:|[ \t])")
_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\r|\n)?")
_SPACED_NAME = re.compile(rb"([!-9;-~]++)[ \t]+:")
_KNOWN_HEADER = re.compile(
    rb"(?i)(?:from|to|cc|subject|date|message-id|mime-version|content-type|received|reply-to"
    rb"|return-path|in-reply-to|references|content-transfer-encoding):"
)
_CONTENT_TYPE = re.compile(
    rb"(?i)(?:\A|(?<=[\r\n]))content-type:([^\r\n]*+(?:(?:\r\n|\r|\n)[ \t][^\r\n]*+)*+)"
)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class RawPolicy(Compat32):
    """compat32 that gives headers as they were sent, and cuts monstrous Content-* headers."""

    # From Python 3.13 on the generator refuses headers that are torn; ours go out as they came.
    verify_generated_headers = False

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and raw value; called by the parser for each header."""
        name, value = super().header_source_parse(sourcelines)
        if len(value) > _LONGEST_TYPE and name.lower().startswith("content-"):
            value = value[:_LONGEST_TYPE]
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002  the base's shape
        """Return the raw value, where compat32 wraps 8-bit ones into an object."""
        return value

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return the header as it came, for parts that are written out again."""
        text = f"{name}: {value}{self.linesep}"
        return text.encode("ascii", "surrogateescape")


_POLICY = RawPolicy(linesep="\r\n")


class Part(Message):
    """A node of the tree whose type and boundary are read by ``read_parameters``."""

    _payload: "list[Message] | str | None"
    _read: tuple[str, dict[str, str]] | None = None

    def content_parameters(self) -> tuple[str, dict[str, str]]:
        """Return the Content-Type header's leading value and its parameters."""
        if self._read is None:
            self._read = read_parameters(_raw(self, "content-type"))
        return self._read

    def get_content_type(self) -> str:
        """Return the media type, or the default of this place when it is missing or malformed."""
        media_type = self.content_parameters()[0]
        if _MEDIA_TYPE.fullmatch(media_type):
            return media_type
        return "text/plain" if media_type else self.get_default_type()

    def get_boundary(self, failobj: Any = None) -> Any:
        """Return the boundary as it was sent, or ``failobj``."""
        return self.content_parameters()[1].get("boundary") or failobj

    def disposition(self) -> tuple[str, dict[str, str]]:
        """Return the Content-Disposition's leading value ("" if none) and its parameters."""
        return read_parameters(_raw(self, "content-disposition"))

    def raw_header(self, name: str) -> str:
        """Return the raw value of the first header of that name (lower case), or ""."""
        return _raw(self, name)

    def get_payload(self, i: Any = None, decode: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return raw octets as surrogate escapes, which the base would decode and lose."""
        if i is None and not decode:
            return self._payload
        return super().get_payload(i, decode)  # type: ignore[call-overload]

    def children(self) -> "list[Part]":
        """Return the parts inside, none for a leaf."""
        parts = self._payload if isinstance(self._payload, list) else []
        return [part for part in parts if isinstance(part, Part)]

    def raw_body(self) -> bytes:
        """Return the octets of a leaf as they were transferred."""
        return octets_of_header(self._payload) if isinstance(self._payload, str) else b""

    def source(self) -> bytes:
        """Return the part as octets again, with CRLF line ends; headers keep their folding."""
        out = BytesIO()
        BytesGenerator(out, mangle_from_=False, policy=_POLICY).flatten(self)
        return out.getvalue()

    def inner_source(self) -> bytes:
        """Return what stands below the part's own header, as octets with CRLF line ends."""
        octets = self.source()
        return octets[header_block_end(octets, 0)[1] :]


def read_tree(octets: bytes) -> Part:
    """Return the tree of a message. Raises RecursionError when parts are nested without end."""
    octets = repair_start(octets)
    return BytesParser(Part, policy=_POLICY).parsebytes(octets)  # type: ignore[return-value]


def repair_start(octets: bytes) -> bytes:
    """Return the octets without what stands before the header, and with its torn lines mended.

    A line amid the header that is none ends the header for the standard library, which loses the
    rest. When known headers follow, such a line belongs to the one before it.
    """
    octets = octets.removeprefix(_BYTE_ORDER_MARK).lstrip(b"\r\n")
    end, _ = header_block_end(octets, 0)
    lines = list(_lines_to_blank(octets, end))
    known = [place for place, line in enumerate(lines) if _KNOWN_HEADER.match(line)]
    if not known:
        return octets
    mended = [_mend(line) for line in lines[: known[-1] + 1]]
    rest = octets[end + sum(len(line) for line in lines[: known[-1] + 1]) :]
    return octets[:end] + b"".join(mended) + rest


def header_block_end(octets: bytes, start: int) -> tuple[int, int]:
    """Return where the header block that begins at ``start`` ends, and where its body begins.

    As the standard library sees it: the first line that cannot be of a header ends the block, and
    belongs to the body unless it is blank.
    """
    at = start
    while _HEADER_LINE.match(octets, at):
        following = _end_of_line(octets, at)
        if following == at:
            break
        at = following
    blank = octets[at : at + 2]
    if blank == b"\r\n":
        return at, at + 2
    return at, at + 1 if blank[:1] in {b"\r", b"\n"} else at


def read_content_type(block: bytes) -> tuple[str, bytes]:
    """Return the media type and boundary that a header block declares, as the tree reads them."""
    match = _CONTENT_TYPE.search(block)
    if match is None:
        return "", b""
    value = match[1].lstrip(b" \t").decode("ascii", "surrogateescape")[:_LONGEST_TYPE]
    media_type, parameters = read_parameters(value)
    return media_type, octets_of_header(parameters.get("boundary", ""))


def _raw(part: Message, name: str) -> str:
    return next((str(value) for key, value in part.raw_items() if key.lower() == name), "")


def _end_of_line(octets: bytes, at: int) -> int:
    match = _LINE.match(octets, at)
    return match.end() if match else at


def _lines_to_blank(octets: bytes, start: int) -> "list[bytes]":
    """Return the lines from ``start`` to the next blank one, at most two hundred."""
    lines: list[bytes] = []
    while len(lines) < 200 and octets[start : start + 1] not in {b"", b"\r", b"\n"}:
        end = _end_of_line(octets, start)
        lines.append(octets[start:end])
        start = end
    return lines


def _mend(line: bytes) -> bytes:
    if _HEADER_LINE.match(line):
        return line
    return _SPACED_NAME.sub(rb"\1:", line, count=1) if _SPACED_NAME.match(line) else b" " + line
