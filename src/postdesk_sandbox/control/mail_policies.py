"""Keys of the control calls `apps` and `tenant` that concern Graph and delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.control.reading import ControlError
from postdesk_sandbox.graph.access import EXCHANGE_ROLES
from postdesk_sandbox.transport.mangling import MANGLINGS

if TYPE_CHECKING:
    from postdesk_sandbox.control.reading import Payload
    from postdesk_sandbox.tenant import App, Switches

SCOPE_KEYS = ("mailboxes", "exchange_roles")
MAIL_KEYS = ("repeat_delta_items", "delta_order", "blocked_agents", "ndr_delay_seconds", "gateway")
DELTA_ORDERS = ("oldest", "newest", "mixed")


def set_scopes(app: App, payload: Payload) -> None:
    """Say which mailboxes an application reaches: by access policy, and by roles of Exchange."""
    if "mailboxes" in payload:
        named = payload.texts("mailboxes", []) if payload.raw("mailboxes") is not None else None
        app.mailboxes = None if named is None else [one.lower() for one in named]
    if "exchange_roles" in payload:
        app.exchange_roles = _read_roles(payload.raw("exchange_roles"))


def _read_roles(given: object) -> dict[str, list[str]]:
    if not isinstance(given, dict):
        raise ControlError("exchange_roles is an object: role -> list of mailboxes")
    found = {}
    for role, scope in given.items():
        if role not in EXCHANGE_ROLES:
            raise ControlError(f"unknown role {role}; known are: {', '.join(EXCHANGE_ROLES)}")
        if not isinstance(scope, list) or not all(isinstance(one, str) for one in scope):
            raise ControlError(f"{role} needs a list of mailboxes")
        found[str(role)] = [one.lower() for one in scope]
    return found


def describe_scopes(app: App) -> dict[str, object]:
    """Return the scopes under the names of their keys."""
    return {"mailboxes": app.mailboxes, "exchange_roles": app.exchange_roles}


def set_mail_switches(switches: Switches, payload: Payload) -> None:
    """Turn the switches that are named."""
    switches.repeat_delta_items = payload.flag(
        "repeat_delta_items", default=switches.repeat_delta_items
    )
    order = payload.text("delta_order", switches.delta_order)
    if order not in DELTA_ORDERS:
        raise ControlError(f"delta_order must be one of {', '.join(DELTA_ORDERS)}")
    switches.delta_order = order
    switches.blocked_agents = payload.texts("blocked_agents", switches.blocked_agents)
    delay = payload.whole("ndr_delay_seconds", switches.ndr_delay_seconds)
    if not 0 <= delay <= 86400:
        raise ControlError("ndr_delay_seconds must lie between 0 and 86400")
    switches.ndr_delay_seconds = delay
    gateway = payload.texts("gateway", switches.gateway)
    if set(gateway) - set(MANGLINGS):
        raise ControlError(f"gateway must be of {', '.join(MANGLINGS)}")
    switches.gateway = gateway
