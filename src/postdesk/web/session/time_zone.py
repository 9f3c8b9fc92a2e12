"""Moments on pages are in the time zone of General > Options."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from postdesk.site.options import read_options


class TimeZoneMiddleware:
    """Activates the desk's time zone for the length of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request within the stored time zone; UTC when it is unknown here."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(_stored_zone()):
            return self.get_response(request)


def _stored_zone() -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(read_options().time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
