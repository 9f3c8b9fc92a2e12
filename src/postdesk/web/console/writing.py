"""Sending a reply and adding a note: what was typed is never lost, and nothing is sent twice."""

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from postdesk.base import clock
from postdesk.directory.models import Person
from postdesk.mail.models import OutgoingMessage
from postdesk.mail.outbox import send_again
from postdesk.tickets.models import Entry, Ticket
from postdesk.tickets.queries import newest_client_mail
from postdesk.tickets.replying import add_note, add_reply
from postdesk.web.console.conversation import Reading
from postdesk.web.console.finding import person_asking, ticket_or_404
from postdesk.web.console.posting import posted_to_ticket
from postdesk.web.console.ticket import render_ticket, sender_of
from postdesk.web.forms.composer import NOTE, ComposerForm
from postdesk.web.session.rights import for_techs

# Long enough for a page that lay open over a weekend and is sent again by its browser
FORM_COUNTS_SECONDS = 3 * 24 * 3600


@for_techs
@posted_to_ticket
def write(request: HttpRequest, number: int) -> HttpResponseBase:
    """Take a reply or note: 422 when it is not complete, 409 when the client wrote meanwhile."""
    ticket = ticket_or_404(number)
    form = ComposerForm(request.POST)
    if not _is_complete(form, ticket):
        return render_ticket(request, ticket, composer=form, reading=_read_so_far(form), status=422)
    if _was_overtaken(ticket, form):
        reading = Reading(seen=form.cleaned_data["seen"])
        return render_ticket(request, ticket, composer=form, reading=reading, status=409)
    entry = _write_once(ticket, form, author=person_asking(request))
    if entry is None:
        messages.info(request, "This was sent already; it is not sent twice.")
        return redirect(_written(ticket))
    messages.success(request, _said(form))
    return redirect(_written(ticket, entry))


def _is_complete(form: ComposerForm, ticket: Ticket) -> bool:
    """Check the form, and that a reply has a way out."""
    if form.is_valid() and form.cleaned_data["kind"] != NOTE and sender_of(ticket)[0] is None:
        form.add_error(
            None,
            "No Outgoing Mail Account is active, so nobody would get this reply. An Administrator "
            "sets one up; your text is kept.",
        )
    return form.is_valid()


def _read_so_far(form: ComposerForm) -> Reading:
    """Return what the writer of a refused reply had seen, so that later mail is marked as new."""
    return Reading(seen=None if form.is_note else form.cleaned_data.get("seen"))


def _was_overtaken(ticket: Ticket, form: ComposerForm) -> bool:
    values = form.cleaned_data
    if values["kind"] == NOTE or values["send_anyway"]:
        return False
    return newest_client_mail(ticket, after=values["seen"]) is not None


@transaction.atomic
def _write_once(ticket: Ticket, form: ComposerForm, *, author: Person) -> Entry | None:
    """Write what the form says, or return None when this form was taken before.

    The cache is a table of the same database, so a failure takes its mark back with the rest.
    """
    values = form.cleaned_data
    now = clock.now()
    if not cache.add(f"composer:{values['form_id']}", 1, timeout=FORM_COUNTS_SECONDS):
        return None
    if values["kind"] == NOTE:
        return add_note(ticket, author=author, text=values["text"], now=now)
    return add_reply(
        ticket,
        author=author,
        text=values["text"],
        cc=values["cc"],
        status=values["status"] or None,
        now=now,
    )


def _said(form: ComposerForm) -> str:
    if form.cleaned_data["kind"] == NOTE:
        return "Note added."
    return "Reply is on its way."


def _written(ticket: Ticket, entry: Entry | None = None) -> str:
    """Return the address after writing; ``written`` lets the browser forget its draft."""
    address = f"{reverse('console:ticket', args=[ticket.number])}?written=1"
    return f"{address}#entry-{entry.pk}" if entry else address


@for_techs
@posted_to_ticket
def send_delivery_again(request: HttpRequest, number: int, delivery: int) -> HttpResponseBase:
    """Queue a mail again that was not sent, or perhaps not: a Tech has looked and decides."""
    ticket = ticket_or_404(number)
    rows = OutgoingMessage.objects.filter(ticket_number=ticket.number)
    mail = rows.filter(pk=delivery).first()
    if mail is not None and send_again(mail, now=clock.now()):
        messages.success(request, "It is on its way again.")
    else:
        messages.error(request, "There is nothing to send again: it left, or is about to.")
    return redirect("console:ticket", ticket.number)
