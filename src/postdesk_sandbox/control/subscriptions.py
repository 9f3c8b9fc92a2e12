"""Control calls about subscriptions to Graph's change notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.clock import to_iso
from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.graph.notifying import LIFECYCLES, tell_lifecycle

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call


def send_lifecycle(call: Call, payload: Payload) -> dict[str, object]:
    """Send a lifecycle event to one subscription (`id`) or to all, and do what it says."""
    event, identity = payload.text("lifecycle"), payload.text("id", "")
    if event not in LIFECYCLES:
        raise ControlError(f"lifecycle must be one of {', '.join(LIFECYCLES)}")
    subscriptions = call.world.subscriptions
    if identity and identity not in subscriptions:
        raise ControlError(f"there is no subscription {identity}")
    told = [one for one in list(subscriptions.values()) if identity in {"", one.id}]
    for one in told:
        tell_lifecycle(call.state, one, event)
    return {"told": [one.id for one in told]}


def list_subscriptions(call: Call) -> object:
    """Return the subscriptions to change notifications."""
    return [
        {
            "id": one.id,
            "client_id": one.client_id,
            "mailbox": one.mailbox,
            "resource": one.resource,
            "change_types": list(one.change_types),
            "notification_url": one.notification_url,
            "lifecycle_url": one.lifecycle_url,
            "expires_at": to_iso(one.expires_at),
            "paused": one.paused,
        }
        for one in call.world.subscriptions.values()
    ]
