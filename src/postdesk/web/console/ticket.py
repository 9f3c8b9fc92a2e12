"""The page of one ticket."""

import uuid
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.queries import outgoing_account_for, own_addresses
from postdesk.tickets.models import Entry, Participant, Ticket
from postdesk.tickets.queries import (
    count_of_client,
    newest_client_mail,
    participants,
    tickets_pointing_here,
)
from postdesk.web.console.conversation import Reading, read_conversation, read_trace
from postdesk.web.console.finding import ticket_or_404
from postdesk.web.forms.composer import MOST_COPIES, ComposerForm
from postdesk.web.forms.ticket_properties import PropertiesForm
from postdesk.web.session.rights import for_techs


@for_techs
@require_safe
def ticket_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show a ticket; ``?images=<entry>`` loads the remote images of that message."""
    images = request.GET.get("images", "")
    reading = Reading(images_of=int(images) if images.isdecimal() else None)
    return render_ticket(request, ticket_or_404(number), reading=reading)


@for_techs
@require_safe
def news(request: HttpRequest, number: int) -> HttpResponseBase:
    """Say that the client wrote since the page was shown; 204 when nobody did."""
    after = request.GET.get("after", "")
    ticket = ticket_or_404(number)
    entry = newest_client_mail(ticket, after=int(after) if after.isdecimal() else 0)
    if entry is None:
        return HttpResponse(status=204)
    return render(request, "console/_news.html", {"ticket": ticket, "entry": entry})


def render_ticket(
    request: HttpRequest,
    ticket: Ticket,
    *,
    composer: ComposerForm | None = None,
    reading: Reading | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page of a ticket, with the composer as it was posted when it was refused.

    A client's mail that came after ``reading.seen`` is marked as new. ``problem`` says why a
    property was not changed.
    """
    people = list(participants(ticket))
    newest = newest_client_mail(ticket)
    look = reading or Reading()
    context = {
        "page_title": f"#{ticket.number} {ticket.subject}",
        "ticket": ticket,
        "days": read_conversation(ticket, look),
        "trace": read_trace(ticket),
        "people": people,
        "properties": PropertiesForm(ticket),
        "problem": problem,
        "composer": composer or blank_composer(ticket, people),
        "seen": newest.pk if newest else 0,
        "news": newest if _is_news(newest, look) else None,
        "sender": sender_of(ticket),
        "client_counts": count_of_client(ticket.client),
        "pointing_here": tickets_pointing_here(ticket),
    }
    return render(request, "console/ticket.html", context, status=status)


def blank_composer(ticket: Ticket, people: Sequence[Participant]) -> ComposerForm:
    """Return the composer of a fresh page: everybody who took part is in Cc, our mailboxes not."""
    nobody = own_addresses() | {ticket.client.person.email}
    copies = [person.address for person in people if person.address not in nobody]
    copies = [] if len(copies) > MOST_COPIES else copies
    return ComposerForm(initial={"cc": ", ".join(copies), "form_id": uuid.uuid4()})


def _is_news(newest: Entry | None, reading: Reading) -> bool:
    return newest is not None and reading.seen is not None and newest.pk > reading.seen


def sender_of(ticket: Ticket) -> tuple[OutgoingMailAccount | None, str]:
    """Return the account that replies leave by, and the reason in words."""
    account = outgoing_account_for(
        incoming_account_id=ticket.incoming_account_id, request_type_id=ticket.request_type_id
    )
    if account is None:
        return None, "no Outgoing Mail Account is active"
    answered_by = IncomingMailAccount.objects.filter(outgoing_account=account)
    if ticket.incoming_account_id in answered_by.values_list("pk", flat=True):
        return account, "answers for the mailbox this ticket came in by"
    if ticket.request_type_id and answered_by.filter(request_type=ticket.request_type_id).exists():
        return account, "answers for this request type"
    return account, "the oldest active Outgoing Mail Account"
