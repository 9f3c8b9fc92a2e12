"""Subscriptions to change notifications: create with a handshake, look, renew, delete."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from postdesk_sandbox.clock import read_moment, to_iso
from postdesk_sandbox.graph.access import authenticate, open_place
from postdesk_sandbox.graph.errors import (
    GraphError,
    access_denied,
    answer_error,
    folder_not_found,
    not_implemented,
)
from postdesk_sandbox.graph.options import read_options, read_preferences
from postdesk_sandbox.graph.paths import split_path
from postdesk_sandbox.graph.reading import read_object, text_of
from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.subscriptions import Subscription
from postdesk_sandbox.web import answer_json
from postdesk_sandbox.webhooks import is_loopback, post

if TYPE_CHECKING:
    from postdesk_sandbox.graph.access import Caller, Place
    from postdesk_sandbox.web import Call

# Messages: under seven days; a shorter life than 45 minutes is raised to 45.
MAX_LIFE = timedelta(minutes=10_080)
MIN_LIFE = timedelta(minutes=45)
MAX_CLIENT_STATE = 128
_CHANGE_TYPES = {"created", "updated", "deleted"}
_KNOWN = {
    "@odata.type", "changeType", "notificationUrl", "lifecycleNotificationUrl", "resource",
    "expirationDateTime", "clientState", "latestSupportedTlsVersion", "includeResourceData",
}  # fmt: skip


def is_creation(call: Call) -> bool:
    """Say whether this is `POST subscriptions`."""
    _, _, rest = call.request.path.lstrip("/").partition("/")
    return call.request.method == "POST" and split_path(rest) == ["subscriptions"]


def create_subscription(call: Call) -> Response:
    """Answer `POST subscriptions` with 201, once both addresses have echoed their token.

    Takes the lock itself: the server that is asked may ask us something meanwhile.
    """
    try:
        with call.state.lock:
            caller = authenticate(call)
            read_options(call)
            subscription = _read_subscription(call, caller)
        for url in dict.fromkeys((subscription.notification_url, subscription.lifecycle_url)):
            if url:
                _shake_hands(url)
        with call.state.lock:
            mailbox = call.world.mailbox(subscription.mailbox)
            subscription.position = mailbox.sequence if mailbox else 0
            call.world.subscriptions[subscription.id] = subscription
            return _answer(call, subscription, status=201)
    except GraphError as error:
        return answer_error(call, error)


def answer(call: Call, caller: Caller, rest: list[str]) -> Response:
    """Answer everything else below `subscriptions`."""
    read_options(call)
    method = call.request.method
    if not rest and method == "GET":
        found = [one for one in _alive(call) if one.client_id == caller.client_id]
        context = f"{call.base_url}/v1.0/$metadata#subscriptions"
        return answer_json({"@odata.context": context, "value": [_shape(one) for one in found]})
    if len(rest) == 2 and rest[1] == "reauthorize" and method == "POST":
        _find(call, caller, rest[0]).paused = False
        return Response(status=204)
    if len(rest) == 1 and method in {"GET", "PATCH", "DELETE"}:
        return _answer_one(call, _find(call, caller, rest[0]))
    raise not_implemented(call, f"{method} subscriptions/{'/'.join(rest)}", status=405)


def _answer_one(call: Call, subscription: Subscription) -> Response:
    if call.request.method == "DELETE":
        del call.world.subscriptions[subscription.id]
        return Response(status=204)
    if call.request.method == "PATCH":
        body = read_object(call.request)
        if unknown := set(body) - {"expirationDateTime"}:
            raise not_implemented(call, f"PATCH subscription {sorted(unknown)}")
        subscription.expires_at = _read_expiry(body, now=call.now)
        subscription.paused = False
    return _answer(call, subscription, status=200)


def _alive(call: Call) -> list[Subscription]:
    return [one for one in call.world.subscriptions.values() if one.expires_at > call.now]


def _find(call: Call, caller: Caller, identity: str) -> Subscription:
    for one in _alive(call):
        if one.id == identity and one.client_id == caller.client_id:
            return one
    raise GraphError(404, "ResourceNotFound", "The object was not found.")


def _read_subscription(call: Call, caller: Caller) -> Subscription:
    body = read_object(call.request)
    if unknown := set(body) - _KNOWN:
        raise not_implemented(call, f"subscription properties {sorted(unknown)}")
    if body.get("includeResourceData", False) is not False:
        raise not_implemented(call, "subscriptions with resource data")
    change_types = tuple(one.strip() for one in text_of(body, "changeType").split(","))
    if set(change_types) - _CHANGE_TYPES:
        raise _invalid(f"The changeType '{body['changeType']}' is not supported for messages.")
    state = text_of(body, "clientState", default="") if "clientState" in body else None
    if state is not None and len(state) > MAX_CLIENT_STATE:
        raise _invalid("The clientState is longer than 128 characters.")
    place, folder_id = _read_resource(call, caller, text_of(body, "resource"))
    call.world.subscriptions_made += 1
    return Subscription(
        id=object_guid("subscription", caller.client_id, call.world.subscriptions_made),
        client_id=caller.client_id,
        creator_id=caller.person.object_id if caller.person else caller.client_id,
        resource=text_of(body, "resource"),
        mailbox=place.owner.address,
        folder_id=folder_id,
        change_types=change_types,
        notification_url=_read_url(call, body, "notificationUrl"),
        lifecycle_url=_read_url(call, body, "lifecycleNotificationUrl", default=""),
        client_state=state,
        tls_version=text_of(body, "latestSupportedTlsVersion", default="v1_2"),
        immutable_ids=read_preferences(call).immutable_ids,
        expires_at=_read_expiry(body, now=call.now),
    )


def _read_resource(call: Call, caller: Caller, resource: str) -> tuple[Place, str]:
    """Return the mailbox and the folder, empty for all. Delegated: only the own mailbox."""
    match split_path(resource):
        case ["me", *below]:
            ref = "me"
        case ["users", ref, *below]:
            pass
        case _:
            raise not_implemented(call, f"subscription to {resource}")
    place = open_place(call, caller, ref)
    place.require_reading()
    if caller.person is not None and not place.is_own:
        raise access_denied()
    match below:
        case ["messages"]:
            return place, ""
        case ["mailFolders", name, "messages"]:
            folder = place.mailbox.folder(name)
            if folder is None:
                raise folder_not_found()
            return place, folder.id
        case _:
            raise not_implemented(call, f"subscription to {resource}")


def _read_url(call: Call, body: dict[str, Any], name: str, *, default: str | None = None) -> str:
    url = text_of(body, name, default=default)
    if url and not is_loopback(url):
        raise not_implemented(call, f"{name} beyond this machine")
    if not url and default is None:
        raise _invalid(f"{name} must not be empty.")
    return url


def _read_expiry(body: dict[str, Any], *, now: datetime) -> datetime:
    try:
        # Microsoft's own examples have seven digits behind the second.
        text = text_of(body, "expirationDateTime")
        wanted = read_moment(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _invalid("expirationDateTime must be an ISO 8601 moment.") from error
    if wanted <= now:
        raise _invalid("Subscription expiration must be in the future.")
    if wanted > now + MAX_LIFE + timedelta(seconds=60):
        raise _invalid("Subscription expiration can only be 10080 minutes in the future.")
    return max(wanted, now + MIN_LIFE)


def _shake_hands(url: str) -> None:
    """Post a token to an address, which has to answer 200 with it as plain text."""
    token = f"Validation: Testing client application reachability {secrets.token_urlsafe(16)} <&+>"
    joint = "&" if "?" in url else "?"
    try:
        status, body, kind = post(
            f"{url}{joint}validationToken={quote(token)}",
            b"",
            content_type="text/plain; charset=utf-8",
        )
    except TimeoutError as error:
        raise _unreachable("Subscription validation request timed out.") from error
    except OSError as error:
        raise _unreachable(_MUST_ANSWER) from error
    if status != 200 or kind != "text/plain" or body.decode("utf-8", "replace") != token:
        raise _unreachable(_MUST_ANSWER)


_MUST_ANSWER = (
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
    "validation request."
)


def _unreachable(message: str) -> GraphError:
    return GraphError(400, "ValidationError", message)


def _invalid(message: str) -> GraphError:
    return GraphError(400, "InvalidRequest", message)


def _answer(call: Call, subscription: Subscription, *, status: int) -> Response:
    context = f"{call.base_url}/v1.0/$metadata#subscriptions/$entity"
    return answer_json({"@odata.context": context, **_shape(subscription)}, status=status)


def _shape(subscription: Subscription) -> dict[str, object]:
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.client_id,
        "changeType": ",".join(subscription.change_types),
        "clientState": subscription.client_state,
        "notificationUrl": subscription.notification_url,
        "lifecycleNotificationUrl": subscription.lifecycle_url or None,
        "expirationDateTime": to_iso(subscription.expires_at),
        "creatorId": subscription.creator_id,
        "includeResourceData": False,
        "latestSupportedTlsVersion": subscription.tls_version,
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationQueryOptions": None,
        "notificationUrlAppId": None,
    }
