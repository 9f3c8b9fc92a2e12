"""From the button Authorize to the page that leads to the provider."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.urls import reverse

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.connections import authorize
from postdesk.connections.queries import explanation
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.last_test import keep_last_test

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from postdesk.connections.models import Connection

JUST_AUTHORIZED = "authorized"  # in the query of the account page, after coming back
# These leave the browser on Microsoft's page: no answer ever comes back here.
_NEVER_COME_BACK = ("AADSTS50011", "AADSTS700016", "AADSTS90002")


def never_come_back() -> list[tuple[str, str, str]]:
    """Return code, meaning and remedy of the errors that nobody hears of here."""
    told = (explanation(code) for code in _NEVER_COME_BACK)
    return [(known.code, known.happened, known.remedy) for known in told if known is not None]


def begin_sign_in(
    request: "HttpRequest",
    connection: "Connection",
    *,
    mailbox: str,
    return_to: str,
    now: "datetime",
) -> "HttpResponse":
    """Start a sign-in and answer with its page, or with the account page and why it cannot start.

    Everything typed is stored before this is called. ``return_to`` is the account page, with what
    it should remember as a query.
    """
    try:
        attempt = authorize.start(
            connection,
            mailbox=mailbox,
            person=person_of(request),
            session_key=request.session.session_key or "",
            return_to=return_to,
            now=now,
        )
    except (NeedsPerson, TryLater) as problem:
        messages.error(request, f"{problem.what} {_remedy(problem)}")
        keep_last_test(request, return_to.partition("?")[0], _cannot_begin(problem), now=now)
        return see_other(return_to)
    return see_other(reverse("oauth:go", args=[attempt.pk]))


def _cannot_begin(problem: NeedsPerson | TryLater) -> CheckReport:
    line = CheckLine(
        title="The sign-in could not begin",
        why=problem.what,
        state="bad",
        remedy=_remedy(problem),
        code=getattr(problem, "code", ""),
    )
    return CheckReport(lines=(line,))


def _remedy(problem: NeedsPerson | TryLater) -> str:
    if isinstance(problem, NeedsPerson):
        return problem.remedy
    return "Microsoft cannot be reached just now. Press Authorize again in a minute."
