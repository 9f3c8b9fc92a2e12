"""Delivery reports: RFC 3464 first, then what flufl.bounce knows of the many that are not."""

import contextlib
import logging
import re
from typing import TYPE_CHECKING

from flufl.bounce import all_failures

from postdesk.message.addresses import read_address
from postdesk.message.headers import decode_header, find_header
from postdesk.message.parsed import Bounce, BouncedRecipient
from postdesk.message.references import find_message_ids, read_message_id
from postdesk.message.transfer import undo_transfer_encoding
from postdesk.message.tree import Part, read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_PARTS = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
)
# Who sends bounces. A client who writes about one, or forwards one, is not among them.
_DAEMON = re.compile(
    r"(?i)\b(?:mailer-?daemon|mail-?daemon|postmaster|mdaemon|mmdf|mailsystem|mail-?system"
    r"|microsoftexchange[0-9a-f]{8,}|mailadm|uucp|amavis|maildelivery|mail delivery"
    r"|bounces?|mail\.delivery|system administrator)\b"
)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
_RETURNED_ID = re.compile(
    rb"(?:^|[\r\n])[ \t>]{0,8}Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\r\n]{1,998}>)", re.IGNORECASE
)
_LOOKED_AT = 128 * 1024  # octets of a message that the patterns see: a bounce says it at the top
_LONGEST_LINE = 998
_MOST_RECIPIENTS = 1000

# It logs every detector; a desk's log is not the place.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def read_bounce(tree: Part, octets: bytes) -> Bounce | None:
    """Return the delivery report that a message is, or None when it is none.

    A report that somebody forwards, as text or as an attachment, is none. ``action`` and
    ``status`` are RFC 3464's, ``status`` "" where nobody says it.
    """
    recipients = _read_status_parts(tree) or _ask_flufl(tree, octets)
    if not recipients:
        return None
    return Bounce(recipients=recipients, original_message_id=_find_original_id(tree, octets))


def _read_status_parts(tree: Part) -> tuple[BouncedRecipient, ...]:
    if tree.get_content_type() != "multipart/report" and not _looks_like_daemon(tree):
        return ()
    found: dict[tuple[str, str], BouncedRecipient] = {}
    for part in _parts_outside_messages(tree):
        if part.get_content_type() not in _STATUS_PARTS:
            continue
        for block in _status_blocks(part):
            recipient = _read_block(block)
            if recipient is not None and len(found) < _MOST_RECIPIENTS:
                found.setdefault((recipient.address, recipient.action), recipient)
    return tuple(found.values())


def _parts_outside_messages(part: Part) -> "Iterator[Part]":
    """Yield the parts of a message but not those of messages inside it."""
    yield part
    if part.get_content_type().startswith("multipart/"):
        for child in part.children():
            yield from _parts_outside_messages(child)


def _status_blocks(part: Part) -> list[dict[str, str]]:
    """Return the blocks of fields of a delivery-status part, names in lower case."""
    content, _ = undo_transfer_encoding(
        part.inner_source(), part.raw_header("content-transfer-encoding")
    )
    blocks = []
    for text in re.split(rb"\n[ \t]*\n", content.replace(b"\r\n", b"\n")):
        fields = read_tree(text.strip(b"\n") + b"\n\n")
        blocks.append({name.lower(): decode_header(value) for name, value in fields.raw_items()})
    return blocks


def _read_block(block: dict[str, str]) -> BouncedRecipient | None:
    address = ""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        address = address or _recipient_address(block.get(name, ""))
    action = next(iter(block.get("action", "").lower().split()), "")
    if not address or not action:
        return None
    action = "failed" if action.startswith(("fail", "error")) else action
    status = _STATUS.search(block.get("status", ""))
    return BouncedRecipient(address=address, action=action[:20], status=status[0] if status else "")


def _recipient_address(value: str) -> str:
    """Return the address behind ``rfc822;``; RFC 3464 section 2.3.2, with or without the type."""
    return read_address(value.rpartition(";")[2]).email


def _ask_flufl(tree: Part, octets: bytes) -> tuple[BouncedRecipient, ...]:
    if not _looks_like_daemon(tree):
        return ()
    sample = _shorten_lines(octets[:_LOOKED_AT])
    delayed: frozenset[bytes] = frozenset()
    failed: frozenset[bytes] = frozenset()
    with contextlib.suppress(Exception):  # a collection of guesses, on hostile input
        delayed, failed = all_failures(read_tree(sample))
    pairs = [(each, "failed") for each in sorted(failed)]
    pairs += [(each, "delayed") for each in sorted(delayed - failed)]
    recipients = [
        BouncedRecipient(address=address, action=action, status="")
        for each, action in pairs[:_MOST_RECIPIENTS]
        if (address := read_address(each.decode("utf-8", "surrogateescape")).email)
    ]
    return tuple(recipients)


def _looks_like_daemon(tree: Part) -> bool:
    """Tell whether a mail system wrote this, by its envelope or its name.

    Its subject proves nothing: people who ask about a bounce copy it, and theirs is a ticket.
    """
    items = [(name, decode_header(value)) for name, value in tree.raw_items()]
    if find_header(items, "return-path").replace(" ", "") == "<>":
        return True
    if find_header(items, "x-failed-recipients"):
        return True
    sender = find_header(items, "from") or find_header(items, "sender")
    return not sender.strip("<> ") or _DAEMON.search(sender) is not None


def _shorten_lines(octets: bytes) -> bytes:
    return b"\n".join(line[:_LONGEST_LINE] for line in octets.splitlines())


def _find_original_id(tree: Part, octets: bytes) -> str:
    """Return the Message-ID of the mail that came back: from its headers, else as Exchange says."""
    for part in _parts_outside_messages(tree):
        if part.get_content_type() in _RETURNED_PARTS:
            content, _ = undo_transfer_encoding(
                part.inner_source() if part.children() else part.raw_body(),
                part.raw_header("content-transfer-encoding"),
            )
            found = read_message_id(decode_header(read_tree(content).raw_header("message-id")))
            if found:
                return found
    own = read_message_id(decode_header(tree.raw_header("message-id")))
    for match in _RETURNED_ID.findall(octets[:_LOOKED_AT]):
        found = read_message_id(match.decode("ascii", "replace"))
        if found and found != own:
            return found
    answered = tree.raw_header("in-reply-to") or tree.raw_header("references")
    return next(iter(find_message_ids(decode_header(answered))), "")
