"""Reads the sentence that Entra puts into ``error_description``.

Its shape: ``AADSTS700082: words. Trace ID: guid Correlation ID: guid Timestamp: moment``. Older
texts separate the trailer with CR LF, newer ones with spaces.
"""

import re
from dataclasses import dataclass

_CODE = re.compile(r"AADSTS(\d{2,9})", re.ASCII)
_TRAILER = re.compile(r"\b(Trace ID|Correlation ID|Timestamp):")
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDescription:
    """The parts of an error description. ``code`` is 0 and texts are "" where absent.

    Trace id, correlation id and timestamp are what Microsoft's support asks for.
    """

    code: int
    message: str
    trace_id: str
    correlation_id: str
    timestamp: str


def parse_description(text: str) -> ErrorDescription:
    """Return the parts of ``text``, which may be anything."""
    message, *trailer = _TRAILER.split(text[:_LONGEST])
    found = dict(zip(trailer[::2], map(str.strip, trailer[1::2]), strict=True))
    code = _CODE.search(message)
    return ErrorDescription(
        code=int(code[1]) if code else 0,
        message=" ".join(message.split()),
        trace_id=found.get("Trace ID", ""),
        correlation_id=found.get("Correlation ID", ""),
        timestamp=found.get("Timestamp", ""),
    )
