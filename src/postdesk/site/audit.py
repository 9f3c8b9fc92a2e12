"""The audit table: every sign-in, refused renewal and change, added once and never changed."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from django.db.models import Q, QuerySet

from postdesk.base.logs import redact
from postdesk.base.storable import storable
from postdesk.site.audit_models import LONGEST_ACTOR, LONGEST_TARGET, Action, AuditEntry

__all__ = ["Action", "entries", "record"]

MAILER_DAEMON = "Mailer Daemon"
_LONGEST_DETAIL = 4000


@runtime_checkable
class PersonLike(Protocol):
    """Who may be named as actor: a row of the people's table."""

    pk: int
    email: str


def record(action: str, *, actor: object, target: object, detail: str = "", now: datetime) -> None:
    """Add an entry; call it in the transaction of the change itself.

    ``action`` is a value of Action. ``actor`` is a person, None for the Mailer Daemon, or a text
    for anybody else, such as ``API key Monitoring``. What looks like a token or password in
    ``detail`` is struck out; passwords and secrets have no place in it all the same.
    """
    AuditEntry.objects.create(
        at=now,
        actor=storable(_name(actor), most=LONGEST_ACTOR),
        person_id=actor.pk if isinstance(actor, PersonLike) else None,
        action=Action(action),
        target=storable(redact(str(target)), most=LONGEST_TARGET),
        detail=storable(redact(detail), most=_LONGEST_DETAIL),
    )


def entries(*, action: str = "", text: str = "") -> QuerySet[AuditEntry]:
    """Return the entries, newest first; ``text`` is looked for in actor, target and detail."""
    rows = AuditEntry.objects.order_by("-id")
    if action:
        rows = rows.filter(action=action)
    for word in text.split():
        rows = rows.filter(
            Q(actor__icontains=word) | Q(target__icontains=word) | Q(detail__icontains=word)
        )
    return rows


def _name(actor: object) -> str:
    if actor is None:
        return MAILER_DAEMON
    name = str(actor)
    if isinstance(actor, PersonLike) and actor.email != name:
        return f"{name} ({actor.email})"
    return name
