"""SyncState: opaque texts that say how far a client has come, with a check against damage."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib

from postdesk_sandbox.ews.calling import EwsError

_CHECK_OCTETS = 8
# A state of ten thousand folders stays far below; a bomb does not get through.
_MAX_OCTETS = 4_000_000


def write_state(values: dict[str, object]) -> str:
    """Return the state as text."""
    packed = zlib.compress(json.dumps(values, separators=(",", ":")).encode())
    return base64.b64encode(_check(packed) + packed).decode()


def read_state(text: str) -> dict[str, object]:
    """Return what a state holds. Raises EwsError for one that is damaged or cut off."""
    try:
        octets = base64.b64decode("".join(text.split()), validate=True)
        check, packed = octets[:_CHECK_OCTETS], octets[_CHECK_OCTETS:]
        if check != _check(packed):
            raise invalid_state()
        values = json.loads(zlib.decompressobj().decompress(packed, _MAX_OCTETS))
    except (binascii.Error, ValueError, zlib.error) as error:
        raise invalid_state() from error
    if not isinstance(values, dict):
        raise invalid_state()
    return values


def invalid_state() -> EwsError:
    """The state is not one of ours, of another folder, or of an earlier life."""
    return EwsError(
        "ErrorInvalidSyncStateData",
        "Synchronization state data is corrupt or otherwise invalid.",
    )


def _check(packed: bytes) -> bytes:
    return hashlib.sha256(b"sync state" + packed).digest()[:_CHECK_OCTETS]
