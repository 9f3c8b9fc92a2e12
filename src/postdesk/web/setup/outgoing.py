"""Setup > E-Mail > Outgoing Mail Accounts."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postdesk.base import clock
from postdesk.mail.accounts import AccountRefused
from postdesk.mail.health import way_out_health
from postdesk.mail.models import OutgoingMailAccount
from postdesk.mail.sending import note_tested, note_working
from postdesk.mail.ways_out import activate, deactivate, save_outgoing
from postdesk.web.forms.outgoing import OutgoingAccountForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.authorizing import begin_sign_in, button_words
from postdesk.web.setup.incoming_page import registration_context, shown_test
from postdesk.web.setup.key_pair import (
    MAKE_KEY,
    SCRIPT,
    registration_with_key,
    send_script,
    show_key,
)
from postdesk.web.setup.trying import is_worth_testing, try_outgoing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from postdesk.flow.probe import CheckReport


@for_administrators
@require_safe
def accounts(request: "HttpRequest") -> "HttpResponse":
    """List the ways out, those that need somebody first."""
    found = OutgoingMailAccount.objects.select_related("connection").order_by("email_address")
    rows = [(row, way_out_health(row)) for row in found.prefetch_related("incoming_accounts")]
    rows.sort(key=lambda row: row[1].need)
    context = {"page_title": "Outgoing Mail Accounts", "rows": rows}
    return render(request, "setup/outgoing_accounts.html", context)


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: "HttpRequest") -> "HttpResponse":
    """Add a way out."""
    return _edit(request, OutgoingMailAccount(kind=OutgoingMailAccount.Kind.MICROSOFT_365))


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: "HttpRequest", number: int) -> "HttpResponse":
    """Show and change one way out; buttons Save, Authorize, Send a test and Update."""
    return _edit(request, _find(number))


@for_administrators
@require_POST
def switch(request: "HttpRequest", number: int) -> "HttpResponse":
    """Activate or deactivate a way out."""
    found = _find(number)
    is_on = "activate" in request.POST
    try:
        (activate if is_on else deactivate)(found, by=person_of(request), now=clock.now())
    except AccountRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{found} is {'active' if is_on else 'deactivated'}.")
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


def _edit(request: "HttpRequest", stored: OutgoingMailAccount) -> "HttpResponse":
    test_to = person_of(request).email
    if request.method != "POST":
        return _show(request, OutgoingAccountForm(instance=stored, initial={"test_to": test_to}))
    form = OutgoingAccountForm(
        request.POST,
        request.FILES,
        instance=stored,
        is_test="test" in request.POST,
        needs_key=MAKE_KEY in request.POST,
    )
    if "update" in request.POST:
        return _show(request, form.kept())
    if SCRIPT in request.POST:
        return send_script(form.kept(), request.POST[SCRIPT])
    if not form.is_valid():
        return _show(request, form, status=422)
    if "test" in request.POST:
        return _test(request, form)
    return _save(request, form)


def _test(request: "HttpRequest", form: OutgoingAccountForm) -> "HttpResponse":
    now = clock.now()
    report = try_outgoing(
        form.candidate(),
        form.registration(),
        send_to=form.cleaned_data["test_to"],
        now=now,
    )
    if report.is_good and form.instance.pk:
        note_tested(form.instance, now=now)
        note_working(form.instance)
    return _show(request, form, report=report)


def _save(request: "HttpRequest", form: OutgoingAccountForm) -> "HttpResponse":
    """Sign in with what would be stored, then store it; a failed test or check stores nothing."""
    candidate = form.candidate()
    registration = (
        None if not form.uses_connection else registration_with_key(form, now=clock.now())
    )
    is_draft = "authorize" in request.POST or form.needs_key
    is_worth_it = not candidate.uses_connection or is_worth_testing(
        candidate.connection, registration
    )
    if not is_draft and is_worth_it:
        report = try_outgoing(candidate, registration, send_to="", now=clock.now())
        if not report.is_good:
            return _show(request, form, report=report, status=422)
    try:
        saved = save_outgoing(
            candidate, by=person_of(request), registration=registration, now=clock.now()
        )
    except AccountRefused as refused:
        form.refuse(refused)
        return _show(request, form, status=422)
    if form.needs_key and saved.connection is not None:
        return show_key(request, saved.connection, _address_of(saved))
    if is_draft and saved.connection is not None:
        return begin_sign_in(
            request,
            saved.connection,
            mailbox=saved.email_address,
            return_to=_address_of(saved),
            now=clock.now(),
        )
    messages.success(request, f"Saved. {_next_words(saved)}")
    return see_other(_address_of(saved))


def _next_words(saved: OutgoingMailAccount) -> str:
    if way_out_health(saved).kind == "soon":
        return f"Press {button_words(saved.connection)} next."
    if not saved.uses_connection and not saved.smtp_username:
        return "The server answers; send a test to see that it takes mail without a user name."
    return "Signing in works."


def _show(
    request: "HttpRequest",
    form: OutgoingAccountForm,
    *,
    report: "CheckReport | None" = None,
    status: int = 200,
) -> "HttpResponse":
    now = clock.now()
    number = form.instance.pk
    stored = _find(number) if number else None
    context = {
        "page_title": stored.email_address if stored else "New Outgoing Mail Account",
        "form": form,
        "account": stored,
        "health": way_out_health(stored) if stored else None,
        "users": list(stored.incoming_accounts.order_by("email_address")) if stored else [],
        **registration_context(request, form, now=now),
        **shown_test(request, report, now=now),
    }
    return render(request, "setup/outgoing_account.html", context, status=status)


def _find(number: int) -> OutgoingMailAccount:
    return get_object_or_404(OutgoingMailAccount.objects.select_related("connection"), pk=number)


def _address_of(account: OutgoingMailAccount) -> str:
    return reverse("setup:outgoing_account", args=[account.pk])
