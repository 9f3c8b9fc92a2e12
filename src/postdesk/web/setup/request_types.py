"""Setup > Tickets > Request Types."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from postdesk.directory.models import RequestType
from postdesk.directory.queries import request_type_tree
from postdesk.directory.request_types import add_request_type, change_request_type
from postdesk.web.forms.request_types import RequestTypeForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.editing import try_change

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@for_administrators
@require_safe
def list_request_types(request: "HttpRequest") -> "HttpResponse":
    """Show the tree of request types."""
    context = {"page_title": "Request Types", "branches": request_type_tree()}
    return render(request, "setup/request_types.html", context)


@for_administrators
@require_http_methods(["GET", "POST"])
def new_request_type(request: "HttpRequest") -> "HttpResponse":
    """Show the form of a new request type, or add one; ``?parent=`` puts it under another."""
    form = RequestTypeForm(request.POST or None, initial={"parent": request.GET.get("parent", "")})
    if request.method == "POST" and form.is_valid():
        added = try_change(form, lambda: add_request_type(**form.cleaned_data))
        if added is not None:
            messages.success(request, f"Request Type {added} is added.")
            return redirect("setup:request_types")
    return _page(request, form, request_type=None)


@for_administrators
@require_http_methods(["GET", "POST"])
def edit_request_type(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show a request type, or change it."""
    request_type = get_object_or_404(RequestType.objects.select_related("parent"), pk=number)
    title = str(request_type)
    form = RequestTypeForm(
        request.POST or None, initial=_initial(request_type), request_type=request_type
    )
    if request.method == "POST" and form.is_valid():
        changed = try_change(form, lambda: change_request_type(request_type, **form.cleaned_data))
        if changed is not None:
            messages.success(request, f"Request Type {changed} is saved.")
            return redirect("setup:request_types")
    return _page(request, form, request_type=request_type, title=title)


def _initial(request_type: RequestType) -> dict[str, object]:
    return {
        "name": request_type.name,
        "parent": request_type.parent_id,
        "tech_group": request_type.tech_group_id,
        "default_priority": request_type.default_priority,
        "is_active": request_type.is_active,
    }


def _page(
    request: "HttpRequest",
    form: RequestTypeForm,
    *,
    request_type: RequestType | None,
    title: str = "New Request Type",
) -> "HttpResponse":
    context = {"page_title": title, "form": form, "request_type": request_type}
    return render(request, "setup/request_type.html", context, status=422 if form.is_bound else 200)
