"""Setup > General > Audit."""

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from postdesk.site.audit import entries
from postdesk.web.forms.api_keys import AuditFilterForm
from postdesk.web.session.rights import for_administrators

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ENTRIES_A_PAGE = 50


@for_administrators
@require_safe
def show_entries(request: "HttpRequest") -> "HttpResponse":
    """Show who did what, newest first, narrowed by action and text."""
    form = AuditFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = entries(action=wanted.get("action", ""), text=wanted.get("text", ""))
    context = {
        "page_title": "Audit",
        "form": form,
        "is_narrowed": bool(wanted.get("action") or wanted.get("text")),
        "page": Paginator(found, ENTRIES_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "setup/audit.html", context, status=200 if form.is_valid() else 422)
