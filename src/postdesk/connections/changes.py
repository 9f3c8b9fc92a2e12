"""Changes of state that nobody was told of yet; alarms are made of them, once each."""

from collections.abc import Sequence
from datetime import datetime

from postdesk.connections.models import StateChange


def untold_changes() -> list[StateChange]:
    """Return the changes that wait to be told, oldest first; call it in the telling transaction."""
    rows = StateChange.objects.select_for_update().filter(told_at=None)
    return list(rows.order_by("id"))


def note_told(changes: Sequence[StateChange], *, now: datetime) -> None:
    """Write down that these were looked at."""
    StateChange.objects.filter(pk__in=[change.pk for change in changes]).update(told_at=now)
