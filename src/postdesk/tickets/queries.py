"""Reads of tickets: views and their counts, filters, one ticket and its conversation."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet

from postdesk.directory.models import Client, Tech
from postdesk.message.html_safe import REMOTE_SOURCE
from postdesk.tickets.models import (
    OPEN_STATUSES,
    Entry,
    Participant,
    Status,
    Ticket,
    TicketEvent,
)
from postdesk.tickets.search import search_tickets

ROW_COLUMNS = (
    "subject",
    "status",
    "priority",
    "opened_at",
    "last_activity_at",
    "client_wrote_last",
    "snippet",
    "has_attachment",
    "client__person__name",
    "client__person__email",
    "request_type__name",
    "tech__person__name",
    "tech__person__email",
)
# Entries speak for themselves; these are the changes that nobody said in a message
TOLD_EVENTS = (
    TicketEvent.Kind.OPENED,
    TicketEvent.Kind.STATUS,
    TicketEvent.Kind.TECH,
    TicketEvent.Kind.REQUEST_TYPE,
    TicketEvent.Kind.PRIORITY,
    TicketEvent.Kind.MOVED,
)


class View(enum.StrEnum):
    """The lists that every Tech has."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"
    ALL = "all"


class Sort(enum.StrEnum):
    """What stands first in a list."""

    ACTIVITY = "activity"
    QUIET = "quiet"
    NUMBER = "number"
    AGE = "age"
    PRIORITY = "priority"


SORTINGS: dict[Sort, tuple[str, ...]] = {
    Sort.ACTIVITY: ("-last_activity_at", "-number"),
    Sort.QUIET: ("last_activity_at", "number"),
    Sort.NUMBER: ("-number",),
    Sort.AGE: ("opened_at", "number"),
    Sort.PRIORITY: ("priority", "-last_activity_at", "-number"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """What narrows a list. None, "" and False narrow nothing; ``text`` is what was searched."""

    view: View = View.OPEN
    status: str = ""
    request_type_id: int | None = None
    tech_id: int | None = None
    client_id: int | None = None
    is_answered: bool = False
    text: str = ""
    sort: Sort = Sort.ACTIVITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One piece of a conversation: what was said, or what changed. Exactly one is not None."""

    at: datetime
    entry: Entry | None = None
    event: TicketEvent | None = None


def list_tickets(wanted: TicketFilter, *, tech: Tech) -> QuerySet[Ticket]:
    """Return the tickets of a list in order. ``tech`` is who looks: "mine" means theirs."""
    rows = search_tickets(wanted.text) if wanted.text else Ticket.objects.all()
    rows = rows.filter(_of_whom(wanted.view, tech), _of_status(wanted), **_narrowed(wanted))
    return rows.order_by(*SORTINGS[wanted.sort])


def read_rows(numbers: Sequence[int]) -> list[Ticket]:
    """Return tickets in the order of ``numbers``, with all that a row shows and nothing else.

    A page is found by its numbers first: sorting and skipping whole rows costs ten times as much.
    """
    rows = Ticket.objects.select_related("client__person", "request_type", "tech__person")
    found = rows.only(*ROW_COLUMNS).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def _of_whom(view: View, tech: Tech) -> Q:
    if view is View.MINE:
        return Q(tech=tech)
    return Q(tech=None) if view is View.UNASSIGNED else Q()


def _of_status(wanted: TicketFilter) -> Q:
    """Return the statuses of the view; a status that was asked for takes their place."""
    if wanted.status:
        return Q(status=wanted.status)
    return {
        View.RESOLVED: Q(status=Status.RESOLVED),
        View.CLOSED: Q(status__in=(Status.CLOSED, Status.CANCELED)),
        View.ALL: Q(),
    }.get(wanted.view, Q(status__in=OPEN_STATUSES))


def _narrowed(wanted: TicketFilter) -> dict[str, object]:
    conditions = {
        "request_type_id": wanted.request_type_id,
        "tech_id": wanted.tech_id,
        "client_id": wanted.client_id,
        "client_wrote_last": True if wanted.is_answered else None,
    }
    return {column: value for column, value in conditions.items() if value is not None}


def count_views(tech: Tech) -> dict[str, int]:
    """Return how many tickets each view holds for ``tech``, in one pass over one index."""
    counts = {view.value: 0 for view in View}
    rows = Ticket.objects.order_by().values_list("tech_id", "status").annotate(Count("number"))
    for tech_id, status, number in rows:
        for view in _views_of(status, is_mine=tech_id == tech.pk, is_nobodys=tech_id is None):
            counts[view] += number
    return counts


def _views_of(status: str, *, is_mine: bool, is_nobodys: bool) -> Iterable[View]:
    yield View.ALL
    if status == Status.RESOLVED:
        yield View.RESOLVED
    elif status not in OPEN_STATUSES:
        yield View.CLOSED
    else:
        yield View.OPEN
        if is_mine:
            yield View.MINE
        if is_nobodys:
            yield View.UNASSIGNED


def find_ticket(number: int) -> Ticket | None:
    """Return a ticket with its client, people, request type and related ticket, or None."""
    return (
        Ticket.objects.select_related(
            "client__person",
            "request_type__tech_group",
            "tech_group",
            "tech__person",
            "related_to",
        )
        .filter(number=number)
        .first()
    )


def conversation(ticket: Ticket) -> list[Happening]:
    """Return what was said and what changed, oldest first; an entry before its own events.

    Entries come without their HTML, which has its own address, but with ``has_html`` and
    ``has_remote_images``, their authors and attachments; events with their actors.
    """
    happenings = [Happening(at=entry.at, entry=entry) for entry in _entries(ticket)]
    events = ticket.events.filter(kind__in=TOLD_EVENTS).select_related("actor").order_by("at", "id")
    happenings += [Happening(at=event.at, event=event) for event in events]
    return sorted(happenings, key=lambda happening: happening.at)


def _entries(ticket: Ticket) -> QuerySet[Entry]:
    return (
        ticket.entries.select_related("author")
        .prefetch_related("attachments")
        .defer("html", "references")
        .annotate(
            has_html=_yes_or_no(~Q(html="")),
            has_remote_images=_yes_or_no(Q(html__contains=f'{REMOTE_SOURCE}="')),
        )
        .order_by("at", "id")
    )


def unannounced_replies(ticket: Ticket) -> set[int]:
    """Return the numbers of replies whose mail is not written yet."""
    kind = TicketEvent.Kind.TECH_REPLIED
    rows = ticket.events.filter(kind=kind, announced_at=None)
    return set(rows.values_list("entry_id", flat=True))


def _yes_or_no(condition: Q) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(condition, output_field=BooleanField())


def newest_client_mail(ticket: Ticket, *, after: int = 0) -> Entry | None:
    """Return the newest mail of the client's side with a number above ``after``, or None.

    Automatic mail is no answer that a Tech must read first.
    """
    return (
        ticket.entries.filter(kind=Entry.Kind.CLIENT_MAIL, is_automatic=False, id__gt=after)
        .order_by("-id")
        .first()
    )


def find_entry(ticket_number: int, entry_number: int) -> Entry | None:
    """Return an entry of that ticket with everything it holds, or None."""
    entry = Entry.objects.select_related("ticket").filter(pk=entry_number).first()
    return entry if entry is not None and entry.ticket_id == ticket_number else None


def participants(ticket: Ticket) -> QuerySet[Participant]:
    """Return the addresses on a ticket with their persons, in the order they came."""
    return ticket.participants.select_related("person").order_by("id")


def tickets_pointing_here(ticket: Ticket) -> QuerySet[Ticket]:
    """Return the tickets whose senders seemed to mean this one."""
    return Ticket.objects.filter(related_to=ticket).only("subject", "status").order_by("number")


def count_of_client(client: Client) -> tuple[int, int]:
    """Return how many open tickets a client has, and how many in all."""
    counts = Ticket.objects.filter(client=client).aggregate(
        open=Count("number", filter=Q(status__in=OPEN_STATUSES)), all=Count("number")
    )
    return counts["open"], counts["all"]
