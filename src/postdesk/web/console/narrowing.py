"""Addresses of ticket lists: any list is a link, any filter a chip that a click removes."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse

from postdesk.tickets.queries import Sort, TicketFilter, View
from postdesk.web.forms.ticket_filter import TicketFilterForm, client_name

TITLES = {
    View.MINE: "My tickets",
    View.UNASSIGNED: "Unassigned",
    View.OPEN: "All open",
    View.RESOLVED: "Resolved",
    View.CLOSED: "Closed",
    View.ALL: "All tickets",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on, in words, and the address of the list without it."""

    name: str
    text: str
    href_without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that sorts; ``direction`` is the value of ``aria-sort`` or ""."""

    href: str
    direction: str


def title_of(wanted: TicketFilter) -> str:
    """Return the title of a list."""
    return f"Search: {wanted.text}" if wanted.text else TITLES[wanted.view]


def query_of(wanted: TicketFilter) -> str:
    """Return the shortest query string of a list, as ``view=open&sort=age``."""
    parts = {
        "view": wanted.view.value,
        "q": wanted.text,
        "status": wanted.status,
        "type": wanted.request_type_id,
        "tech": wanted.tech_id,
        "client": wanted.client_id,
        "answered": "on" if wanted.is_answered else "",
        "sort": "" if wanted.sort is Sort.ACTIVITY else wanted.sort.value,
    }
    return urlencode({name: value for name, value in parts.items() if value})


def href_of(wanted: TicketFilter) -> str:
    """Return the address of a list."""
    return f"{reverse('console:list')}?{query_of(wanted)}"


def chips_of(wanted: TicketFilter, form: TicketFilterForm) -> list[Chip]:
    """Return a chip for each filter that is on, the search first."""
    chips = []

    def add(name: str, text: str, without: TicketFilter) -> None:
        chips.append(Chip(name=name, text=text, href_without=href_of(without)))

    if wanted.text:
        add("Search", wanted.text, replace(wanted, text=""))
    if wanted.status:
        add("Status", form.name_of("status", wanted.status), replace(wanted, status=""))
    if wanted.request_type_id is not None:
        name = form.name_of("type", wanted.request_type_id)
        add("Request type", name, replace(wanted, request_type_id=None))
    if wanted.tech_id is not None:
        add("Tech", form.name_of("tech", wanted.tech_id), replace(wanted, tech_id=None))
    if wanted.client_id is not None:
        add("Client", client_name(wanted.client_id), replace(wanted, client_id=None))
    return chips


def columns_of(wanted: TicketFilter) -> dict[str, Column]:
    """Return what the heads of the sortable columns link to, and which one sorts now.

    Number, age and last activity turn round on a second click.
    """
    sorts = {
        "number": (Sort.NUMBER, Sort.AGE),
        "priority": (Sort.PRIORITY, Sort.PRIORITY),
        "age": (Sort.AGE, Sort.NUMBER),
        "activity": (Sort.ACTIVITY, Sort.QUIET),
    }
    directions = {
        ("number", Sort.NUMBER): "descending",
        ("priority", Sort.PRIORITY): "ascending",
        ("age", Sort.AGE): "descending",
        ("activity", Sort.ACTIVITY): "descending",
        ("activity", Sort.QUIET): "ascending",
    }
    return {
        name: Column(
            href=href_of(replace(wanted, sort=second if wanted.sort is first else first)),
            direction=directions.get((name, wanted.sort), ""),
        )
        for name, (first, second) in sorts.items()
    }
