"""The tab Check of an Incoming Mail Account: everything, line by line."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from postdesk.base import clock
from postdesk.base.explanations import Button
from postdesk.flow.setup_checks import advance, newest_check, report_of, start_check
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.incoming_page import account_row

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from postdesk.flow.probe import CheckLine

# Where the button of a line leads: words, name of the page, part of the page.
_BUTTONS = {
    Button.AUTHORIZE.value: ("Go to Authorize", "account", "#sign-in"),
    Button.EDIT_SECRET.value: ("Change the secret", "account", "#registration"),
    Button.EDIT_CERTIFICATE.value: ("Change the certificate", "account", "#registration"),
    Button.EDIT_APPLICATION.value: ("Correct the registration", "account", "#registration"),
    Button.COPY_REDIRECT_URI.value: ("Copy the redirect URI", "account", "#registration"),
    Button.EDIT_ACCOUNT.value: ("Change the account", "account", ""),
    Button.TEST_CONNECTION.value: ("Change the account", "account", ""),
    Button.GRANT_CONSENT.value: ("Ask my Microsoft administrator", "administrator", ""),
    "options": ("Change the public URL", "options", ""),
}


@for_administrators
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: "HttpRequest", number: int) -> "HttpResponse":
    """POST begins a run; each GET goes on with it and shows its lines so far."""
    rows = IncomingMailAccount.objects.select_related("connection", "outgoing_account__connection")
    account = get_object_or_404(rows, pk=number)
    now = clock.now()
    if request.method == "POST":
        if start_check(account, by=person_of(request), now=now) is None:
            messages.error(request, "Nothing can be checked yet. Enter the registration first.")
        return see_other(reverse("setup:incoming_check", args=[account.pk]))
    run = newest_check(account)
    if run is not None and run.finished_at is None:
        run = advance(account, run, read_now=clock.now)
    report = report_of(run) if run is not None else None
    context: dict[str, object] = {
        "account": account,
        "run": run,
        "report": report,
        "lines": [(line, _button(line, account)) for line in report.lines] if report else [],
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "setup/_check_lines.html", context)
    context |= {
        "page_title": f"Check {account}",
        "tab": "check",
        "row": account_row(account, now=now),
        "history_count": history_of(account).count(),
    }
    return render(request, "setup/incoming_check.html", context)


def _button(line: "CheckLine", account: IncomingMailAccount) -> tuple[str, str] | None:
    """Return words and address of what to press, or None."""
    if line.state not in {"bad", "warn"} or line.button not in _BUTTONS:
        return None
    words, page, part = _BUTTONS[line.button]
    if page == "options":
        return words, reverse("setup:options")
    name = "setup:ask_administrator" if page == "administrator" else "setup:incoming_account"
    return words, reverse(name, args=[account.pk]) + part
