"""The webhook: a signed POST of JSON, through the one HTTP client."""

import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import urlsplit

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers.open import open_session
from postdesk.site.models import AlarmSettings
from postdesk.site.options import read_options

SIGNATURE = "X-Postdesk-Signature"
TIMESTAMP = "X-Postdesk-Timestamp"
_LONGEST_ANSWER_BYTES = 64 * 1024


def sign(body: bytes, *, timestamp: str, secret: str) -> str:
    """Return ``sha256=`` and the HMAC of timestamp, dot and body in hex; a repeat is found out."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def post_webhook(settings: AlarmSettings, message: dict[str, object], *, now: datetime) -> str:
    """Send ``message``; returns what answered. Raises NeedsPerson or TryLater.

    The address itself may be a secret, as with chat services: only its host is ever told.
    """
    body = json.dumps(message, ensure_ascii=False).encode()
    timestamp = str(int(now.timestamp()))
    headers = {"Content-Type": "application/json", TIMESTAMP: timestamp}
    if settings.webhook_secret:
        headers[SIGNATURE] = sign(body, timestamp=timestamp, secret=settings.webhook_secret)
    session = open_session(proxy_url=read_options().proxy_url)
    try:
        answer = session.request(
            "POST",
            settings.webhook_url,
            headers=headers,
            content=body,
            limit_bytes=_LONGEST_ANSWER_BYTES,
        )
    finally:
        session.close()
    host = host_of(settings.webhook_url)
    if 200 <= answer.status_code < 300:
        return f"{host} answered {answer.status_code}"
    what = f"The webhook at {host} answered {answer.status_code}."
    if answer.status_code == 429 or answer.status_code >= 500:
        raise TryLater(what, retry_after=answer.retry_after)
    raise NeedsPerson(what, remedy="Correct the webhook in Setup > E-Mail > Alarms.")


def host_of(url: str) -> str:
    """Return the host of an address, which is all that is told of it."""
    return urlsplit(url).hostname or "its host"
