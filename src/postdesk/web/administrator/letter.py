"""What an administrator at Microsoft is asked for: the same facts for the letter and the page."""

from typing import Any
from urllib.parse import quote, urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from postdesk.connections.administrator_models import AdministratorRequest
from postdesk.connections.models import Connection
from postdesk.connections.queries import portal_url
from postdesk.connections.scripts.azure_cli import azure_cli_script
from postdesk.connections.scripts.order import RegistrationOrder
from postdesk.connections.scripts.permissions import exchange_roles_of, permissions_of
from postdesk.connections.scripts.powershell import powershell_script
from postdesk.site.options import public_url, redirect_uri


def order_for(request: AdministratorRequest) -> RegistrationOrder:
    """Return what is to be registered for the connection of a request."""
    connection = request.connection
    return RegistrationOrder(
        mailbox=request.mailbox,
        redirect_uri=redirect_uri(),
        way_in=connection.way_in,
        proof=connection.proof,
        cloud=connection.cloud,
        tenant_id=connection.tenant_id,
        client_id=connection.client_id,
        protocols=tuple(connection.protocols),
        is_shared=connection.for_shared_mailbox,
        certificate_pem=connection.certificate_pem,
    )


def facts_for(request: AdministratorRequest) -> dict[str, Any]:
    """Return what page and letter say; nothing of it is secret."""
    order = order_for(request)
    return {
        "request_row": request,
        "mailbox": request.mailbox,
        "desk_url": str(public_url()),
        "asker": str(request.created_by or "An administrator of the service desk"),
        "order": order,
        "permissions": permissions_of(order),
        "exchange_roles": exchange_roles_of(order),
        "redirect_uri": redirect_uri(),
        "powershell": powershell_script(order),
        "azure_cli": azure_cli_script(order),
        "portal_url": portal_url(request.connection.cloud),
        "has_certificate": _has_certificate(request.connection),
    }


def page_url(token: str) -> str:
    """Return the whole address of the one-time page."""
    return f"{public_url()}{reverse('administrator:page', args=[token])}"


def letter_for(request: AdministratorRequest, *, token: str) -> dict[str, str]:
    """Return subject, text and mailto link of the letter."""
    context = {
        **facts_for(request),
        "page_url": page_url(token),
        "ends_at": timezone.localtime(request.ends_at),
    }
    subject = f"Please register our service desk for the mailbox {request.mailbox}"
    text = render_to_string("administrator/letter.txt", context)
    query = urlencode({"subject": subject, "body": text.replace("\n", "\r\n")}, quote_via=quote)
    return {"subject": subject, "text": text, "mailto": f"mailto:?{query}"}


def _has_certificate(connection: Connection) -> bool:
    is_used = connection.proof == Connection.Proof.CERTIFICATE
    return is_used and bool(connection.certificate_pem)
