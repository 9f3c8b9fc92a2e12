"""Setup > People > Tech Groups."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from postdesk.directory import queries
from postdesk.directory.groups import add_group, change_group
from postdesk.web.forms.groups import TechGroupForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.editing import try_change

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from postdesk.directory.models import TechGroup


@for_administrators
@require_safe
def list_groups(request: "HttpRequest") -> "HttpResponse":
    """Show all tech groups, inactive ones last."""
    rows = queries.groups().prefetch_related("request_types").order_by("-is_active", "name")
    return render(request, "setup/groups.html", {"page_title": "Tech Groups", "groups": rows})


@for_administrators
@require_http_methods(["GET", "POST"])
def new_group(request: "HttpRequest") -> "HttpResponse":
    """Show the form of a new tech group, or add one."""
    form = TechGroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        group = try_change(form, lambda: add_group(**form.cleaned_data))
        if group is not None:
            messages.success(request, f"Tech Group {group} is added.")
            return redirect("setup:groups")
    return _page(request, form, group=None)


@for_administrators
@require_http_methods(["GET", "POST"])
def edit_group(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show a tech group, or change it."""
    group = get_object_or_404(queries.groups(), pk=number)
    title = str(group)
    form = TechGroupForm(request.POST or None, initial=_initial(group), group=group)
    if request.method == "POST" and form.is_valid():
        changed = try_change(form, lambda: change_group(group, **form.cleaned_data))
        if changed is not None:
            messages.success(request, f"Tech Group {changed} is saved.")
            return redirect("setup:groups")
    return _page(request, form, group=group, title=title)


def _initial(group: "TechGroup") -> dict[str, object]:
    return {
        "name": group.name,
        "manager": group.manager_id,
        "members": list(group.members.values_list("pk", flat=True)),
        "is_active": group.is_active,
    }


def _page(
    request: "HttpRequest",
    form: TechGroupForm,
    *,
    group: "TechGroup | None",
    title: str = "New Tech Group",
) -> "HttpResponse":
    context = {"page_title": title, "form": form, "group": group}
    return render(request, "setup/group.html", context, status=422 if form.is_bound else 200)
