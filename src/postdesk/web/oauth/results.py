"""How a sign-in went: what is told to the accounts, and what the browser sees."""

from typing import TYPE_CHECKING

from django.shortcuts import render

from postdesk.connections.queries import explanation
from postdesk.mail.accounts import note_failed_sign_in, resume
from postdesk.web.setup.authorizing import back_authorized

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from postdesk.connections.models import AuthorizationAttempt


def pass_on(attempt: "AuthorizationAttempt", *, now: "datetime") -> None:
    """Tell the accounts, once, that they may go on or why they may not.

    A sign-in that waits for a yes is neither.
    """
    if attempt.succeeded:
        resume(attempt.connection, text=attempt.message, now=now)
    elif not attempt.tokens_on_hold:
        note_failed_sign_in(
            attempt.connection,
            text=attempt.message,
            remedy=attempt.remedy,
            code=attempt.error_code,
            now=now,
        )


def show_result(
    request: "HttpRequest", attempt: "AuthorizationAttempt", *, handle: str
) -> "HttpResponse":
    """Lead back to the account, or show what to confirm or to put right."""
    if attempt.succeeded:
        return back_authorized(attempt.return_to)
    if attempt.tokens_on_hold:
        context = {
            "page_title": "Another person signed in",
            "attempt": attempt,
            "connection": attempt.connection,
            "handle": handle,
        }
        return render(request, "oauth/confirm.html", context)
    context = {
        "page_title": "The mailbox is not authorized",
        "attempt": attempt,
        "provider": attempt.connection.get_provider_display(),
        "told": explanation(attempt.error_code),
    }
    return render(request, "oauth/failed.html", context)


def show_refused(request: "HttpRequest", message: str) -> "HttpResponse":
    """Say why this browser may not finish the sign-in."""
    context = {"page_title": "This sign-in cannot be finished", "message": message}
    return render(request, "oauth/refused.html", context, status=403)
