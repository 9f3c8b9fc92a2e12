"""What else comes to the redirect URI: our own test of it, and answers of admin consent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from postdesk.base import clock
from postdesk.connections.asking_administrator import note_consent
from postdesk.flow.self_test import SELF_TEST, answer_self_test
from postdesk.mail.history import record_for_connection
from postdesk.mail.models import HistoryLine
from postdesk.web.setup.answers import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest

_TOLD = {
    "granted": (HistoryLine.Kind.OK, "An administrator granted consent for the whole tenant."),
    "declined": (HistoryLine.Kind.WARN, "An administrator did not grant consent."),
    "elsewhere": (
        HistoryLine.Kind.WARN,
        "An administrator granted consent, but in another tenant than that of this connection.",
    ),
}


def answer_otherwise(request: "HttpRequest", answer: Mapping[str, str]) -> HttpResponse | None:
    """Answer what belongs to no sign-in; None when it is neither of the two."""
    if SELF_TEST in request.GET:
        said = answer_self_test(request.GET[SELF_TEST])
        words = said or "This test is not open any more."
        return HttpResponse(words, status=200 if said else 404, content_type="text/plain")
    return _take_consent(answer)


def _take_consent(answer: Mapping[str, str]) -> HttpResponse | None:
    now = clock.now()
    row = note_consent(answer, now=now)
    page = reverse("administrator:consented")
    if row is None:
        return see_other(page) if "admin_consent" in answer else None
    kind, text = _TOLD[row.consent]
    record_for_connection(row.connection, kind=kind, text=text, now=now)
    return see_other(f"{page}?{urlencode({'outcome': row.consent})}")
