"""HTML bodies of mail: each at its own address, under its own policy, in a frame without script."""

import re
from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from postdesk.message.html_safe import REMOTE_SOURCE
from postdesk.tickets.models import Entry
from postdesk.web.console.finding import entry_or_404
from postdesk.web.session.rights import for_techs

# Sandboxed by the header too, so that opening the address by itself is as harmless as the frame
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
OWN_IMAGES = "'self'"
REMOTE_IMAGES = "'self' https: http: data:"

_CID = re.compile(r' src="cid:([^"]{1,500})"', re.IGNORECASE)
_COLOUR = re.compile(r' (?:bg)?color="| style="[^"]*(?:color|background)', re.IGNORECASE)


@for_techs
@require_safe
def body(request: HttpRequest, number: int, entry_number: int) -> HttpResponseBase:
    """Answer with one HTML body; remote images only with ``?images=1``, for this answer."""
    entry = entry_or_404(number, entry_number)
    if not entry.html:
        raise Http404("This message has no HTML body.")
    with_images = request.GET.get("images") == "1"
    html = point_to_pictures(entry)
    if with_images:
        html = html.replace(f' {REMOTE_SOURCE}="', ' src="')
    context = {
        # Sanitised when it was stored; the policy below holds even if that missed something
        "html": mark_safe(html),  # noqa: S308
        "follows_scheme": _COLOUR.search(html) is None,
    }
    response = render(request, "console/body.html", context)
    images = REMOTE_IMAGES if with_images else OWN_IMAGES
    # django-csp leaves a response alone that has a policy of its own
    response["Content-Security-Policy"] = POLICY.format(images=images)
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def point_to_pictures(entry: Entry) -> str:
    """Return the HTML with each ``cid:`` of the mail pointing to that picture's address."""
    positions = {
        _bare(content_id): position
        for content_id, position in entry.attachments.values_list("content_id", "position")
        if content_id
    }

    def point(found: re.Match[str]) -> str:
        position = positions.get(_bare(found[1]))
        if position is None:
            return found[0]
        address = reverse("console:picture", args=[entry.ticket_id, entry.pk, position])
        return f' src="{address}"'

    return _CID.sub(point, entry.html)


def _bare(content_id: str) -> str:
    """Return a Content-ID for comparison; in addresses it is percent-encoded (RFC 2392)."""
    return unquote(content_id).strip().strip("<>").lower()
