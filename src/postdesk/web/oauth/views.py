"""Authorize: the page that leads to the provider, its answer, and how it went.

The callback trusts nothing and reads no session: it stores the answer once and sends the browser
on with a one-time handle. Only the finish page, which has the session, redeems anything.
"""

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postdesk.base import clock
from postdesk.connections import authorize
from postdesk.connections.models import AuthorizationAttempt
from postdesk.connections.queries import portal_url
from postdesk.site.options import redirect_uri
from postdesk.web.oauth.other_answers import answer_otherwise
from postdesk.web.oauth.results import pass_on, show_refused, show_result
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.authorizing import begin_sign_in, never_come_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

# RFC 6749 section 4.1.2, OpenID Connect, RFC 9207, and Microsoft's additions; no other is stored.
ANSWER_PARTS = (
    "code", "state", "error", "error_description", "error_subcode", "error_uri", "session_state",
    "iss", "client_info", "admin_consent", "tenant",
)  # fmt: skip
LONGEST_PART = 8_000


@for_administrators
@never_cache
@require_safe
def go(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show what will happen, with the link to the provider's sign-in page."""
    attempt = own_attempt(request, number)
    connection = attempt.connection
    is_over = attempt.answered_at is not None
    is_late = clock.now() - attempt.started_at > authorize.GOOD_FOR
    context = {
        "page_title": f"Sign in at {connection.get_provider_display()}",
        "attempt": attempt,
        "connection": connection,
        "is_microsoft": connection.provider == connection.Provider.MICROSOFT,
        "redirect_uri": redirect_uri(),
        "portal_url": portal_url(connection.cloud),
        "never_come_back": never_come_back(),
        "is_open": not (is_over or is_late),
        "is_over": is_over,
    }
    return render(request, "oauth/go.html", context)


@for_administrators
@require_POST
def again(request: "HttpRequest", number: int) -> "HttpResponse":
    """Start the same sign-in anew."""
    attempt = own_attempt(request, number)
    return begin_sign_in(
        request,
        attempt.connection,
        mailbox=attempt.mailbox,
        return_to=attempt.return_to,
        now=clock.now(),
    )


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def callback(request: "HttpRequest") -> "HttpResponse":
    """Take the provider's answer (by query, or by form_post) and send the browser on."""
    given = request.POST if request.method == "POST" else request.GET
    answer = {name: given[name][:LONGEST_PART] for name in ANSWER_PARTS if name in given}
    handle = authorize.store_answer(answer, now=clock.now())
    if handle is None:
        return answer_otherwise(request, answer) or see_other(reverse("oauth:unknown"))
    return see_other(reverse("oauth:finish", args=[handle]))


@for_administrators
@never_cache
@require_safe
def finish(request: "HttpRequest", handle: str) -> "HttpResponse":
    """Compare session and person, redeem the answer, and show or use the result."""
    return _conclude(request, handle, authorize.finish)


@for_administrators
@require_POST
def confirm(request: "HttpRequest", handle: str) -> "HttpResponse":
    """Use the sign-in of another person than before."""
    return _conclude(request, handle, authorize.confirm)


@for_administrators
@require_safe
def unknown(request: "HttpRequest") -> "HttpResponse":
    """Say that the provider's answer belongs to no sign-in that is open here."""
    context = {
        "page_title": "This sign-in is not open any more",
        "message": (
            "The answer belongs to a sign-in that is older than ten minutes or was never started "
            "here. Nothing was changed. Go back to the account and press Authorize again."
        ),
    }
    return render(request, "oauth/refused.html", context, status=400)


def _conclude(
    request: "HttpRequest", handle: str, conclude: "Callable[..., AuthorizationAttempt]"
) -> "HttpResponse":
    """Take the last step of this browser's sign-in; the accounts hear of it the first time."""
    now = clock.now()
    try:
        attempt = conclude(
            handle,
            person=person_of(request),
            session_key=request.session.session_key or "",
            now=now,
        )
    except authorize.AttemptRefused as refused:
        return show_refused(request, str(refused))
    if attempt.finished_at == now:
        pass_on(attempt, now=now)
    return show_result(request, attempt, handle=handle)


def own_attempt(request: "HttpRequest", number: int) -> AuthorizationAttempt:
    """Return the attempt that this person started, or 404."""
    return get_object_or_404(
        AuthorizationAttempt.objects.select_related("connection"),
        pk=number,
        started_by=person_of(request),
    )
