"""Setup > General > API Keys."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from postdesk.base import clock
from postdesk.site.api_keys import KeySettingsRefused, NewKey, api_keys, make_key, revoke_key
from postdesk.web.forms.api_keys import ApiKeyForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@for_administrators
@require_safe
def list_keys(request: "HttpRequest") -> "HttpResponse":
    """Show all keys, newest first, without their secrets."""
    context = {"page_title": "API Keys", "keys": api_keys(), "now": clock.now()}
    return render(request, "setup/api_keys.html", context)


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def new_key(request: "HttpRequest") -> "HttpResponse":
    """Show the form of a new key, or make one and show it this once."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = _make(request, form)
        if made is not None:
            # No redirect: the key would have to be stored for the page after it.
            context = {"page_title": made.row.name, "key": made.row, "text": made.text}
            return render(request, "setup/api_key_made.html", context)
    context = {"page_title": "New API key", "form": form}
    return render(request, "setup/api_key.html", context, status=422 if form.is_bound else 200)


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: "HttpRequest", number: int) -> "HttpResponse":
    """Ask, then end a key at once."""
    key = get_object_or_404(api_keys(), pk=number)
    if request.method != "POST":
        context = {"page_title": f"Revoke {key.name}", "key": key}
        return render(request, "setup/api_key_revoke.html", context)
    if revoke_key(key, by=person_of(request), now=clock.now()):
        messages.success(request, f"{key.name} is revoked and opens nothing any more.")
    else:
        messages.info(request, f"{key.name} was revoked already.")
    return see_other(reverse("setup:api_keys"))


def _make(request: "HttpRequest", form: ApiKeyForm) -> NewKey | None:
    """Return the key, or None with the refusal put into the form."""
    try:
        return make_key(
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at,
            by=person_of(request),
            now=clock.now(),
        )
    except KeySettingsRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return None
