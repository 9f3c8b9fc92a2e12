"""Policies that end in a bare 403: tenant, application, mailbox, licence, and the end of EWS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postdesk_sandbox.ews.transport.signed_in import SignedIn
    from postdesk_sandbox.exchange_switches import ExchangeSwitches
    from postdesk_sandbox.tenant import Person

# Refused in Exchange Online since this day.
LICENCES_WITHOUT_EWS = frozenset({"F1", "F3", "KIOSK"})
LICENCES_END_AT = datetime(2026, 3, 1, tzinfo=UTC)


def is_blocked(
    switches: ExchangeSwitches, *, signed_in: SignedIn, owner: Person | None, now: datetime
) -> bool:
    """Say whether a policy refuses; `owner` is whose mailbox is worked in, None if unknown."""
    if not switches.ews_enabled or (owner is not None and not owner.ews_enabled):
        return True
    if not switches.is_online:
        return False
    if switches.ews_ends_on and now >= _midnight(switches.ews_ends_on):
        return True
    if switches.allowed_app_ids and signed_in.client_id not in switches.allowed_app_ids:
        return True
    return owner is not None and _lacks_licence(owner, now)


def _lacks_licence(owner: Person, now: datetime) -> bool:
    return now >= LICENCES_END_AT and owner.licence.upper() in LICENCES_WITHOUT_EWS


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
