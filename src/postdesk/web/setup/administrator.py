"""Asking an administrator at Microsoft: the button, the letter, and how far it is."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from postdesk.base import clock
from postdesk.connections.asking_administrator import (
    GOOD_FOR,
    find_request,
    make_link,
    newest_request,
)
from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration
from postdesk.mail.accounts import AccountRefused, save_incoming
from postdesk.mail.history import history_of, record
from postdesk.mail.models import HistoryLine, IncomingMailAccount
from postdesk.site import audit
from postdesk.web.administrator.letter import letter_for, page_url
from postdesk.web.forms.administrator import AskFirstForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.incoming_page import account_row

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from postdesk.directory.models import Person


@for_administrators
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show how far the last request is; POST makes a link and shows the letter, once."""
    rows = IncomingMailAccount.objects.select_related("connection")
    account = get_object_or_404(rows, pk=number)
    connection = account.connection
    if connection is None or connection.provider != Connection.Provider.MICROSOFT:
        messages.error(request, "Only connections to Microsoft can be asked for in this way.")
        return see_other(reverse("setup:incoming_account", args=[account.pk]))
    now = clock.now()
    context: dict[str, object] = {}
    if request.method == "POST":
        token = make_link(connection, mailbox=account.email_address, by=person_of(request), now=now)
        _tell(account, by=person_of(request))
        row = find_request(token, now=now)
        context = {"link": page_url(token), "letter": letter_for(row, token=token)}
    elif request.headers.get("HX-Request") == "true":
        context = {"asked": newest_request(connection), "account": account, "now": now}
        return render(request, "setup/_administrator_request.html", context)
    context |= {
        "page_title": f"Ask my Microsoft administrator: {account}",
        "tab": "administrator",
        "account": account,
        "row": account_row(account, now=now),
        "history_count": history_of(account).count(),
        "asked": newest_request(connection),
        "now": now,
        "hours": int(GOOD_FOR.total_seconds() // 3600),
    }
    return render(request, "setup/ask_administrator.html", context)


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def ask_first(request: "HttpRequest") -> "HttpResponse":
    """Add a mailbox of which only the address is known, so that somebody can be asked."""
    form = AskFirstForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = _add(form, by=person_of(request))
        except AccountRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return see_other(reverse("setup:ask_administrator", args=[account.pk]))
    context = {"page_title": "Ask my Microsoft administrator", "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "setup/ask_first.html", context, status=status)


def _add(form: AskFirstForm, *, by: "Person") -> IncomingMailAccount:
    registration = Registration(
        way_in=form.cleaned_data["way_in"],
        cloud=form.cleaned_data["cloud"],
        client_id="",
        for_shared_mailbox=form.cleaned_data["for_shared_mailbox"],
    )
    account = IncomingMailAccount(email_address=form.cleaned_data["email_address"].lower())
    return save_incoming(
        account, by=by, now=clock.now(), registration=registration, is_complete=False
    )


def _tell(account: IncomingMailAccount, *, by: "Person") -> None:
    now = clock.now()
    text = f"{by} made a link for an administrator at Microsoft. It ends in a day."
    record(account, kind=HistoryLine.Kind.INFO, text=text, now=now)
    audit.record(audit.Action.SETUP_LINK_MADE, actor=by, target=account, now=now)
