"""Reads about mail."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from postdesk.base.storable import storable_message_id
from postdesk.connections.models import Connection
from postdesk.mail.models import (
    IncomingMailAccount,
    OutgoingMailAccount,
    OutgoingMessage,
    OutgoingMessageId,
    SpooledMessage,
)

_BROKEN_CONNECTIONS = sorted(Connection.NEEDING_A_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailState:
    """The mailboxes in one line, for the top bar. ``broken`` of ``total`` need a person."""

    total: int
    broken: int
    text: str


def mail_state() -> MailState:
    """Return how the enabled mailboxes are doing."""
    enabled = IncomingMailAccount.objects.filter(is_enabled=True)
    total = enabled.count()
    broken = broken_accounts().count()
    if not total:
        text = "No mailbox yet"
    elif broken:
        text = f"{broken} of {total} mailboxes need{'s' if broken == 1 else ''} you"
    else:
        text = "Mail is flowing"
    return MailState(total=total, broken=broken, text=text)


def broken_accounts() -> QuerySet[IncomingMailAccount]:
    """Return the enabled accounts that need a person."""
    return IncomingMailAccount.objects.filter(is_enabled=True).filter(
        Q(state=IncomingMailAccount.State.NEEDS_PERSON)
        | Q(connection__state__in=_BROKEN_CONNECTIONS)
    )


def deliveries_of(ticket_number: int) -> dict[int, list[OutgoingMessage]]:
    """Return the outgoing mails of a ticket by the entry that they carry."""
    found: dict[int, list[OutgoingMessage]] = defaultdict(list)
    rows = OutgoingMessage.objects.filter(ticket_number=ticket_number).order_by("id")
    for message in rows.select_related("account").defer("octets"):
        if message.entry_number is not None:
            found[message.entry_number].append(message)
    return dict(found)


def own_addresses() -> frozenset[str]:
    """Return every address that is ours, lower-case: loops end there."""
    addresses: set[str] = set()
    for main, others in IncomingMailAccount.objects.values_list("email_address", "own_addresses"):
        addresses |= {main.lower(), *(str(other).lower() for other in others)}
    addresses |= {
        address.lower()
        for address in OutgoingMailAccount.objects.values_list("email_address", flat=True)
    }
    return frozenset(addresses)


def ticket_of_own_mail(message_ids: Iterable[str]) -> dict[str, int]:
    """Return which of these ids are mails that we sent, and for which ticket."""
    asked = _as_stored(message_ids)
    rows = OutgoingMessageId.objects.filter(message_id__in=list(asked)).values_list(
        "message_id", "outgoing__ticket_number"
    )
    return {asked[message_id]: number for message_id, number in rows}


def ticket_of_received_mail(message_ids: Iterable[str]) -> dict[str, int]:
    """Return which of these ids are mails that we received, and on which ticket they are."""
    asked = _as_stored(message_ids)
    rows = SpooledMessage.objects.filter(
        message_id__in=list(asked), ticket_number__isnull=False
    ).order_by("id")
    return {
        asked[message_id]: number
        for message_id, number in rows.values_list("message_id", "ticket_number")
        if number is not None
    }


def _as_stored(message_ids: Iterable[str]) -> dict[str, str]:
    """Return the ids by the form in which they are stored; "" is none."""
    return {storable_message_id(message_id): message_id for message_id in message_ids if message_id}


def outgoing_account_for(
    *, incoming_account_id: int | None, request_type_id: int | None
) -> OutgoingMailAccount | None:
    """Return the way out of a ticket's mail.

    WHD's order: that of the mailbox it came through, else that of a mailbox with its request
    type, else the oldest active one. None when there is none.
    """
    accounts = OutgoingMailAccount.objects.filter(is_active=True)
    ways = [
        {"incoming_accounts__id": incoming_account_id},
        {"incoming_accounts__request_type_id": request_type_id},
        {},
    ]
    for way in ways:
        if None in way.values():
            continue
        found = accounts.filter(**way).order_by("id").first()
        if found is not None:
            return found
    return None
