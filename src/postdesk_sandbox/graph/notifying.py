"""Telling subscribers what changed, and what becomes of their subscription."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdesk_sandbox.clock import to_iso
from postdesk_sandbox.webhooks import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from postdesk_sandbox.mailboxes import Folder, Mailbox, Removal, StoredMessage
    from postdesk_sandbox.state import State
    from postdesk_sandbox.subscriptions import Subscription

LIFECYCLES = ("reauthorizationRequired", "subscriptionRemoved", "missed")


def tell_subscribers(state: State, *, now: datetime) -> None:
    """Post what changed since the last time; changes for one address go together.

    Subscriptions beyond their end are dropped without a word, as Graph does.
    """
    with state.lock:
        world = state.world
        bodies: dict[tuple[str, str], list[dict[str, object]]] = {}
        for subscription in list(world.subscriptions.values()):
            mailbox = world.mailbox(subscription.mailbox)
            if subscription.expires_at <= now:
                del world.subscriptions[subscription.id]
            elif mailbox and not subscription.paused and mailbox.sequence > subscription.position:
                found = list(_notifications(state, subscription, mailbox))
                subscription.position = mailbox.sequence
                key = (subscription.notification_url, subscription.lifecycle_url)
                bodies.setdefault(key, []).extend(found)
        for (url, _), found in bodies.items():
            if found:
                _send(state, url, found)


def tell_lifecycle(state: State, subscription: Subscription, event: str) -> None:
    """Send one of the three lifecycle events and do what it says.

    An authorization challenge stops the notifications until it is met.
    """
    if event == "reauthorizationRequired":
        subscription.paused = True
    elif event == "subscriptionRemoved":
        state.world.subscriptions.pop(subscription.id, None)
    if subscription.lifecycle_url:
        told = {**_head(state, subscription), "lifecycleEvent": event}
        _send(state, subscription.lifecycle_url, [told])


def _notifications(
    state: State, subscription: Subscription, mailbox: Mailbox
) -> Iterator[dict[str, object]]:
    folders = (
        [mailbox.folders[subscription.folder_id]]
        if subscription.folder_id in mailbox.folders
        else list(mailbox.folders.values())
        if not subscription.folder_id
        else []
    )
    for folder in folders:
        for kind, what in _changes(subscription, mailbox, folder):
            if kind in subscription.change_types:
                yield {
                    **_head(state, subscription),
                    "changeType": kind,
                    **_resource(state, subscription, what),
                }


def _changes(
    subscription: Subscription, mailbox: Mailbox, folder: Folder
) -> Iterator[tuple[str, StoredMessage | Removal]]:
    """Yield the kind of each change; seen from the whole mailbox a move is an update."""
    everywhere = not subscription.folder_id
    for _, message in mailbox.changes_in(folder).changed_after(subscription.position):
        is_new = message.arrived > subscription.position and not (everywhere and message.moves)
        yield ("created" if is_new else "updated"), message
    for removal in mailbox.removals_after(subscription.position, folder):
        if not (everywhere and mailbox.message(removal.immutable_id)):
            yield "deleted", removal


def _head(state: State, subscription: Subscription) -> dict[str, object]:
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": to_iso(subscription.expires_at),
        "clientState": subscription.client_state,
        "tenantId": state.world.tenant.tenant_id,
    }


def _resource(
    state: State, subscription: Subscription, what: StoredMessage | Removal
) -> dict[str, object]:
    owner = state.world.tenant.person(subscription.mailbox)
    ordinary = getattr(what, "ordinary_id", "") or getattr(what, "id", "")
    identity = what.immutable_id if subscription.immutable_ids else ordinary
    path = f"Users/{owner.object_id if owner else ''}/Messages/{identity}"
    data = {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": path, "id": identity}
    if (key := getattr(what, "change_key", "")) != "":
        data["@odata.etag"] = f'W/"{key}"'
    return {"resource": path, "resourceData": data}


def _send(state: State, url: str, notifications: list[dict[str, object]]) -> None:
    """Hand over to the posting thread; a fault may lose it, delay it or send it twice."""
    path = urlsplit(url).path
    fault = state.world.faults.take("notification", path=path, method="POST")
    if fault is not None and fault.drop:
        return

    def give_up() -> None:
        with state.lock:
            for one in notifications:
                subscription = state.world.subscriptions.get(str(one["subscriptionId"]))
                if subscription is not None and "lifecycleEvent" not in one:
                    tell_lifecycle(state, subscription, "missed")

    delivery = Delivery(
        url=url, body=json.dumps({"value": notifications}).encode(), give_up=give_up
    )
    for _ in range(2 if fault is not None and fault.twice else 1):
        state.webhooks.add(delivery, delay_seconds=fault.delay_seconds if fault else 0.0)
