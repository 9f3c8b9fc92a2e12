"""Reads a claims challenge: the server wants a token that proves more than the last one did.

Continuous access evaluation answers 401 with ``WWW-Authenticate: Bearer ..., error=
"insufficient_claims", claims="<base64 JSON>"``; several such headers may come, parameters in any
order.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping

_CLAIMS = re.compile(r'\bclaims="([A-Za-z0-9+/=_-]{2,8000})"')


def read_claims(headers: Mapping[str, str]) -> str:
    """Return the JSON of the claims that are demanded, "" when none are. Names are lower-case."""
    challenge = headers.get("www-authenticate", "")
    found = _CLAIMS.search(challenge)
    if found is None or "insufficient_claims" not in challenge:
        return ""
    try:
        padded = found[1] + "=" * (-len(found[1]) % 4)
        claims = base64.b64decode(padded, altchars=b"-_").decode()
        return claims if isinstance(json.loads(claims), dict) else ""
    except (binascii.Error, ValueError, RecursionError):
        return ""
