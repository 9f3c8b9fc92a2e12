"""Keeping sign-ins alive: every connection is renewed daily, even when no mail comes."""

import logging
import random
from datetime import datetime, timedelta

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.connections.models import Connection
from postdesk.connections.queries import explanation
from postdesk.connections.tokens import connections_to_renew, renew
from postdesk.mail.models import IncomingMailAccount
from postdesk.mail.reading import note_refused_sign_in

log = logging.getLogger(__name__)
RENEW_AFTER = timedelta(hours=20)
JITTER_HOURS = 3.0


def renew_idle(*, now: datetime) -> int:
    """Renew the connections that were idle for most of a day; returns how many were tried."""
    idle = RENEW_AFTER + timedelta(hours=random.uniform(0, JITTER_HOURS))  # noqa: S311  no secret
    tried = connections_to_renew(now=now, idle=idle)
    for connection in tried:
        _renew(connection)
    return len(tried)


def _renew(connection: Connection) -> None:
    now = clock.now()  # those before it may have kept us waiting longer than a lease lasts
    try:
        renew(connection, now=now)
    except NeedsPerson as error:
        told = explanation(error.code)
        for account in IncomingMailAccount.objects.filter(connection=connection):
            note_refused_sign_in(
                account, error, explanation=told.happened if told else error.what, now=now
            )
    except TryLater as error:
        log.warning("Connection %s is renewed later: %s", connection.pk, error.what)
