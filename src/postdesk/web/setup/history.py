"""The tab History of an Incoming Mail Account."""

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from postdesk.base import clock
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.incoming_page import account_row

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LINES_A_PAGE = 50


@for_administrators
@require_safe
def lines(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show what happened to a mailbox, newest first."""
    row = account_row(get_object_or_404(IncomingMailAccount, pk=number), now=clock.now())
    pages = Paginator(history_of(row.account), LINES_A_PAGE)
    context = {
        "page_title": f"History of {row.account}",
        "tab": "history",
        "row": row,
        "account": row.account,
        "history_count": pages.count,
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "setup/incoming_history.html", context)
