"""Setup > E-Mail > Held mail: messages that wait for a person."""

from typing import TYPE_CHECKING

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from postdesk.base import clock
from postdesk.flow import originals
from postdesk.mail.models import SpooledMessage
from postdesk.mail.spool import held_messages, process_again
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest

MESSAGES_A_PAGE = 50


@for_administrators
@require_safe
def messages(request: "HttpRequest") -> "HttpResponse":
    """List the held messages, newest first."""
    pages = Paginator(held_messages(), MESSAGES_A_PAGE)
    context = {"page_title": "Held mail", "page": pages.get_page(request.GET.get("page"))}
    return render(request, "setup/held.html", context)


@for_administrators
@require_safe
def message(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show one message: why it is held, its headers, and what the program said."""
    found = _find(number)
    context = {
        "page_title": found.subject or "Message without a subject",
        "message": found,
        "headers": originals.headers(found.pk),
    }
    return render(request, "setup/held_message.html", context)


@for_administrators
@require_safe
def original(_request: "HttpRequest", number: int) -> "HttpResponse":
    """Send the message as it arrived, octet for octet, as a file."""
    found = _find(number)
    answer = HttpResponse(originals.original(found.pk), content_type="message/rfc822")
    answer["Content-Disposition"] = f'attachment; filename="message-{found.pk}.eml"'
    return answer


@for_administrators
@require_POST
def process(request: "HttpRequest", number: int) -> "HttpResponse":
    """Put a message back into the queue."""
    found = get_object_or_404(SpooledMessage, pk=number)
    if process_again(found, now=clock.now()):
        toasts.success(request, "The Mailer Daemon processes the message again.")
    else:
        toasts.info(request, "Somebody put this message back into the queue already.")
    return see_other(reverse("setup:held"))


def _find(number: int) -> SpooledMessage:
    return get_object_or_404(held_messages(), pk=number)
