"""How long the server needs for the pages of a Tech, in a desk with many tickets."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bench.many_tickets import fill_desk
from bench.table import Row
from postdesk.base.clock import now
from postdesk.site.options import finish_setup
from postdesk.tickets.models import OPEN_STATUSES, Ticket

WARM_UPS, REQUESTS = 5, 50
ROWS = 50
FAR_PAGE = 100
# The rows of a list with all that they show, in the way that costs least: first their numbers.
_LIST = """
    SELECT ticket.number, ticket.subject, ticket.status, ticket.priority, ticket.opened_at,
           ticket.last_activity_at, ticket.snippet, person.name, person.email, type.name, who.name
    FROM (SELECT ticket.number FROM tickets_ticket AS ticket WHERE {condition}
          ORDER BY ticket.last_activity_at DESC, ticket.number DESC LIMIT %s OFFSET %s) AS shown
    JOIN tickets_ticket AS ticket ON ticket.number = shown.number
    JOIN directory_client AS client ON client.id = ticket.client_id
    JOIN directory_person AS person ON person.id = client.person_id
    LEFT JOIN directory_requesttype AS type ON type.id = ticket.request_type_id
    LEFT JOIN directory_tech AS tech ON tech.id = ticket.tech_id
    LEFT JOIN directory_person AS who ON who.id = tech.person_id
    ORDER BY ticket.last_activity_at DESC, ticket.number DESC
"""
_OPEN = "ticket.status IN ('open', 'pending')"
_TICKET = """
    SELECT ticket.subject, ticket.status, entry.author_name, entry.at, entry.text
    FROM tickets_ticket AS ticket JOIN tickets_entry AS entry ON entry.ticket_id = ticket.number
    WHERE ticket.number = %s ORDER BY entry.at, entry.id
"""
Parameters = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, and the plain query of the rows that it shows."""

    name: str
    href: str
    query: str
    parameters: Parameters


class PageFailed(Exception):
    """A page answered with something else than itself."""


def measure(tickets: str) -> list[Row]:
    """Fill an empty desk with ``tickets`` tickets and open each page again and again."""
    desk = fill_desk(int(tickets), now=now())
    finish_setup(now=now())
    browser = Browser(headers={"host": "localhost:8080"})
    browser.force_login(desk.techs[0].person)
    return [_measure_page(browser, page) for page in pages_of(int(tickets))]


def pages_of(tickets: int) -> list[Page]:
    """Return the pages; the name that is searched belongs to about one client in a hundred."""
    middle = Ticket.objects.select_related("client__person").order_by("number")[tickets // 2]
    name = middle.client.person.name
    far = max(1, min(FAR_PAGE, Ticket.objects.filter(status__in=OPEN_STATUSES).count() // ROWS))
    words = [f"%{word.casefold()}%" for word in name.split()]
    found = " AND ".join("ticket.search_text LIKE %s" for _word in words)
    return [
        _list("list, first page", {}, _OPEN),
        _list(f"list, page {far}", {"page": far}, _OPEN, first=(far - 1) * ROWS),
        _list("list, unassigned", {"view": "unassigned"}, f"{_OPEN} AND ticket.tech_id IS NULL"),
        _list("list, search a name", {"q": name}, found, tuple(words)),
        Page(
            name="ticket",
            href=f"/tickets/{middle.number}/",
            query=_TICKET,
            parameters=(middle.number,),
        ),
    ]


def _list(
    name: str, asked: dict[str, object], condition: str, words: Parameters = (), *, first: int = 0
) -> Page:
    return Page(
        name=name,
        href=f"/tickets/?{urlencode(asked)}",
        query=_LIST.format(condition=condition),
        parameters=(*words, ROWS, first),
    )


def _measure_page(browser: Browser, page: Page) -> Row:
    cpu = time.process_time()
    times = _milliseconds(lambda: _open(browser, page))
    cpu_ms = (time.process_time() - cpu) * 1000 / (WARM_UPS + REQUESTS)
    floor = _milliseconds(lambda: _ask_plainly(page))
    with CaptureQueriesContext(connection) as queries:
        _open(browser, page)
    return {
        "page": page.name,
        "p50 ms": median(times),
        "p95 ms": times[int(len(times) * 0.95)],
        "CPU ms": cpu_ms,  # of this process alone, which a busy machine hardly changes
        "queries": len(queries),
        "floor ms": median(floor),
    }


def _open(browser: Browser, page: Page) -> None:
    answer = browser.get(page.href)
    if answer.status_code != 200:
        raise PageFailed(f"{page.href} answered {answer.status_code}.")


def _ask_plainly(page: Page) -> None:
    with connection.cursor() as cursor:
        cursor.execute(page.query, page.parameters)
        if not cursor.fetchall():
            raise PageFailed(f"The plain query of {page.name} found nothing to compare with.")


def _milliseconds(work: Callable[[], None]) -> list[float]:
    """Return the times of ``REQUESTS`` runs, shortest first, after some that are not counted."""
    times = []
    for _ in range(WARM_UPS + REQUESTS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times[WARM_UPS:])
