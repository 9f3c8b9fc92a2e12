"""What a message may cost at most, decided before it is parsed.

One pass over the octets that knows only as much of MIME as is needed to count parts and depth. It
reads boundaries and types with the same functions as the parser, so that the two cannot be made
to disagree.
"""

import re
from dataclasses import dataclass

from postdesk.base.errors import ThisMessage
from postdesk.message.tree import header_block_end, read_content_type

_MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a message may have of each; the defaults are far above ordinary mail."""

    size_bytes: int = 64 * _MEBI  # Microsoft 365 delivers 35 MiB unless it is told otherwise
    header_bytes: int = _MEBI  # of one header block; a To: of 10,000 people fits
    parts: int = 1000  # digests of mailing lists have a hundred
    depth: int = 40  # multiparts and messages in one another; ordinary mail has four
    report_lines: int = 20_000  # of one delivery-status part: each blank line makes an object


LIMITS = Limits()


class TooMuch(ThisMessage):
    """A message is larger, deeper or in more parts than is read; the message says which."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what, remedy="Download the original message and ask its sender to send less at once."
        )


def check_limits(octets: bytes, *, limits: Limits = LIMITS) -> None:
    """Return when ``octets`` are within ``limits``; raise TooMuch otherwise.

    Linear in the size of the message, and stops at the first limit that is passed.
    """
    if len(octets) > limits.size_bytes:
        raise TooMuch(
            f"The message has {len(octets) // _MEBI} MiB; "
            f"up to {limits.size_bytes // _MEBI} MiB are read."
        )
    _Count(octets, limits).count_all()


# It begins with a literal and looks back, which is ten times faster than looking for line ends.
_BOUNDARY_LINE = re.compile(rb"--(?:(?<=[\r\n]--)|(?<=\A--))([^\r\n]*+)(?:\r\n|\r|\n|\Z)")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class _Count:
    """Walks over the boundaries of one message; ``_open`` holds those that are open."""

    def __init__(self, octets: bytes, limits: Limits) -> None:
        self._octets = octets
        self._limits = limits
        self._parts = 0
        self._open: list[tuple[bytes, int]] = []

    def count_all(self) -> None:
        at = self._read_part(0, depth=0)
        while self._open and (match := _BOUNDARY_LINE.search(self._octets, at)):
            at = match.end()
            depth = self._close_to(match[1].rstrip(b" \t"))
            if depth is not None:
                at = self._read_part(at, depth=depth)

    def _close_to(self, line: bytes) -> int | None:
        """Close what ends at this line; return the new part's depth if one begins here."""
        for place in range(len(self._open) - 1, -1, -1):
            boundary, depth = self._open[place]
            if line == boundary:
                del self._open[place + 1 :]
                return depth
            if line == boundary + b"--":
                del self._open[place:]
                return None
        return None

    def _read_part(self, start: int, *, depth: int) -> int:
        """Read the header of a part, and of the messages that begin right after it."""
        while True:
            end, body = header_block_end(self._octets, start)
            self._check(header_bytes=end - start, depth=depth)
            media_type, boundary = read_content_type(self._octets[start:end])
            if media_type.startswith("multipart/") and boundary:
                self._open.append((boundary, depth + 1))
            elif media_type in {"message/delivery-status", "message/global-delivery-status"}:
                self._check_report(body)
            elif media_type.startswith("message/") and body > start:
                start, depth = body, depth + 1
                continue
            return body

    def _check(self, *, header_bytes: int, depth: int) -> None:
        self._parts += 1
        if self._parts > self._limits.parts:
            raise TooMuch(f"The message has more than {self._limits.parts} parts.")
        if depth > self._limits.depth:
            raise TooMuch(
                f"The message has messages or parts in one another, more than "
                f"{self._limits.depth} deep."
            )
        if header_bytes > self._limits.header_bytes:
            raise TooMuch(
                f"A header of the message has more than {self._limits.header_bytes} octets."
            )

    def _check_report(self, start: int) -> None:
        stop = len(self._octets)
        if self._open:
            found = self._octets.find(b"--" + self._open[-1][0], start)
            stop = stop if found < 0 else found
        for count, _ in enumerate(_LINE_END.finditer(self._octets, start, stop)):
            if count > self._limits.report_lines:
                raise TooMuch(f"A delivery report has more than {self._limits.report_lines} lines.")
