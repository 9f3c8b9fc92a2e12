"""The ticket list: views, filters, search, and the chip that says something new came."""

from dataclasses import replace
from datetime import UTC, datetime

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from postdesk.base import clock
from postdesk.directory.models import Tech
from postdesk.tickets.queries import TicketFilter, list_tickets, read_rows
from postdesk.tickets.search import read_number
from postdesk.web.console.collecting import read_collecting
from postdesk.web.console.finding import tech_asking
from postdesk.web.console.narrowing import chips_of, columns_of, href_of, query_of, title_of
from postdesk.web.forms.ticket_filter import TicketFilterForm
from postdesk.web.session.rights import for_techs

ROWS_PER_PAGE = 50


@for_techs
@require_safe
def ticket_list(request: HttpRequest) -> HttpResponseBase:
    """Show the tickets of a view; a search that is exactly a ticket's number opens that ticket."""
    form = TicketFilterForm(request.GET)
    wanted = form.wanted()
    tech = tech_asking(request)
    rows = list_tickets(wanted, tech=tech)
    numbers = rows.values_list("number", flat=True)
    page = Paginator(numbers, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    if wanted.text and list(page) == [read_number(wanted.text)]:
        return redirect("console:ticket", page[0])
    return render(request, "console/ticket_list.html", _context(form, wanted, page, tech))


def _context(
    form: TicketFilterForm, wanted: TicketFilter, page: Page[int], tech: Tech
) -> dict[str, object]:
    is_empty = page.paginator.count == 0
    answered = replace(wanted, is_answered=True)
    return {
        "page_title": title_of(wanted),
        "view": wanted.view.value,
        "search_text": wanted.text,
        "wanted": wanted,
        "form": form,
        "page": page,
        "rows": read_rows(list(page)),
        "chips": chips_of(wanted, form),
        "columns": columns_of(wanted),
        "answered_count": list_tickets(answered, tech=tech).count(),
        "answered_href": href_of(replace(wanted, is_answered=not wanted.is_answered)),
        "here_href": href_of(wanted),
        "here_query": query_of(wanted),
        "seen_at": clock.now().isoformat(),
        "collecting": read_collecting() if is_empty else None,
    }


@for_techs
@require_safe
def arrivals(request: HttpRequest) -> HttpResponseBase:
    """Say how many tickets of a list were written to by clients since it was shown; 204 if none."""
    form = TicketFilterForm(request.GET)
    wanted = form.wanted()
    since = _moment(request.GET.get("since", ""))
    if since is None:
        return HttpResponse(status=204)
    rows = list_tickets(wanted, tech=tech_asking(request))
    number = rows.filter(last_activity_at__gt=since, client_wrote_last=True).count()
    if not number:
        return HttpResponse(status=204)
    context = {"number": number, "here_href": href_of(wanted)}
    return render(request, "console/_arrivals.html", context)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
        # Beyond the first and last year a moment has no UTC, which the database asks for
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
