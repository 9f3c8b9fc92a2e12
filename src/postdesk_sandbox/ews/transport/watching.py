"""Writing into the journal what Microsoft's schema does not allow, where it is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.transport import microsoft_schema

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call


def watch(call: Call, what: str, octets: bytes) -> bytes:
    """Check an envelope and return it unchanged; `what` says which one it is."""
    schema = microsoft_schema.from_environment()
    for violation in schema.violations(octets) if schema else ():
        with call.state.lock:
            call.state.journal.break_schema(f"{what}: {violation}")
    return octets
