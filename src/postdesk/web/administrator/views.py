"""The administrator's one-time page: no sign-in, one connection, nothing secret.

Whoever holds the link can read what is asked for and hand over a registration once. Every other
token, a used one included, gets a page that says as little as it can.
"""

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from postdesk.base import clock
from postdesk.connections.asking_administrator import (
    DeliveryRefused,
    LinkClosed,
    consent_url,
    find_request,
    note_opened,
    take_delivery,
)
from postdesk.mail.history import record_for_connection
from postdesk.mail.models import HistoryLine
from postdesk.site import audit
from postdesk.web.administrator.letter import facts_for
from postdesk.web.forms.administrator import DropBoxForm

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from postdesk.connections.administrator_models import AdministratorRequest

_STRANGER = "Administrator at Microsoft, by a one-time page"


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: "HttpRequest", token: str) -> HttpResponse:
    """Show what is asked for, or take what was handed over."""
    if not ratelimit.consume(request, action=_action(request)):
        return _private(render(request, "session/429.html", _title("Please wait"), status=429))
    now = clock.now()
    try:
        row = find_request(token, now=now)
    except LinkClosed:
        return _closed(request)
    if row.done_at is not None:
        return _thanks(request)
    if request.method == "POST":
        return _take(request, row, token=token, now=now)
    if request.method == "GET" and note_opened(row, now=now):
        text = f"The administrator's page for {row.mailbox} was opened."
        record_for_connection(row.connection, kind=HistoryLine.Kind.INFO, text=text, now=now)
    return _show(request, row, DropBoxForm(connection=row.connection), token=token)


@never_cache
@require_safe
def certificate(request: "HttpRequest", token: str) -> HttpResponse:
    """Hand out the public certificate, which is no secret, as long as the link is good."""
    if not ratelimit.consume(request, action="administrator"):
        return _private(render(request, "session/429.html", _title("Please wait"), status=429))
    try:
        row = find_request(token, now=clock.now())
    except LinkClosed:
        return _closed(request)
    if row.done_at is not None or not facts_for(row)["has_certificate"]:
        return _closed(request)
    answer = HttpResponse(row.connection.certificate_pem, content_type="application/x-pem-file")
    answer["Content-Disposition"] = 'attachment; filename="postdesk-certificate.pem"'
    return _private(answer)


@never_cache
@require_safe
def consented(request: "HttpRequest") -> HttpResponse:
    """Say how admin consent went; the address names the outcome and nothing else."""
    outcome = request.GET.get("outcome", "")
    titles = {
        "granted": "Thank you, consent was granted",
        "declined": "Consent was not granted",
        "elsewhere": "Consent was granted in another tenant",
    }
    context = {"outcome": outcome, **_title(titles.get(outcome, "This link is closed"))}
    return _private(render(request, "administrator/consented.html", context))


def _take(
    request: "HttpRequest", row: "AdministratorRequest", *, token: str, now: "datetime"
) -> HttpResponse:
    form = DropBoxForm(request.POST, connection=row.connection)
    if not form.is_valid():
        return _show(request, row, form, token=token, status=422)
    try:
        taken = take_delivery(token, form.delivery(), now=now)
    except LinkClosed:
        return _closed(request)
    except DeliveryRefused as refused:
        form.refuse(refused)
        return _show(request, row, form, token=token, status=422)
    _tell(taken, now=now)
    return _thanks(request, consent=consent_url(taken, token=token))


def _tell(row: "AdministratorRequest", *, now: "datetime") -> None:
    record_for_connection(
        row.connection,
        kind=HistoryLine.Kind.OK,
        text=f"An administrator handed over the registration for {row.mailbox}.",
        explanation=f"Note: {row.note}" if row.note else "",
        now=now,
    )
    audit.record(
        audit.Action.SETUP_LINK_USED, actor=_STRANGER, target=row.mailbox, detail="", now=now
    )


def _show(
    request: "HttpRequest",
    row: "AdministratorRequest",
    form: DropBoxForm,
    *,
    token: str,
    status: int = 200,
) -> HttpResponse:
    context = {
        **facts_for(row),
        **_title(f"Connect {row.mailbox}"),
        "form": form,
        "consent_url": consent_url(row, token=token),
        "certificate_url": reverse("administrator:certificate", args=[token]),
    }
    return _private(render(request, "administrator/page.html", context, status=status))


def _thanks(request: "HttpRequest", *, consent: str = "") -> HttpResponse:
    context = {"consent_url": consent, **_title("Thank you")}
    return _private(render(request, "administrator/thanks.html", context))


def _closed(request: "HttpRequest") -> HttpResponse:
    context = _title("This link is closed")
    return _private(render(request, "administrator/closed.html", context, status=410))


def _action(request: "HttpRequest") -> str:
    return "administrator_post" if request.method == "POST" else "administrator"


def _title(title: str) -> dict[str, str]:
    return {"page_title": title}


def _private(answer: HttpResponse) -> HttpResponse:
    """Keep the page out of caches and search engines, whatever it says."""
    patch_cache_control(answer, private=True, no_store=True)
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
