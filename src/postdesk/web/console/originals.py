"""The original mail behind a message: its source, its files, and why it is where it is."""

from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from postdesk.flow import originals
from postdesk.tickets.models import Attachment, Entry
from postdesk.web.console.finding import attachment_or_404, entry_or_404, spooled_or_404
from postdesk.web.console.pictures import RASTER_TYPES
from postdesk.web.session.rights import for_techs

Found = TypeVar("Found")

SHOWN_BYTES = 256 * 1024
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'self'"


@for_techs
@require_safe
def original(request: HttpRequest, number: int, entry_number: int) -> HttpResponseBase:
    """Show headers, source and trace of the mail that a message came from."""
    entry = entry_or_404(number, entry_number)
    spooled = spooled_or_404(entry)
    octets = _read(lambda: originals.original(spooled.pk))
    context = {
        "page_title": f"Original mail of #{number}",
        "ticket": entry.ticket,
        "entry": entry,
        "spooled": spooled,
        "headers": originals.headers(spooled.pk),
        "source": octets[:SHOWN_BYTES].decode("utf-8", "replace"),
        "size_bytes": len(octets),
        "is_cut": len(octets) > SHOWN_BYTES,
    }
    return render(request, "console/original.html", context)


@for_techs
@require_safe
def eml(_request: HttpRequest, number: int, entry_number: int) -> HttpResponseBase:
    """Answer with the mail as it came, octet for octet."""
    spooled = spooled_or_404(entry_or_404(number, entry_number))
    octets = _read(lambda: originals.original(spooled.pk))
    return _file(octets, media_type="message/rfc822", name=f"ticket-{number}-{entry_number}.eml")


@for_techs
@require_safe
def attachment(
    _request: HttpRequest, number: int, entry_number: int, position: int
) -> HttpResponseBase:
    """Answer with a file of a message as a download, whatever it says it is."""
    entry = entry_or_404(number, entry_number)
    known = attachment_or_404(entry, position)
    return _file(_content(entry, known), media_type="application/octet-stream", name=known.name)


@for_techs
@require_safe
def picture(
    _request: HttpRequest, number: int, entry_number: int, position: int
) -> HttpResponseBase:
    """Answer with a picture of a message to be shown in place; only raster pictures."""
    entry = entry_or_404(number, entry_number)
    known = attachment_or_404(entry, position)
    if known.media_type not in RASTER_TYPES:
        raise Http404("This file is not shown in place. Download it.")
    response = _file(
        _content(entry, known), media_type=known.media_type, name=known.name, is_download=False
    )
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _content(entry: Entry, known: Attachment) -> bytes:
    spooled = spooled_or_404(entry)
    file = _read(lambda: originals.attachment(spooled.pk, known.position))
    if file is None:
        raise Http404("The mail has no such file.")
    return file.content


def _read(read: Callable[[], Found]) -> Found:
    """Return what ``read`` finds; Http404 when the raw message is gone from the disk."""
    try:
        return read()
    except FileNotFoundError as error:
        raise Http404(
            "The raw message is missing from the data directory. Restore its folder octets from "
            "your backup."
        ) from error


def _file(octets: bytes, *, media_type: str, name: str, is_download: bool = True) -> HttpResponse:
    response = HttpResponse(octets, content_type=media_type)
    safe_name = "".join(char if char.isprintable() else "_" for char in name)
    disposition = content_disposition_header(is_download, safe_name)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response
