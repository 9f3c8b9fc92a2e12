"""Setup > People > Techs."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from postdesk.base import clock
from postdesk.directory import queries
from postdesk.directory.techs import add_tech, change_tech
from postdesk.web.forms.techs import TechForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of
from postdesk.web.setup.editing import try_change

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from postdesk.directory.models import Tech


@for_administrators
@require_safe
def list_techs(request: "HttpRequest") -> "HttpResponse":
    """Show all techs, inactive ones last."""
    rows = (
        queries.techs()
        .prefetch_related("groups", "person__addresses")
        .order_by("-is_active", "person__name", "person__email")
    )
    return render(request, "setup/techs.html", {"page_title": "Techs", "techs": rows})


@for_administrators
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def new_tech(request: "HttpRequest") -> "HttpResponse":
    """Show the form of a new tech, or add one."""
    form = TechForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tech = try_change(
            form, lambda: add_tech(**form.cleaned_data, by=person_of(request), now=clock.now())
        )
        if tech is not None:
            messages.success(request, f"{tech} is added.")
            return redirect("setup:techs")
    return _page(request, form, tech=None)


@for_administrators
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def edit_tech(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show a tech, or change them."""
    tech = get_object_or_404(queries.techs(), pk=number)
    title = str(tech)
    form = TechForm(request.POST or None, initial=_initial(tech), tech=tech)
    if request.method == "POST" and form.is_valid():
        by, now = person_of(request), clock.now()
        changed = try_change(form, lambda: change_tech(tech, **form.cleaned_data, by=by, now=now))
        if changed is not None:
            if changed.person_id == request.user.pk:
                update_session_auth_hash(request, changed.person)
            messages.success(request, f"{changed} is saved.")
            return redirect("setup:techs")
    return _page(request, form, tech=tech, title=title)


def _initial(tech: "Tech") -> dict[str, object]:
    further = tech.person.addresses.exclude(address=tech.person.email).order_by("address")
    return {
        "name": tech.person.name,
        "email": tech.person.email,
        "addresses": "\n".join(further.values_list("address", flat=True)),
        "is_administrator": tech.is_administrator,
        "is_active": tech.is_active,
    }


def _page(
    request: "HttpRequest", form: TechForm, *, tech: "Tech | None", title: str = "New tech"
) -> "HttpResponse":
    context = {"page_title": title, "form": form, "tech": tech}
    return render(request, "setup/tech.html", context, status=422 if form.is_bound else 200)
