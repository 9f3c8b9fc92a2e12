"""The public part of a key pair, for the registration at Microsoft."""

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from postdesk.connections.models import Connection
from postdesk.web.session.rights import for_administrators

if TYPE_CHECKING:
    from django.http import HttpRequest


@for_administrators
@require_safe
def certificate(_request: "HttpRequest", number: int) -> "HttpResponse":
    """Hand out the certificate, which is no secret; the private key never leaves."""
    connection = get_object_or_404(Connection, pk=number)
    if not connection.certificate_pem:
        raise Http404
    name = f"postdesk-{connection.pk}.cer"
    return HttpResponse(
        connection.certificate_pem,
        content_type="application/x-pem-file",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
