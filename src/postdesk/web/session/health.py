"""Signs of life for supervisors and load balancers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from postdesk.base import clock
from postdesk.flow.readiness import find_notes, find_problems


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view takes the request
    """Answer 200 as long as this process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view takes the request
    """Answer 200 when the desk can do its work, 503 with the reasons when it cannot.

    Mailboxes in trouble are told as ``notes``: they are no reason to take this process out of
    service, where people answer tickets and press Re-Authorize. Anybody may ask, so the notes
    hold numbers and no names.
    """
    problems = find_problems(now=clock.now())
    notes = [] if problems else find_notes(now=clock.now())
    return JsonResponse(
        {"status": "not ready" if problems else "ok", "problems": problems, "notes": notes},
        status=503 if problems else 200,
    )
