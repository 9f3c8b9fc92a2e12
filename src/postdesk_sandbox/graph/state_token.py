"""The opaque tokens of delta links, which a caller can neither write nor change."""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from postdesk_sandbox.graph.errors import bad_request

# No secret: it only tells a token of ours from one that was made up or cut.
_KEY = b"postdesk-sandbox delta link"


def write_token(values: object) -> str:
    """Return values as a token."""
    content = json.dumps(values, separators=(",", ":")).encode()
    seal = hmac.digest(_KEY, content, sha256)[:9]
    return base64.urlsafe_b64encode(seal + content).decode()


def read_token(token: str) -> Any:
    """Return the values of a token. Raises 400 `SyncStateInvalid`."""
    try:
        octets = base64.urlsafe_b64decode(token)
    except ValueError as error:
        raise bad_request("Badly formed token.", code="SyncStateInvalid") from error
    seal, content = octets[:9], octets[9:]
    if not hmac.compare_digest(seal, hmac.digest(_KEY, content, sha256)[:9]):
        raise bad_request("Badly formed token.", code="SyncStateInvalid")
    return json.loads(content)
