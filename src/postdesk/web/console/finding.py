"""Who asks, and for what: the Tech of a request, and tickets and entries by their addresses."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from postdesk.directory.models import Person, Tech
from postdesk.flow.originals import story_of
from postdesk.mail.models import SpooledMessage
from postdesk.tickets.models import Attachment, Entry, Ticket
from postdesk.tickets.queries import find_entry, find_ticket
from postdesk.web.session.rights import tech_of


def tech_asking(request: HttpRequest) -> Tech:
    """Return the Tech who sent a request that ``for_techs`` let in."""
    tech = tech_of(request.user)
    if tech is None:
        raise PermissionDenied("This page is for techs.")
    return tech


def person_asking(request: HttpRequest) -> Person:
    """Return the person behind ``tech_asking``."""
    return tech_asking(request).person


def ticket_or_404(number: int) -> Ticket:
    """Return the ticket of that number; raises Http404."""
    ticket = find_ticket(number)
    if ticket is None:
        raise Http404(f"There is no ticket {number}.")
    return ticket


def entry_or_404(number: int, entry_number: int) -> Entry:
    """Return an entry of that ticket; raises Http404, also for an entry of another ticket."""
    entry = find_entry(number, entry_number)
    if entry is None:
        raise Http404("There is no such message on this ticket.")
    return entry


def spooled_or_404(entry: Entry) -> SpooledMessage:
    """Return the received mail that an entry came from; raises Http404 when it came from none."""
    message = story_of(entry.spooled_number) if entry.spooled_number else None
    if message is None:
        raise Http404("This message did not come by mail.")
    return message


def attachment_or_404(entry: Entry, position: int) -> Attachment:
    """Return the file at that position of the message; raises Http404."""
    attachment = entry.attachments.filter(position=position).first()
    if attachment is None:
        raise Http404("This message has no such file.")
    return attachment
