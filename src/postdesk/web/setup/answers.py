"""What views of the mail pages share: who asks, and how a form is answered."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect

from postdesk.directory.models import Person


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in; for views behind ``for_administrators``."""
    if not isinstance(request.user, Person):
        raise PermissionDenied("Sign in first.")
    return request.user


def see_other(address: str) -> HttpResponseRedirect:
    """Answer a form: go and GET that address (RFC 9110 section 15.4.4)."""
    return HttpResponseRedirect(address, status=303)
