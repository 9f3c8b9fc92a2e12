"""From the server into the spool: list what is new, fetch its octets, store, then settle.

The mailbox is touched only after the spool row is committed with its octets. The cursor is stored
after the messages that it passes, so a crash repeats a page and loses none.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, ThisMessage, TryLater
from postdesk.connections.queries import explanation
from postdesk.drivers.base import Inbox, ListedMessage, RawMessage, Settlement
from postdesk.flow.opening import inbox_of
from postdesk.mail import reading, spool
from postdesk.mail.models import IncomingMailAccount
from postdesk.site.options import read_options

log = logging.getLogger(__name__)
BATCH = 20
BATCH_BYTES = 16 * 1024 * 1024  # eight mailboxes are read at once, and memory is shared
MOST_PAGES_A_TURN = 40  # then another account has its turn; the cursor goes on next time
SETTLE_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How one reading of an account went."""

    arrived: int
    more: bool


class _TurnLost(Exception):
    """The account was disabled or changed, or another worker reads it: leave it alone."""


def fetch_account(account: IncomingMailAccount, *, now: datetime) -> Turn | None:
    """Read one account if its turn can be taken; None when it is not due or another reads it.

    Every trouble ends in the account's state and History; what nobody foresaw is raised as well.
    """
    if not reading.claim_turn(account, now=now):
        return None
    poll_seconds = read_options().poll_seconds
    try:
        with inbox_of(account) as inbox:
            turn = _read_pages(account, inbox)
            _settle(account, inbox)
    except NeedsPerson as error:
        told = explanation(error.code)
        reading.note_needs_person(
            account, error, now=clock.now(), explanation=told.happened if told else error.what
        )
    except (TryLater, ThisMessage) as error:
        trouble = error if isinstance(error, TryLater) else TryLater(error.what)
        reading.note_try_later(account, trouble, poll_seconds=poll_seconds, now=clock.now())
    except _TurnLost:
        reading.give_up_turn(account)
    except Exception as error:
        what = f"Reading {account} failed: {type(error).__name__}."
        reading.note_try_later(account, TryLater(what), poll_seconds=poll_seconds, now=clock.now())
        raise
    else:
        reading.note_success(
            account,
            arrived=turn.arrived,
            poll_seconds=0 if turn.more else poll_seconds,
            now=clock.now(),
        )
        return turn
    return Turn(arrived=0, more=False)


def _read_pages(account: IncomingMailAccount, inbox: Inbox) -> Turn:
    arrived = 0
    if not account.cursor:
        reading.note_first_look(account, list(inbox.probe().addresses), now=clock.now())
    for _page in range(MOST_PAGES_A_TURN):
        listing = inbox.list_new(account.cursor)
        for batch in _fetch_batches(inbox, _unknown(account, listing.messages)):
            arrived += _spool(account, batch)
            _keep_turn(account)
        if not reading.store_cursor(account, listing.cursor):
            raise _TurnLost
        if not listing.more:
            return Turn(arrived=arrived, more=False)
    return Turn(arrived=arrived, more=True)


def _unknown(account: IncomingMailAccount, listed: Sequence[ListedMessage]) -> list[ListedMessage]:
    by_id = {message.remote_id: message for message in listed}
    return [by_id[remote_id] for remote_id in spool.unknown_remote_ids(account, list(by_id))]


def _fetch_batches(inbox: Inbox, listed: Sequence[ListedMessage]) -> Iterator[list[spool.Arrival]]:
    """Yield what was fetched, in batches that fit into memory; what is gone is left out."""
    batch: list[spool.Arrival] = []
    size_bytes = 0
    for message in listed:
        raw = _fetch(inbox, message)
        if raw is None:
            continue
        batch.append(_arrival(raw, message))
        size_bytes += len(raw.octets)
        if len(batch) >= BATCH or size_bytes >= BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


def _spool(account: IncomingMailAccount, arrivals: Sequence[spool.Arrival]) -> int:
    is_settled = account.after_processing == Settlement.KEEP
    return spool.spool_arrivals(account, arrivals, now=clock.now(), is_settled=is_settled)


def _keep_turn(account: IncomingMailAccount) -> None:
    if not reading.extend_turn(account, now=clock.now()):
        raise _TurnLost


def _fetch(inbox: Inbox, message: ListedMessage) -> RawMessage | None:
    """Fetch one; what cannot be fetched is spooled as a message that says so, never skipped."""
    try:
        return inbox.fetch(message.remote_id)
    except ThisMessage as error:
        log.warning("A message cannot be fetched: %s", error.what)
        note = (
            "From: <>\r\nSubject: A message that the server does not hand out\r\n"
            f"X-Postdesk-Unreadable: yes\r\n\r\n{error.what}\r\n"
        )
        return RawMessage(
            remote_id=message.remote_id,
            octets=note.encode("utf-8", "replace"),
            received_at=message.received_at,
        )


def _arrival(raw: RawMessage, listed: ListedMessage) -> spool.Arrival:
    return spool.Arrival(
        remote_id=raw.remote_id,
        octets=raw.octets,
        received_at=raw.received_at or listed.received_at,
    )


def _settle(account: IncomingMailAccount, inbox: Inbox) -> None:
    """Do on the server what the account asks for, with everything that is stored here."""
    while batch := spool.unsettled(account, SETTLE_BATCH):
        _keep_turn(account)
        for number, remote_id in batch:
            _settle_one(account, inbox, remote_id)
            spool.note_settled([number])


def _settle_one(account: IncomingMailAccount, inbox: Inbox, remote_id: str) -> None:
    """Settle one message; one that the server will not let us touch stays as it is there."""
    settlement = Settlement(account.after_processing)
    if settlement is Settlement.KEEP:
        return
    try:
        inbox.settle(remote_id, settlement, folder=account.folder)
    except ThisMessage as error:
        log.warning("A message cannot be settled: %s", error.what)
        reading.note_unsettled(account, error, now=clock.now())
