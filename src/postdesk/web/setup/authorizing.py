"""From the button Authorize to the page that leads to the provider, or to the stored access."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.urls import reverse

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.connections import authorize
from postdesk.connections.applying import connect_application
from postdesk.connections.device import start_device
from postdesk.connections.models import Connection
from postdesk.connections.queries import explanation
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.mail.accounts import note_failed_sign_in, resume
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.last_test import keep_last_test

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from postdesk.connections.models import AuthorizationAttempt

JUST_AUTHORIZED = "authorized"  # in the query of the account page, after coming back
# These leave the browser on Microsoft's page: no answer ever comes back here.
_NEVER_COME_BACK = ("AADSTS50011", "AADSTS700016", "AADSTS90002")


def never_come_back() -> list[tuple[str, str, str]]:
    """Return code, meaning and remedy of the errors that nobody hears of here."""
    told = (explanation(code) for code in _NEVER_COME_BACK)
    return [(known.code, known.happened, known.remedy) for known in told if known is not None]


def begin_sign_in(
    request: "HttpRequest",
    connection: Connection,
    *,
    mailbox: str,
    return_to: str,
    now: "datetime",
) -> "HttpResponse":
    """Start the way in of ``connection``, and answer with its page or why it cannot start.

    For an application nobody signs in: access is asked for and stored at once. Everything typed
    is stored before this is called. ``return_to`` is the account page, with what it should
    remember as a query.
    """
    if not connection.is_signed_in:
        return _connect(request, connection, mailbox=mailbox, return_to=return_to, now=now)
    try:
        attempt = _start(request, connection, mailbox=mailbox, return_to=return_to, now=now)
    except (NeedsPerson, TryLater) as problem:
        title = "The sign-in could not begin"
        return _cannot(request, title, problem, return_to=return_to, now=now)
    page = "oauth:device" if attempt.kind == attempt.Kind.DEVICE else "oauth:go"
    return see_other(reverse(page, args=[attempt.pk]))


def button_words(connection: Connection | None, way_in: str = "") -> str:
    """Return what the button of a way in says; without ``way_in`` that of ``connection``."""
    way_in = way_in or (connection.way_in if connection else Connection.WayIn.PERSON)
    if way_in == Connection.WayIn.APPLICATION:
        return "Connect"
    was_there = connection is not None and connection.authorized_at is not None
    return "Re-Authorize" if was_there else "Authorize"


def back_authorized(return_to: str) -> "HttpResponse":
    """Lead to the account page, which says that it is authorized."""
    mark = "&" if "?" in return_to else "?"
    return see_other(f"{return_to}{mark}{JUST_AUTHORIZED}=1")


def _start(
    request: "HttpRequest",
    connection: Connection,
    *,
    mailbox: str,
    return_to: str,
    now: "datetime",
) -> "AuthorizationAttempt":
    is_device = connection.way_in == Connection.WayIn.DEVICE
    start = start_device if is_device else authorize.start
    return start(
        connection,
        mailbox=mailbox,
        person=person_of(request),
        session_key=request.session.session_key or "",
        return_to=return_to,
        now=now,
    )


def _connect(
    request: "HttpRequest",
    connection: Connection,
    *,
    mailbox: str,
    return_to: str,
    now: "datetime",
) -> "HttpResponse":
    try:
        connect_application(connection, mailbox=mailbox, by=person_of(request), now=now)
    except (NeedsPerson, TryLater) as problem:
        note_failed_sign_in(
            connection,
            text=problem.what,
            remedy=_remedy(problem),
            code=getattr(problem, "code", ""),
            now=now,
        )
        title = "The application has no access yet"
        return _cannot(request, title, problem, return_to=return_to, now=now)
    resume(connection, text=f"Connected as an application, reading {mailbox}.", now=now)
    return back_authorized(return_to)


def _cannot(
    request: "HttpRequest",
    title: str,
    problem: NeedsPerson | TryLater,
    *,
    return_to: str,
    now: "datetime",
) -> "HttpResponse":
    messages.error(request, f"{problem.what} {_remedy(problem)}")
    line = CheckLine(
        title=title,
        why=problem.what,
        state="bad",
        remedy=_remedy(problem),
        code=getattr(problem, "code", ""),
    )
    path = return_to.partition("?")[0]
    keep_last_test(request, path, CheckReport(lines=(line,)), now=now)
    return see_other(return_to)


def _remedy(problem: NeedsPerson | TryLater) -> str:
    if isinstance(problem, NeedsPerson):
        return problem.remedy
    return "The provider cannot be reached just now. Press the button again in a minute."
