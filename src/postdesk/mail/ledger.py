"""The ledger: for every message ever received, what became of it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from postdesk.base.storable import storable_message_id
from postdesk.mail.models import IncomingMailAccount, SpooledMessage
from postdesk.mail.octets import read_octets

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One received message with its fate and octets."""

    message_id: str
    account: str
    fate: str
    reason: str
    ticket_number: int | None
    received_at: datetime | None
    octets: bytes


def read_ledger() -> Iterator[LedgerLine]:
    """Yield every message ever received, oldest first; lost octets are "", and the log says so."""
    rows = SpooledMessage.objects.select_related("account", "octets").order_by("id")
    for row in rows.iterator(chunk_size=200):
        yield LedgerLine(
            message_id=row.message_id,
            account=row.account.email_address,
            fate=row.fate or row.state,
            reason=row.reason,
            ticket_number=row.ticket_number,
            received_at=row.received_at or row.spooled_at,
            octets=_octets_of(row),
        )


def has_arrived(
    account: IncomingMailAccount, *, message_ids: Sequence[str], subject_part: str
) -> bool:
    """Say whether a message with one of these ids, or these words in its subject, was decided."""
    known = Q(message_id__in=[storable_message_id(one) for one in message_ids])
    if subject_part:
        known |= Q(subject__contains=subject_part)
    return SpooledMessage.objects.filter(known, account=account).exists()


def _octets_of(row: SpooledMessage) -> bytes:
    try:
        return read_octets(row.octets)
    except OSError as error:
        log.warning("The octets of message %s cannot be read: %s", row.pk, error.strerror)
        return b""
