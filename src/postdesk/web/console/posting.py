"""Addresses of a ticket that only take forms."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]


def posted_to_ticket(view: View) -> View:
    """Let only forms through; everybody else goes to the ticket.

    Whoever signs in again after their session ended is led back to the address that the form was
    sent to. What they typed waits on the ticket page, in their browser.
    """

    @wraps(view)
    def taken(request: HttpRequest, number: int, **others: object) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("console:ticket", number)
        return view(request, number, **others)

    return taken
