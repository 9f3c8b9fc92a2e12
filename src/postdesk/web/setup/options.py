"""Setup > General > Options."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from postdesk.base import clock
from postdesk.site.options import (
    OptionsRefused,
    change_options,
    is_pinned,
    public_url,
    read_options,
    redirect_uri,
)
from postdesk.web.forms.options import OptionsForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_FIELDS = ("public_scheme", "public_host", "public_port", "poll_seconds", "time_zone", "proxy_url")


@for_administrators
@require_http_methods(["GET", "POST"])
def change_options_page(request: "HttpRequest") -> "HttpResponse":
    """Show the options, or store them."""
    here = f"{request.scheme}://{request.get_host()}"
    form = OptionsForm(request.POST or None, initial=_initial(), is_pinned=is_pinned(), here=here)
    if request.method == "POST" and form.is_valid() and _is_stored(request, form):
        if form.asks_for_check:
            return _moved(request)
        messages.success(request, "The options are saved.")
        return redirect("setup:options")
    context = {
        "page_title": "Options",
        "form": form,
        "is_pinned": is_pinned(),
        "public_url": str(public_url()),
        "redirect_uri": redirect_uri(),
        "browser_url": "" if here == str(public_url()) else here,
    }
    return render(request, "setup/options.html", context, status=422 if form.is_bound else 200)


def _initial() -> dict[str, object]:
    options = read_options()
    return {name: getattr(options, name) for name in _FIELDS}


def _is_stored(request: "HttpRequest", form: OptionsForm) -> bool:
    try:
        change_options(by=person_of(request), now=clock.now(), **form.cleaned_data)
    except OptionsRefused as refusal:
        form.add_error("public_scheme", str(refusal))
        return False
    return True


def _moved(request: "HttpRequest") -> "HttpResponse":
    """Say where the desk is now; a redirect would lead to an address that answers no more."""
    context = {"page_title": "The desk has moved", "public_url": str(public_url())}
    return render(request, "setup/moved.html", context)
