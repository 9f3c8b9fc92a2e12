"""The state of a connection: only here does it change, and each change leaves a row.

::

    not_authorized --sign-in--> working <--> expiring      something ends within sixty days
                                   |  ^
                         trouble   v  |  the next renewal works
                                failing
    refusal: needs_reauthorization | blocked | misconfigured   until somebody acts
"""

from datetime import datetime

from django.db import transaction

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.base.storable import storable
from postdesk.connections.expiry import first_expiry
from postdesk.connections.models import LONGEST_CODE, Connection, StateChange
from postdesk.site import audit

State = Connection.State
# Microsoft's passing faults are over in a minute or two; before that nobody wants to hear of them.
FAILURES_TO_SHOW = 3


def change_state(
    connection: Connection,
    state: Connection.State,
    *,
    now: datetime,
    what: str = "",
    code: str = "",
    raw: str = "",
) -> None:
    """Set the state with what the provider said, in memory; ``save_state`` writes it.

    A change of the state itself leaves a StateChange, which alarms are made of. Call it in the
    transaction that saves the row.
    """
    before = State(connection.state)
    connection.error_code = storable(code, most=LONGEST_CODE)
    connection.error_raw = storable(raw, most=4000)
    if before is state:
        connection.state_since = connection.state_since or now
        return
    connection.state = state
    connection.state_since = now
    if connection.pk is not None:
        audit.record(
            audit.Action.CONNECTION_STATE,
            actor=None,
            target=connection,
            detail=f"{before.label} to {State(state).label}: {what} {code}".strip(),
            now=now,
        )
        StateChange.objects.create(
            connection_id=connection.pk,
            before=before,
            after=state,
            code=connection.error_code,
            what=storable(what, most=1000),
            at=now,
        )


def standing_when_well(connection: Connection, *, now: datetime) -> Connection.State:
    """Return working, or expiring when something of it ends within the time of warnings."""
    expiry = first_expiry(connection, now=now)
    return State.EXPIRING if expiry is not None and expiry.is_soon else State.WORKING


@transaction.atomic
def note_expiry(*, now: datetime) -> int:
    """Move connections between working and expiring as days pass; returns how many moved."""
    moved = 0
    rows = Connection.objects.select_for_update().filter(state__in=[State.WORKING, State.EXPIRING])
    for connection in rows:
        state = standing_when_well(connection, now=now)
        if state != connection.state:
            expiry = first_expiry(connection, now=now)
            change_state(connection, state, now=now, what=expiry.sentence if expiry else "")
            connection.save(update_fields=["state", "state_since", "error_code", "error_raw"])
            moved += 1
    return moved


def after_trouble(connection: Connection, error: TryLater, *, now: datetime) -> None:
    """Count a passing trouble; from the third in a row the state says that it fails.

    Throttling is no trouble: the provider told us when to come back.
    """
    if error.retry_after is not None:
        return
    connection.failures += 1
    if connection.failures >= FAILURES_TO_SHOW and connection.state in Connection.USABLE:
        change_state(connection, State.FAILING, now=now, what=error.what, raw=error.raw)


def after_refusal(
    connection: Connection, error: NeedsPerson, state: Connection.State, *, now: datetime
) -> None:
    """Set the state that a refusal leads to."""
    change_state(connection, state, now=now, what=error.what, code=error.code, raw=error.raw)


def after_success(connection: Connection, *, now: datetime) -> None:
    """A token came: the connection works."""
    connection.failures = 0
    state = standing_when_well(connection, now=now)
    change_state(connection, state, now=now, what="The provider gave a token.")


def forget(connection: Connection, *, now: datetime) -> None:
    """The sign-in is worthless now: another registration was typed."""
    change_state(connection, State.NOT_AUTHORIZED, now=now, what="The registration was changed.")
