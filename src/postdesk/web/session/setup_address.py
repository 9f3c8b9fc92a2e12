"""The one-time set-up address: it makes the first Administrator and signs them in."""

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from postdesk.base import clock
from postdesk.directory.refusal import ChangeRefused
from postdesk.directory.setting_up import SetupClosed, set_up
from postdesk.site.options import OptionsRefused, PublicUrl, is_pinned, is_setup_token, public_url
from postdesk.web.forms.session import SetUpForm
from postdesk.web.session.hosts import read_asked

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from postdesk.directory.models import Tech

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters()
def setup_address(request: "HttpRequest", token: str) -> "HttpResponse":
    """Show the page of set-up, or make the first Administrator from what it sent."""
    if not is_setup_token(token):
        return _closed(request)
    form = SetUpForm(request.POST or None)
    address = _address(request)
    if request.method == "POST" and form.is_valid():
        try:
            tech = _set_up(form, token=token, address=address)
        except SetupClosed:
            return _closed(request)
        if tech is not None:
            login(request, tech.person, backend=_BACKEND)
            return redirect("setup:home")
    context = {"page_title": "Set up this desk", "form": form, "address": address}
    return render(
        request, "session/setup_address.html", context, status=422 if form.is_bound else 200
    )


def _set_up(form: SetUpForm, *, token: str, address: PublicUrl) -> "Tech | None":
    """Return the first Administrator, or None with the reason put into the form."""
    try:
        return set_up(
            token=token,
            name=form.cleaned_data["name"],
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            address=address,
            now=clock.now(),
        )
    except ChangeRefused as refusal:
        form.add_error(refusal.field or None, str(refusal))
    except OptionsRefused as refusal:
        form.add_error(None, str(refusal))
    return None


def _address(request: "HttpRequest") -> PublicUrl:
    """Return the public URL to be: the pinned one, or where the browser is now."""
    asked = read_asked(request)
    if is_pinned() or asked is None:
        return public_url()
    return PublicUrl(scheme=asked.scheme, host=asked.host, port=asked.port)


def _closed(request: "HttpRequest") -> "HttpResponse":
    context = {"page_title": "This address is closed"}
    return render(request, "session/setup_address_closed.html", context, status=410)
