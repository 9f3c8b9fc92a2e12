"""Setup > E-Mail > Incoming Mail Accounts."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postdesk.base import clock
from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration
from postdesk.mail.accounts import (
    AccountRefused,
    delete_incoming,
    disable,
    enable,
    save_incoming,
)
from postdesk.mail.models import IncomingMailAccount
from postdesk.web.forms.incoming import IncomingAccountForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.authorizing import begin_sign_in, button_words
from postdesk.web.setup.incoming_page import ENABLE_NEXT, account_row, list_page, show_account
from postdesk.web.setup.key_pair import (
    MAKE_KEY,
    SCRIPT,
    registration_with_key,
    send_script,
    show_key,
)
from postdesk.web.setup.last_test import keep_last_test
from postdesk.web.setup.trying import is_worth_testing, try_incoming

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@for_administrators
@require_safe
def accounts(request: "HttpRequest") -> "HttpResponse":
    """List the mailboxes, those that need somebody first."""
    return render(request, "setup/incoming_accounts.html", list_page(now=clock.now()))


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: "HttpRequest") -> "HttpResponse":
    """Add a mailbox."""
    return _edit(request, IncomingMailAccount())


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show and change one mailbox; buttons Save, Authorize, Test connection and Update."""
    return _edit(request, _find(number))


@for_administrators
@require_POST
def switch(request: "HttpRequest", number: int) -> "HttpResponse":
    """Enable or disable E-Mail Tickets."""
    found = _find(number)
    change = enable if "enable" in request.POST else disable
    try:
        change(found, by=person_of(request), now=clock.now())
    except AccountRefused as refused:
        messages.error(request, str(refused))
    else:
        word = "enabled" if found.is_enabled else "disabled; everything is kept"
        messages.success(request, f"E-Mail Tickets of {found} is {word}.")
    return see_other(_address_of(found))


@for_administrators
@require_POST
def reauthorize(request: "HttpRequest", number: int) -> "HttpResponse":
    """Sign in anew with everything as it is stored; nothing is entered again."""
    found = _find(number)
    if found.connection is None:
        return see_other(_address_of(found))
    return begin_sign_in(
        request,
        found.connection,
        mailbox=found.email_address,
        return_to=_address_of(found),
        now=clock.now(),
    )


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: "HttpRequest", number: int) -> "HttpResponse":
    """Ask, then remove a mailbox that never received anything."""
    found = _find(number)
    if request.method != "POST":
        row = account_row(found, now=clock.now())
        context = {"page_title": f"Delete {found}", "account": found, "row": row}
        return render(request, "setup/incoming_delete.html", context)
    try:
        delete_incoming(found, by=person_of(request), now=clock.now())
    except AccountRefused as refused:
        messages.error(request, str(refused))
        return see_other(_address_of(found))
    messages.success(request, f"{found} was deleted.")
    return see_other(reverse("setup:incoming"))


def _edit(request: "HttpRequest", stored: IncomingMailAccount) -> "HttpResponse":
    if request.method != "POST":
        form = IncomingAccountForm(instance=stored, initial=_wished(request))
        return show_account(request, form)
    is_draft, needs_key = "authorize" in request.POST, MAKE_KEY in request.POST
    form = IncomingAccountForm(
        request.POST, request.FILES, instance=stored, is_draft=is_draft, needs_key=needs_key
    )
    if "update" in request.POST:
        return show_account(request, form.kept())
    if SCRIPT in request.POST:
        return send_script(form.kept(), request.POST[SCRIPT])
    if not form.is_valid():
        return show_account(request, form, status=422)
    return _act(request, form)


def _act(request: "HttpRequest", form: IncomingAccountForm) -> "HttpResponse":
    """Do what the pressed button says with a form that is valid."""
    if form.is_draft:
        return _authorize(request, form)
    if "test" in request.POST:
        report = try_incoming(form.candidate(), form.registration())
        return show_account(request, form, report=report)
    return _save(request, form)


def _save(request: "HttpRequest", form: IncomingAccountForm) -> "HttpResponse":
    """Test what would be stored, then store it; a failed test or check stores nothing."""
    now = clock.now()
    candidate, registration = form.candidate(), form.registration()
    wants_enabled, report = candidate.is_enabled, None
    if not candidate.uses_connection or is_worth_testing(candidate.connection, registration):
        report = try_incoming(candidate, registration)
        if not report.is_good:
            return show_account(request, form, report=report, status=422)
    try:
        saved = save_incoming(candidate, by=person_of(request), now=now, registration=registration)
    except AccountRefused as refused:
        form.refuse(refused)
        return show_account(request, form, status=422)
    if report is None and _may_work_again(saved, registration):
        report = try_incoming(saved, None)
    if report is not None:
        keep_last_test(request, _address_of(saved), report, now=now)
    messages.success(request, _saved_words(saved, wants_enabled=wants_enabled))
    return see_other(_address_of(saved))


def _authorize(request: "HttpRequest", form: IncomingAccountForm) -> "HttpResponse":
    """Store everything typed, then leave for the sign-in, or show the key pair made for it."""
    now = clock.now()
    registration = registration_with_key(form, now=now)
    candidate = form.candidate()
    wants_enabled = candidate.is_enabled
    try:
        saved = save_incoming(
            candidate,
            by=person_of(request),
            now=now,
            registration=registration,
            is_complete=False,
        )
    except AccountRefused as refused:
        form.refuse(refused)
        return show_account(request, form, status=422)
    wish = f"?{ENABLE_NEXT}=1" if wants_enabled and not saved.is_enabled else ""
    assert saved.connection is not None  # noqa: S101  the form demands one
    if form.needs_key:
        return show_key(request, saved.connection, _address_of(saved) + wish)
    return begin_sign_in(
        request,
        saved.connection,
        mailbox=saved.email_address,
        return_to=_address_of(saved) + wish,
        now=now,
    )


def _saved_words(saved: IncomingMailAccount, *, wants_enabled: bool) -> str:
    if wants_enabled and not saved.is_enabled:
        return (
            "Saved, with E-Mail Tickets off: the mailbox is not authorized yet. Press "
            f"{button_words(saved.connection)} next."
        )
    if saved.is_enabled:
        return "Saved. The Mailer Daemon reads this mailbox."
    return "Saved. E-Mail Tickets is off, so this mailbox is not read."


def _may_work_again(saved: IncomingMailAccount, registration: Registration | None) -> bool:
    """A secret that was corrected may be all that was missing; only the stored one can tell."""
    connection = saved.connection
    return (
        registration is not None
        and registration.has_new_credential
        and connection is not None
        and connection.state == Connection.State.MISCONFIGURED
        and (bool(connection.refresh_token) or not connection.is_signed_in)
    )


def _wished(request: "HttpRequest") -> dict[str, bool]:
    """Back from the sign-in, the switch stands where it was when Authorize was pressed."""
    return {"is_enabled": True} if ENABLE_NEXT in request.GET else {}


def _find(number: int) -> IncomingMailAccount:
    rows = IncomingMailAccount.objects.select_related(
        "connection", "outgoing_account", "tech_group", "request_type"
    )
    return get_object_or_404(rows, pk=number)


def _address_of(account: IncomingMailAccount) -> str:
    return reverse("setup:incoming_account", args=[account.pk])
