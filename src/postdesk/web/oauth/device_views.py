"""The page with the code that somebody types in on another device."""

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from postdesk.base import clock
from postdesk.base.ids import hash_token
from postdesk.connections.attempts import new_handle
from postdesk.connections.device import poll_device
from postdesk.connections.queries import explanation
from postdesk.web.oauth.results import pass_on, show_refused
from postdesk.web.oauth.views import own_attempt
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest

# What Microsoft shows on the other device when an organization forbids signing in by a code.
_FORBIDDEN = ("AADSTS530036", "AADSTS53003", "AADSTS7000218")


@for_administrators
@never_cache
@require_safe
def device(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show the code, ask once whether somebody signed in with it, and go on when it is over.

    The page comes back for itself every few seconds; without script a reload does the same.
    """
    now = clock.now()
    attempt = own_attempt(request, number)
    if attempt.session_hash != hash_token(request.session.session_key or ""):
        return show_refused(
            request, "This sign-in was started in another browser. Press Authorize in this one."
        )
    attempt = poll_device(attempt, now=now)
    if attempt.finished_at is None:
        told = [known for code in _FORBIDDEN if (known := explanation(code)) is not None]
        context = {
            "page_title": "Sign in with a code",
            "attempt": attempt,
            "connection": attempt.connection,
            "told": told,
        }
        return render(request, "oauth/device.html", context)
    if attempt.finished_at == now:
        pass_on(attempt, now=now)
    return _go_on(request, reverse("oauth:finish", args=[new_handle(attempt)]))


def _go_on(request: "HttpRequest", address: str) -> "HttpResponse":
    if "HX-Request" in request.headers:
        # htmx would follow a redirect by itself and put that page into this one.
        return HttpResponse(status=200, headers={"HX-Redirect": address})
    return see_other(address)
