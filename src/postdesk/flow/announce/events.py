"""Turning ticket events into mails, in batches: one transaction, a savepoint for each event."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from postdesk.flow.announce.letters import cause_of, write_acknowledgement, write_reply
from postdesk.flow.stage import run_or_park
from postdesk.mail import outbox
from postdesk.mail.models import OutgoingMailAccount
from postdesk.mail.queries import outgoing_account_for
from postdesk.message.compose import CannotCompose
from postdesk.tickets.events import Kind, claim_unannounced, note_announced
from postdesk.tickets.models import Ticket, TicketEvent

BATCH = 100
# A loop brake that needs no header: two responders that recognise nothing end here.
MOST_ACKNOWLEDGEMENTS = 10
ACKNOWLEDGEMENT_PERIOD = timedelta(minutes=10)


class WaysOut:
    """The ways out of tickets' mail, each looked up once in a batch."""

    def __init__(self) -> None:
        self._known: dict[tuple[int | None, int | None], OutgoingMailAccount | None] = {}

    def of(self, ticket: Ticket) -> OutgoingMailAccount | None:
        """Return the way out for a ticket's mail, or None when no account is active."""
        key = (ticket.incoming_account_id, ticket.request_type_id)
        if key not in self._known:
            self._known[key] = outgoing_account_for(
                incoming_account_id=key[0], request_type_id=key[1]
            )
        return self._known[key]


@transaction.atomic
def announce_events(*, now: datetime, limit: int = BATCH) -> int:
    """Queue the mails of one batch of events; returns how many events were announced.

    The cause of each mail is its event, so that no event is ever mailed twice.
    """
    events = claim_unannounced(limit)
    ways_out = WaysOut()
    for event in events:
        _announce_or_park(event, ways_out, now=now)
    note_announced(events, now=now)
    return len(events)


def _announce_or_park(event: TicketEvent, ways_out: WaysOut, *, now: datetime) -> None:
    """Announce one event; when that breaks, the ticket says that nobody was told."""

    def park(reason: str, _traceback: str) -> None:
        if event.kind == Kind.TECH_REPLIED:
            _note_unwritable(event, ways_out, reason, now=now)
        elif event.kind == Kind.OPENED:
            _note_no_answer(event, reason)

    work = partial(_announce, event, ways_out, now=now)
    run_or_park(work, park=park, name=f"Event {event.pk}")


def _announce(event: TicketEvent, ways_out: WaysOut, *, now: datetime) -> None:
    if event.kind == Kind.OPENED:
        _acknowledge(event, ways_out, now=now)
    elif event.kind == Kind.TECH_REPLIED:
        _mail_reply(event, ways_out, now=now)


def _acknowledge(event: TicketEvent, ways_out: WaysOut, *, now: datetime) -> None:
    """Tell the client the ticket's number, once, and never a machine."""
    entry = event.entry
    if entry is None or entry.no_answer_because:
        return
    account = ways_out.of(event.ticket)
    if account is None:
        return
    sent = outbox.acknowledgements_to(entry.author_address, since=now - ACKNOWLEDGEMENT_PERIOD)
    if sent >= MOST_ACKNOWLEDGEMENTS:
        _note_no_answer(
            event, f"{entry.author_address} got {sent} acknowledgements within ten minutes."
        )
        return
    draft = write_acknowledgement(event, entry, account, now=now)
    outbox.queue(account, draft, now=now)


def _mail_reply(event: TicketEvent, ways_out: WaysOut, *, now: datetime) -> None:
    """Queue a tech's reply; one that cannot be written stands on the ticket as not sent."""
    account = ways_out.of(event.ticket)
    if event.entry is None or account is None:
        return
    try:
        draft = write_reply(event, event.entry, account, now=now)
    except CannotCompose as error:
        _note_unwritable(event, ways_out, str(error), now=now)
    else:
        outbox.queue(account, draft, now=now)


def _note_unwritable(event: TicketEvent, ways_out: WaysOut, problem: str, *, now: datetime) -> None:
    account = ways_out.of(event.ticket)
    if account is None:
        return
    outbox.note_unwritable(
        account,
        cause=cause_of(event),
        ticket_number=event.ticket_id,
        entry_number=event.entry_id,
        problem=problem,
        now=now,
    )


def _note_no_answer(event: TicketEvent, reason: str) -> None:
    if event.entry is not None:
        event.entry.no_answer_because = reason[:300]
        event.entry.save(update_fields=["no_answer_because"])
