"""The keys of the control call `tenant` that concern its Exchange."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from postdesk_sandbox.control.reading import ControlError
from postdesk_sandbox.exchange_switches import PRODUCTS, SCHEMES

if TYPE_CHECKING:
    from collections.abc import Collection

    from postdesk_sandbox.control.reading import Payload
    from postdesk_sandbox.exchange_switches import ExchangeSwitches

EXCHANGE_KEYS = (
    "exchange", "ews_schemes", "ews_enabled", "ews_allowed_app_ids", "ews_ends_on",
    "ews_heartbeat_seconds",
)  # fmt: skip


def set_exchange(switches: ExchangeSwitches, payload: Payload) -> None:
    """Turn the switches that are named."""
    switches.product = _one_of("exchange", payload.text("exchange", switches.product), PRODUCTS)
    schemes = payload.texts("ews_schemes", switches.schemes)
    switches.schemes = [_one_of("ews_schemes", one, SCHEMES) for one in schemes]
    switches.ews_enabled = payload.flag("ews_enabled", default=switches.ews_enabled)
    switches.allowed_app_ids = payload.texts("ews_allowed_app_ids", switches.allowed_app_ids)
    switches.ews_ends_on = _day("ews_ends_on", payload.text("ews_ends_on", switches.ews_ends_on))
    seconds = payload.number("ews_heartbeat_seconds", switches.heartbeat_seconds)
    if not 0.05 <= seconds <= 3600:
        raise ControlError("ews_heartbeat_seconds must lie between 0.05 and 3600")
    switches.heartbeat_seconds = seconds


def describe_exchange(switches: ExchangeSwitches) -> dict[str, object]:
    """Return the switches under the names of their keys."""
    return {
        "exchange": switches.product,
        "ews_schemes": switches.schemes,
        "ews_enabled": switches.ews_enabled,
        "ews_allowed_app_ids": switches.allowed_app_ids,
        "ews_ends_on": switches.ews_ends_on,
        "ews_heartbeat_seconds": switches.heartbeat_seconds,
    }


def _one_of(key: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ControlError(f"{key} must be of {', '.join(known)}")
    return value


def _day(key: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise ControlError(f"{key} must be a day such as 2027-04-01, or empty") from error
