"""The table of control calls, and how one is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.control import changing, google, happening, looking, meddling, subscriptions
from postdesk_sandbox.control.reading import ControlError, Payload, read_payload
from postdesk_sandbox.entra import introspection
from postdesk_sandbox.google import introspection as google_introspection
from postdesk_sandbox.google_directory import CLIENT_ID
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.web import Call

PREFIX = "/_sandbox/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A control call that changes something: its keys and an example."""

    run: Callable[[Call, Payload], dict[str, object]]
    keys: tuple[str, ...]
    example: dict[str, object]


ORDERS = {
    "reset": Order(run=happening.reset, keys=(), example={}),
    "clock": Order(
        run=happening.move_clock,
        keys=("advance_seconds", "now"),
        example={"advance_seconds": 7776000},
    ),
    "inject": Order(
        run=happening.inject,
        keys=("mailbox", "mime", "folder", "received_at"),
        example={"mailbox": "support@contoso.test", "mime": "<base64 of the whole message>"},
    ),
    "move": Order(
        run=meddling.move,
        keys=("mailbox", "id", "folder"),
        example={"mailbox": "support@contoso.test", "id": "<id>", "folder": "archive"},
    ),
    "delete": Order(
        run=meddling.delete,
        keys=("mailbox", "id", "permanently"),
        example={"mailbox": "support@contoso.test", "id": "<id>", "permanently": True},
    ),
    "flag": Order(
        run=meddling.flag,
        keys=("mailbox", "id", "is_read", "categories"),
        example={"mailbox": "support@contoso.test", "id": "<id>", "is_read": True},
    ),
    "faults": Order(
        run=happening.add_fault,
        keys=happening.FAULT_KEYS,
        example={"surface": "token", "times": 1, "code": 53003},
    ),
    "limits": Order(
        run=changing.change_limits, keys=changing.LIMIT_KEYS, example={"concurrent": 4}
    ),
    "users": Order(
        run=changing.change_user,
        keys=changing.USER_KEYS,
        example={"address": "anna@contoso.test", "mfa_required": True},
    ),
    "apps": Order(
        run=changing.change_app,
        keys=changing.APP_KEYS,
        example={"client_id": "client-1", "consent": False},
    ),
    "tenant": Order(
        run=changing.change_tenant,
        keys=changing.TENANT_KEYS,
        example={"mint_message_id": True},
    ),
    "revoke": Order(
        run=happening.revoke, keys=("address",), example={"address": "support@contoso.test"}
    ),
    "subscriptions": Order(
        run=subscriptions.send_lifecycle,
        keys=("lifecycle", "id"),
        example={"lifecycle": "reauthorizationRequired"},
    ),
    "google": Order(
        run=google.change_switches, keys=google.SWITCH_KEYS, example={"session_seconds": 57600}
    ),
    "google_accounts": Order(
        run=google.change_account,
        keys=google.ACCOUNT_KEYS,
        example={"address": "support@workspace.test", "password": "another"},
    ),
    "google_clients": Order(
        run=google.change_client,
        keys=google.CLIENT_KEYS,
        example={"client_id": CLIENT_ID, "publishing": "testing"},
    ),
    "google_service_accounts": Order(
        run=google.change_service_account,
        keys=google.SERVICE_KEYS,
        example={
            "email": "desk@project.iam.gserviceaccount.com",
            "keys": {"key-1": "<PEM of the public key>"},
            "delegated": ["https://mail.google.com/"],
        },
    ),
    "snapshot": Order(run=happening.snapshot, keys=("name",), example={"name": "before"}),
    "restore": Order(run=happening.restore, keys=("name",), example={"name": "before"}),
}
LOOKS: dict[str, Callable[[Call], object]] = {
    "clock": looking.show_clock,
    "sent": looking.list_sent,
    "journal": looking.list_journal,
    "unimplemented": looking.list_unimplemented,
    "schema": looking.list_schema_breaks,
    "mailbox": looking.list_mailbox,
    "subscriptions": subscriptions.list_subscriptions,
    "users": looking.list_users,
    "apps": looking.list_apps,
    "google": google.show_google,
}


def answer(call: Call, *, ca_pem: bytes = b"") -> Response:
    """Answer a request below `/_sandbox/`."""
    name = call.request.path.removeprefix(PREFIX)
    try:
        if call.request.method == "POST" and name in ORDERS:
            order = ORDERS[name]
            return answer_json(order.run(call, read_payload(call, order.keys)))
        if call.request.method == "GET" and name in LOOKS:
            return answer_json(LOOKS[name](call))
    except ControlError as error:
        return answer_json({"error": str(error)}, status=400)
    return _answer_other(call, name, ca_pem=ca_pem)


def _answer_other(call: Call, name: str, *, ca_pem: bytes) -> Response:
    """Answer the calls that speak no JSON, and the list of all."""
    if name == "introspect":
        return _introspect(call)
    if call.request.method == "GET" and name == "ca.pem":
        return Response(
            ca_pem, content_type="application/x-pem-file", status=200 if ca_pem else 404
        )
    if call.request.method == "GET" and not name:
        return answer_json(_manual())
    return answer_json({"error": "no such control call; GET /_sandbox/ lists them"}, status=404)


def _introspect(call: Call) -> Response:
    """Let that house answer whose token it is, told by how the token begins."""
    given = introspection.given_token(call)
    if given.startswith(google_introspection.PREFIX):
        return google_introspection.introspect(call, given)
    return introspection.introspect(call)


def _manual() -> dict[str, object]:
    """Describe every call, so that nobody needs to read this file."""
    posts = {
        f"POST {PREFIX}{name}": {
            "does": (order.run.__doc__ or "").strip(),
            "keys": list(order.keys),
            "example": order.example,
        }
        for name, order in ORDERS.items()
    }
    looks: dict[str, object] = {
        f"GET {PREFIX}{name}": (look.__doc__ or "").strip() for name, look in LOOKS.items()
    }
    looks[f"GET {PREFIX}mailbox"] = "The messages of one address: ?address=support@contoso.test"
    looks[f"POST {PREFIX}introspect"] = (
        "RFC 7662 for mail servers, a form: token, and if wanted protocol=imap|pop|smtp, mailbox."
    )
    looks[f"GET {PREFIX}ca.pem"] = "The certificate authority of the https listener."
    return {**posts, **looks}
