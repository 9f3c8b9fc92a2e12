"""Answers to what goes wrong, each saying what to do now."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection did not match; the browser still holds what was typed."""
    logger.warning("A form was refused: %s", reason)
    return render(
        request, "session/csrf_failure.html", {"page_title": "Please send it again"}, status=403
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer a request that cannot be read (400)."""
    return render(request, "session/400.html", {"page_title": "Not understood"}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer somebody who may not (403)."""
    context = {"page_title": "Not for you", "reason": str(exception)}
    return render(request, "session/403.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer an address that leads nowhere (404)."""
    return render(request, "session/404.html", {"page_title": "Nothing here"}, status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer somebody who tries to sign in too often (429)."""
    return render(request, "session/429.html", {"page_title": "Please wait"}, status=429)


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer after an error of ours (500); renders without tables, they may be what broke."""
    page = render_to_string("session/500.html", {"page_title": "Something broke"})
    return HttpResponse(page, status=500)
