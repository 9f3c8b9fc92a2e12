"""A message that is handed to us instead of fetched, as by an MTA's pipe."""

import logging
from datetime import datetime

from postdesk.base.ids import sha256_hex
from postdesk.flow.announce.events import announce_events
from postdesk.flow.deliver import deliver_waiting
from postdesk.mail import spool
from postdesk.mail.models import IncomingMailAccount

log = logging.getLogger(__name__)


class UnknownAccount(Exception):
    """No Incoming Mail Account has that address."""


def feed_message(octets: bytes, *, account_address: str, now: datetime) -> None:
    """Store a message for an account, then deliver what waits.

    The same octets again are the same message: an MTA that tries again makes no second ticket.
    Once stored it is safe, so trouble in delivering it is left to the Mailer Daemon and never told
    to the MTA. Raises UnknownAccount, or DatabaseError and OSError when it could not be stored.
    """
    feed_messages([octets], account_address=account_address, now=now)
    try:
        deliver_waiting(now=now)
        announce_events(now=now)
    except Exception:
        log.exception("The message is stored; the Mailer Daemon will deliver it")


def feed_messages(messages: list[bytes], *, account_address: str, now: datetime) -> None:
    """Store several messages in one transaction; raises as ``feed_message``."""
    account = IncomingMailAccount.objects.filter(
        email_address__iexact=account_address.strip()
    ).first()
    if account is None:
        raise UnknownAccount(
            f"No Incoming Mail Account is called {account_address}. Setup > E-Mail > Incoming "
            "Mail Accounts lists them."
        )
    arrivals = [
        spool.Arrival(
            remote_id=f"pipe:{sha256_hex(octets)}",
            octets=octets,
            received_at=now,
        )
        for octets in messages
    ]
    spool.spool_arrivals(account, arrivals, now=now, is_settled=True)
