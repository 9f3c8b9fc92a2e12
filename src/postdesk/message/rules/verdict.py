"""What a rule answers."""

import enum
from dataclasses import dataclass, field


class Disposition(enum.StrEnum):
    """What the desk does with a message. Nothing is ever dropped."""

    PASS = "pass"  # noqa: S105  a disposition, no password
    RECORD = "record"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of the first rule that spoke. ``reason`` is a sentence for people."""

    rule: str
    disposition: Disposition
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a rule may know beside the message itself.

    ``own_addresses`` are lower-case. ``is_sent_by_us`` says that the Message-ID, or the signed
    ``X-Postdesk-Msg`` header, is one that this desk has sent. ``allow_auto_submitted`` is the
    account's tick box.
    """

    own_addresses: frozenset[str] = field(default_factory=frozenset)
    is_sent_by_us: bool = False
    allow_auto_submitted: bool = False
