"""From raw octets to tickets and queued acknowledgements, as ``postdesk deliver-mail`` does it."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from django.db.models import Count, Max

from bench.corpus import expected_fates, find_messages, read_in_batches
from bench.cost import Meter
from bench.letters import DESK
from bench.many_tickets import fill_desk, open_desk
from bench.table import Row
from postdesk.base.clock import now
from postdesk.flow.announce.events import announce_events
from postdesk.flow.deliver import deliver_waiting
from postdesk.flow.feeding import feed_messages
from postdesk.mail.models import OutgoingMessage, SpooledMessage

BATCH = 50
FATES_SHOWN = ("opened", "appended", "recorded", "duplicate", "held")


class WrongOutcome(Exception):
    """Messages met other fates than they must, so that no figure of this run means anything."""


def measure(corpus: str, tickets: str = "0") -> list[Row]:
    """Feed every message of ``corpus`` into a desk and work until nothing waits.

    ``tickets`` says how many are there before, with their mail: a desk in use is no empty one.
    """
    messages = find_messages(Path(corpus))
    prepare_mailbox(int(tickets))
    before = SpooledMessage.objects.aggregate(newest=Max("id"))["newest"] or 0
    sent_before = OutgoingMessage.objects.count()
    meter = Meter()
    for batch in read_in_batches(messages, BATCH):
        feed_messages(batch, account_address=DESK, now=now())
        deliver_waiting(now=now())
        announce_events(now=now())
    while deliver_waiting(now=now()) or announce_events(now=now()):
        pass
    cost = meter.read()
    fates = check_fates(messages, after=before)
    row: Row = {"messages": len(messages), **asdict(cost)}
    row |= {fate: fates[fate] for fate in FATES_SHOWN}
    return [{**row, "acknowledged": OutgoingMessage.objects.count() - sent_before}]


def prepare_mailbox(tickets: int) -> None:
    """Make the desk and the account that mail comes in by, acknowledgements and all."""
    desk = fill_desk(tickets, now=now()) if tickets else open_desk(clients=0, now=now())
    desk.incoming.request_type = desk.request_types[0]
    desk.incoming.tech_group = desk.request_types[0].tech_group
    desk.incoming.save()


def check_fates(messages: list[Path], *, after: int) -> Counter[str]:
    """Return how many messages of this run met which fate; raises WrongOutcome."""
    rows = SpooledMessage.objects.filter(id__gt=after).values_list("fate").annotate(Count("id"))
    fates = Counter({str(fate) or "undecided": number for fate, number in rows})
    expected = expected_fates(messages)
    if expected is not None and fates != expected:
        raise WrongOutcome(f"Expected {dict(expected)}, got {dict(fates)}.")
    if fates["undecided"]:
        raise WrongOutcome(f"{fates['undecided']} messages are still undecided.")
    return fates
