"""Reads about attempts to sign in, and the handle under which the finish page finds one."""

from datetime import datetime

from django.db.models import F, Q

from postdesk.base.ids import hash_token, new_token
from postdesk.connections.authorize import GOOD_FOR
from postdesk.connections.models import AuthorizationAttempt, Connection


def new_handle(attempt: AuthorizationAttempt) -> str:
    """Return a fresh one-time handle; one before it leads nowhere any more."""
    handle = new_token()
    attempt.handle_hash = hash_token(handle)
    attempt.save(update_fields=["handle_hash"])
    return handle


def lost_attempt(connection: Connection, *, now: datetime) -> AuthorizationAttempt | None:
    """Return the last attempt when nobody came back from it in time, else None.

    A later sign-in that worked makes it uninteresting.
    """
    last = AuthorizationAttempt.objects.filter(connection=connection).order_by("-started_at")[:1]
    lost = Q(answered_at=None, started_at__lte=now - GOOD_FOR)
    over = Q(ends_at=None) | Q(ends_at__lte=now)
    unused = Q(connection__authorized_at=None) | Q(connection__authorized_at__lt=F("started_at"))
    return AuthorizationAttempt.objects.filter(
        lost, over, unused, pk__in=[row.pk for row in last]
    ).first()
