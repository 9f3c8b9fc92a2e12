"""Changing a ticket beside its conversation: properties, and where its messages belong."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from postdesk.base import clock
from postdesk.directory.models import Person, RequestType, Tech
from postdesk.directory.queries import effective_group
from postdesk.flow.moving import add_to
from postdesk.tickets.assigning import assign
from postdesk.tickets.classifying import change_priority, change_request_type
from postdesk.tickets.closing import change_status
from postdesk.tickets.models import Ticket
from postdesk.tickets.queries import TOLD_EVENTS
from postdesk.web.console.conversation import line_of
from postdesk.web.console.finding import person_asking, ticket_or_404
from postdesk.web.console.posting import posted_to_ticket
from postdesk.web.console.ticket import render_ticket
from postdesk.web.forms.ticket_properties import PROPERTIES, PropertiesForm
from postdesk.web.session.rights import for_techs


@for_techs
@posted_to_ticket
def change_property(request: HttpRequest, number: int, name: str) -> HttpResponseBase:
    """Save one property; script gets only the parts of the page that change with it."""
    if name not in PROPERTIES:
        raise Http404("A ticket has no such property.")
    ticket = ticket_or_404(number)
    form = PropertiesForm(ticket, request.POST.dict(), only=name)
    newest = ticket.events.order_by("-id").values_list("id", flat=True).first() or 0
    if form.is_valid():
        _VERBS[name](ticket, form.cleaned_data[name], person_asking(request), clock.now())
    problem = " ".join(str(error) for error in form.errors.get(name, ()))
    if request.headers.get("HX-Request") == "true":
        return _parts(request, ticket, after=newest, problem=problem)
    if problem:
        return render_ticket(request, ticket, problem=problem, status=422)
    return redirect("console:ticket", ticket.number)


def _parts(request: HttpRequest, ticket: Ticket, *, after: int, problem: str) -> HttpResponse:
    """Return properties, head and new lines of the conversation, each for its place."""
    events = ticket.events.filter(id__gt=after, kind__in=TOLD_EVENTS).select_related("actor")
    fresh = ticket_or_404(ticket.number)
    context = {
        "ticket": fresh,
        "properties": PropertiesForm(fresh),
        "problem": problem,
        "lines": [line_of(event) for event in events.order_by("id")],
    }
    status = 422 if problem else 200
    return render(request, "console/_changed.html", context, status=status)


def _set_status(ticket: Ticket, status: str, actor: Person, now: datetime) -> None:
    change_status(ticket, status=status, actor=actor, now=now)


def _set_priority(ticket: Ticket, priority: int, actor: Person, now: datetime) -> None:
    change_priority(ticket, priority=priority, actor=actor, now=now)


def _set_request_type(ticket: Ticket, number: int, actor: Person, now: datetime) -> None:
    request_type = RequestType.objects.get(pk=number)
    group = effective_group(request_type)
    change_request_type(ticket, request_type=request_type, tech_group=group, actor=actor, now=now)


def _set_tech(ticket: Ticket, number: int | None, actor: Person, now: datetime) -> None:
    tech = Tech.objects.select_related("person").get(pk=number) if number else None
    assign(ticket, tech=tech, actor=actor, now=now)


_VERBS: dict[str, Callable[[Ticket, Any, Person, datetime], None]] = {
    "status": _set_status,
    "priority": _set_priority,
    "request_type": _set_request_type,
    "tech": _set_tech,
}


@for_techs
@posted_to_ticket
def add_to_related(request: HttpRequest, number: int) -> HttpResponseBase:
    """Move what a client wrote to the ticket that they seemed to mean."""
    ticket = ticket_or_404(number)
    target = ticket.related_to
    if target is None or not ticket.is_open:
        messages.error(
            request, "There is nothing to add: this ticket is not open, or stands alone."
        )
        return redirect("console:ticket", ticket.number)
    add_to(ticket, target=target, actor=person_asking(request), now=clock.now())
    messages.success(request, f"Added to #{target.number}; #{ticket.number} is canceled.")
    return redirect("console:ticket", target.number)
