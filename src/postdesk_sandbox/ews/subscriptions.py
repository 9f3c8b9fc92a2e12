"""Subscriptions: made, found, ended; and the watermarks that say how far one has been told."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ids import store_id

if TYPE_CHECKING:
    from postdesk_sandbox.ews.calling import EwsCall
    from postdesk_sandbox.listeners import Listener

# Exchange Online, per mailbox.
MAX_SUBSCRIPTIONS = 20
# A streaming subscription lives that long without a connection.
STREAMING_LIFE = timedelta(minutes=30)
_MARK = b"\x26\x00ew3"


def subscribe(call: EwsCall, listener: Listener) -> None:
    """Take a subscription in. Raises EwsError `ErrorExceededSubscriptionCount`."""
    _sweep(call)
    listeners = call.state.listeners
    same = [one for one in listeners.values() if one.mailbox == listener.mailbox]
    if len(same) >= MAX_SUBSCRIPTIONS:
        raise EwsError(
            "ErrorExceededSubscriptionCount",
            "You have exceeded the available subscriptions for your account. "
            "Remove unnecessary subscriptions and try your request again.",
        )
    listeners[listener.id] = listener


def find_listener(call: EwsCall, key: str) -> Listener:
    """Return a subscription of the caller and note that it is in use. Raises EwsError."""
    _sweep(call)
    _require_id(key)
    found = call.state.listeners.get(key)
    if found is None:
        raise subscription_not_found()
    if found.person != caller_of(call):
        raise EwsError("ErrorSubscriptionAccessDenied", "Access is denied.")
    found.used_at = call.state.clock.now()
    return found


def unsubscribe(call: EwsCall, key: str) -> None:
    """End a subscription of the caller. Raises EwsError."""
    del call.state.listeners[find_listener(call, key).id]


def caller_of(call: EwsCall) -> str:
    """Return who a subscription belongs to: the person acted for before the one signed in."""
    person = call.person.address if call.person else call.client_id
    return call.impersonated or person


def new_id() -> str:
    """Return an id that nobody can guess."""
    return base64.b64encode(_MARK + secrets.token_bytes(25)).decode()


def subscription_not_found() -> EwsError:
    """The subscription has ended, or the mailbox was put back to an earlier state."""
    return EwsError("ErrorSubscriptionNotFound", "The subscription was not found.")


def write_watermark(listener: Listener, place: int) -> str:
    """Return a watermark: whose it is, so that others are told apart, and the place."""
    return base64.b64encode(f"{_short(listener)}|{place}".encode()).decode()


def read_watermark(listener: Listener, text: str) -> int:
    """Return the place. Raises EwsError `ErrorInvalidWatermark`."""
    invalid = EwsError("ErrorInvalidWatermark", "The watermark is invalid.")
    try:
        whose, place = base64.b64decode(text, validate=True).decode("ascii").split("|")
        number = int(place)
    except (binascii.Error, ValueError) as error:
        raise invalid from error
    if whose != _short(listener) or not 0 <= number <= listener.position:
        raise invalid
    return number


def _short(listener: Listener) -> str:
    return store_id("", listener.id)[:16]


def _require_id(key: str) -> None:
    try:
        is_ours = base64.b64decode(key, validate=True).startswith(_MARK)
    except (binascii.Error, ValueError):
        is_ours = False
    if not is_ours:
        raise EwsError("ErrorInvalidSubscription", "The subscription is invalid.")


def _sweep(call: EwsCall) -> None:
    now, listeners = call.state.clock.now(), call.state.listeners
    for key in [key for key, one in listeners.items() if now - one.used_at > one.life]:
        del listeners[key]
