"""Thread-Index and Thread-Topic, by which Outlook and Exchange keep conversations together.

PidTagConversationIndex (MS-OXOMSG 2.2.1.3): a header of 22 octets, of which every mail of a
conversation has the same, and 5 octets for each answer.
"""

from __future__ import annotations

import binascii
import re
import uuid
from base64 import b64decode, b64encode
from datetime import UTC, datetime

from postdesk_sandbox.ids import object_guid

HEADER_OCTETS = 22
LEVEL_OCTETS = 5
# Outlook stops to count there; a longer value is somebody's play.
MAX_OCTETS = HEADER_OCTETS + 100 * LEVEL_OCTETS
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# MS-OXCMSG: a prefix has up to three letters, then a colon and a space.
_PREFIX = re.compile(r"\A[^\W\d_]{1,3}: ")
_RESERVED = b"\x01"


def begin_thread(root: str, *, at: datetime) -> str:
    """Return the Thread-Index of a first mail; `root` is its Message-ID."""
    moment = (_file_time(at) >> 16) & (2**40 - 1)
    guid = uuid.UUID(object_guid("thread", root))
    return b64encode(_RESERVED + moment.to_bytes(5, "big") + guid.bytes).decode()


def answer_thread(parent: str, *, at: datetime) -> str:
    """Return the Thread-Index of an answer: the parent's and one level more.

    A parent that is no Thread-Index, or is full, comes back as it is.
    """
    known = _read(parent)
    if len(known) < HEADER_OCTETS or len(known) + LEVEL_OCTETS > MAX_OCTETS:
        return parent
    begun = int.from_bytes(_RESERVED + known[1:6], "big") << 16
    passed = max(0, _file_time(at) - begun)
    # Short ones in steps of 26 milliseconds, those of years in steps of 0.8 seconds.
    is_long = passed >= 2**49
    level = (passed >> 23 | 2**31) if is_long else passed >> 18
    return b64encode(known + (level & (2**32 - 1)).to_bytes(4, "big") + b"\x10").decode()


def thread_of(index: str) -> bytes:
    """Return the octets that all mails of a conversation share; empty for what is no index."""
    known = _read(index)
    return known[:HEADER_OCTETS] if len(known) >= HEADER_OCTETS else b""


def topic_of(subject: str) -> str:
    """Return the subject without its prefix, on one line."""
    return _PREFIX.sub("", " ".join(subject.split()), count=1)


def _file_time(at: datetime) -> int:
    """Return the moment as Windows counts it: in 100 nanoseconds since 1601."""
    passed = at - _EPOCH
    return (passed.days * 86400 + passed.seconds) * 10_000_000 + passed.microseconds * 10


def _read(index: str) -> bytes:
    try:
        return b64decode("".join(index.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
