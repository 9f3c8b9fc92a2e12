"""Two buttons of the registration: make a key pair, and take a script along."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse

from postdesk.connections.certificates import make_key_pair
from postdesk.web.setup.answers import see_other
from postdesk.web.setup.guide import order_of, scripts_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from postdesk.connections.models import Connection
    from postdesk.connections.registering import Registration
    from postdesk.web.forms.registration import RegistrationFields

MAKE_KEY = "make_key_pair"
SCRIPT = "script"


def registration_with_key(form: "RegistrationFields", *, now: "datetime") -> "Registration | None":
    """Return what was typed, with a fresh key pair when that is what was asked for."""
    if form.needs_key:
        name = f"Postdesk {form.cleaned_data['email_address']}"
        form.key_pair = make_key_pair(name=name, now=now)
    return form.registration()


def show_key(request: "HttpRequest", connection: "Connection", address: str) -> "HttpResponse":
    """Lead to the account page, where the public part can be taken along."""
    words = "Everything is saved, with a new key pair. Upload its certificate at Microsoft next."
    if connection.previous_credential:
        words += " Until that works, the one before is used."
    messages.success(request, words)
    return see_other(f"{address}#registration")


def send_script(form: "RegistrationFields", key: str) -> "HttpResponse":
    """Answer with the script for what stands in the form now; nothing is stored."""
    found = {script.key: script for script in scripts_of(order_of(form))}.get(key)
    if found is None:
        raise Http404
    return HttpResponse(
        found.text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.file_name}"'},
    )
