"""Octets in, ``ParsedMessage`` out: whatever they are, within the limits."""

import re
from typing import TYPE_CHECKING

from postdesk.base.ids import sha256_hex
from postdesk.message.addresses import read_address, read_addresses
from postdesk.message.body import Bodies, BodyReader
from postdesk.message.bounce import read_bounce
from postdesk.message.dates import read_date
from postdesk.message.headers import decode_header, decode_headers
from postdesk.message.limits import LIMITS, Limits, check_limits
from postdesk.message.parsed import Address, Bounce, ParsedMessage
from postdesk.message.quotes import strip_quoted
from postdesk.message.references import find_message_ids, read_message_id
from postdesk.message.tree import Part, header_block_end, read_tree, repair_start

if TYPE_CHECKING:
    from datetime import datetime

# Where servers keep the Message-ID that they replaced (Outlook.com, Gmail, some gateways).
_ALIAS_HEADERS = (
    "x-microsoft-original-message-id",
    "x-google-original-message-id",
    "x-original-message-id",
)
_ONCE = ("from", "subject", "date", "message-id", "to", "content-type")
_NO_BODIES = Bodies(text="", html="", attachments=())


def parse_message(octets: bytes, *, limits: Limits = LIMITS) -> ParsedMessage:
    """Return the reading of a message. Raises TooMuch and nothing else.

    Whatever is broken is read as far as it goes, and ``problems`` of the result says so.
    """
    check_limits(repair_start(octets), limits=limits)
    problems: list[str] = []
    try:
        tree = read_tree(octets)
        reader = BodyReader(problems)
        bodies = reader.read(tree)
        bounce = read_bounce(tree, octets)
    except RecursionError:
        return parse_head(octets, problem="The parts are nested too deep; only the header is read.")
    return _Head(tree, hint=reader.charset, problems=problems).assemble(octets, bodies, bounce)


def parse_head(octets: bytes, *, problem: str, limits: Limits = LIMITS) -> ParsedMessage:
    """Return what the header of a message says, with no bodies; for one that is too much.

    ``problem`` is the sentence that says why, and becomes part of the reading.
    """
    repaired = repair_start(octets)
    end, _ = header_block_end(repaired[: limits.header_bytes], 0)
    # Without a type there is nothing inside to read.
    lines = re.sub(rb"(?i)(?:\A|(?<=[\r\n]))content-", b"x-content-", repaired[:end])
    return _Head(read_tree(lines), hint="", problems=[problem]).assemble(octets, _NO_BODIES, None)


class _Head:
    """Reads the headers of one message."""

    def __init__(self, tree: Part, *, hint: str, problems: list[str]) -> None:
        self._raw = list(tree.raw_items())
        self._hint = hint
        self._problems = problems
        self._note_repeated()

    def assemble(self, octets: bytes, bodies: Bodies, bounce: Bounce | None) -> ParsedMessage:
        """Return the reading of the whole message from its head, bodies and report."""
        subject = self._text("subject")
        ids = [read_message_id(decode_header(value)) for value in self._all("message-id")]
        return ParsedMessage(
            sha256=sha256_hex(octets),
            size_bytes=len(octets),
            subject=subject,
            from_=self._address("from"),
            sender=self._address("sender") if self._first("sender").strip() else None,
            reply_to=self._addresses("reply-to"),
            to=self._addresses("to"),
            cc=self._addresses("cc"),
            date=self._date(),
            message_id=ids[0] if ids else "",
            alias_message_ids=self._alias_ids(ids),
            in_reply_to=next(iter(find_message_ids(self._text("in-reply-to"))), ""),
            references=find_message_ids(self._text("references")),
            return_path=self._return_path(),
            text=bodies.text,
            text_reply=strip_quoted(bodies.text, subject=subject),
            html=bodies.html,
            attachments=bodies.attachments,
            bounce=bounce,
            headers=tuple(decode_headers(self._raw, hint=self._hint)),
            problems=tuple(self._problems),
        )

    def _all(self, name: str) -> list[str]:
        return [value for key, value in self._raw if key.lower() == name]

    def _first(self, name: str) -> str:
        return next(iter(self._all(name)), "")

    def _text(self, name: str) -> str:
        return decode_header(self._first(name), hint=self._hint)

    def _address(self, name: str) -> Address:
        return read_address(self._first(name), hint=self._hint)

    def _addresses(self, name: str) -> tuple[Address, ...]:
        values = self._all(name)
        return tuple(
            address for value in values for address in read_addresses(value, hint=self._hint)
        )

    def _date(self) -> "datetime | None":
        value = self._text("date")
        date = read_date(value)
        if date is None:
            sentence = f"The date cannot be read: {value[:60]}" if value else "There is no date."
            self._problems.append(sentence)
        return date

    def _alias_ids(self, ids: list[str]) -> tuple[str, ...]:
        others = [read_message_id(self._text(name)) for name in _ALIAS_HEADERS]
        return tuple(dict.fromkeys(i for i in (*ids[1:], *others) if i and i not in ids[:1]))

    def _return_path(self) -> str | None:
        """Return the envelope's sender: "" for the null one, None when nobody says."""
        values = self._all("return-path")
        if not values:
            return None
        is_null = not values[0].strip("<> \t\r\n")
        return "" if is_null else read_address(values[0]).email or None

    def _note_repeated(self) -> None:
        names = [name.lower() for name, _ in self._raw]
        for name in _ONCE:
            if names.count(name) > 1:
                self._problems.append(f"The header {name.title()} stands there more than once.")
        if "from" not in names:
            self._problems.append("There is no From header.")
