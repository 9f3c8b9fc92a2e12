"""What the pages of Incoming Mail Accounts show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.urls import reverse

from postdesk.base import clock
from postdesk.connections.asking_administrator import newest_request
from postdesk.connections.attempts import lost_attempt
from postdesk.connections.certificates import facts_of
from postdesk.connections.queries import explanation, portal_url
from postdesk.mail.health import (
    CredentialLeft,
    Health,
    Need,
    accounts_with_counts,
    connection_problem,
    credential_left,
    health_of,
)
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount
from postdesk.site.options import public_url, read_options, redirect_uri
from postdesk.web.setup.authorizing import JUST_AUTHORIZED, button_words, never_come_back
from postdesk.web.setup.guide import guide_of
from postdesk.web.setup.last_test import last_test

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from postdesk.flow.probe import CheckReport
    from postdesk.web.forms.incoming import IncomingAccountForm
    from postdesk.web.forms.registration import RegistrationFields

ENABLE_NEXT = "enable"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account with what is known about it now."""

    account: IncomingMailAccount
    health: Health
    secret: CredentialLeft | None
    waiting: int
    held: int
    has_received: bool
    last_sent_at: "datetime | None"

    @property
    def is_broken(self) -> bool:
        """Say whether nothing works until somebody acts."""
        return self.health.need == Need.BROKEN

    @property
    def problem(self) -> Health | None:
        """What the account page explains at its top, or None; a pause explains itself."""
        if self.health.need in {Need.BROKEN, Need.SOON}:
            return self.health
        stopped = connection_problem(self.account.connection)
        return stopped if stopped is not None and stopped.kind == "bad" else None

    @property
    def button_words(self) -> str:
        """What the button says that brings it back."""
        return button_words(self.account.connection)

    @property
    def needs_sign_in(self) -> bool:
        """Say whether Authorize is what helps."""
        connection = self.account.connection
        is_signed_in = connection is not None and connection.is_usable
        return self.account.uses_connection and not is_signed_in


def account_row(account: IncomingMailAccount, *, now: "datetime") -> AccountRow:
    """Return one stored account with its counts."""
    counted = accounts_with_counts().get(pk=account.pk)
    return _row(counted, now=now)


def list_page(*, now: "datetime") -> dict[str, Any]:
    """Return what the list shows, sorted by need."""
    rows = [_row(account, now=now) for account in accounts_with_counts()]
    rows.sort(key=lambda row: (row.health.need, row.account.email_address))
    return {
        "page_title": "Incoming Mail Accounts",
        "rows": rows,
        "broken": [row for row in rows if row.is_broken],
        "poll_seconds": read_options().poll_seconds,
    }


def show_account(
    request: "HttpRequest",
    form: "IncomingAccountForm",
    *,
    report: "CheckReport | None" = None,
    status: int = 200,
) -> "HttpResponse":
    """Answer with the form of an account; ``report`` is the test that was made just now."""
    now = clock.now()
    number = form.instance.pk
    row = _row(accounts_with_counts().get(pk=number), now=now) if number else None
    context = {
        "page_title": row.account.email_address if row else "New Incoming Mail Account",
        "tab": "account",
        "form": form,
        "row": row,
        "account": row.account if row else None,
        "history_count": history_of(row.account).count() if row else 0,
        "asked": newest_request(form.own),
        "now": now,
        **registration_context(request, form, now=now),
        **shown_test(request, report, now=now),
    }
    return render(request, "setup/incoming_account.html", context, status=status)


def registration_context(
    request: "HttpRequest", form: "RegistrationFields", *, now: "datetime"
) -> dict[str, Any]:
    """Return what the card about the application at Microsoft shows, for any kind of account."""
    own = form.own
    lost = lost_attempt(own, now=now) if own else None
    return {
        "connection": own,
        "guide": guide_of(form),
        "certificate": facts_of(own.certificate_pem) if own and not form.is_new else None,
        "has_overlap": bool(own and own.previous_credential),
        "lost_attempt": lost,
        "button_words": button_words(own, form.chosen_way_in.value),
        "stored_button_words": button_words(own),
        "told": explanation(own.error_code) if own and own.needs_person else None,
        "is_just_authorized": request.method == "GET" and JUST_AUTHORIZED in request.GET,
        "connection_problem": connection_problem(own),
        "never_come_back": never_come_back(),
        "secret": credential_left(own, now=now),
        "redirect_uri": redirect_uri(),
        "other_host": _other_host(request),
        "options_url": reverse("setup:options"),
        "portal_url": portal_url(form.chosen_cloud) if form.is_microsoft else "",
    }


def shown_test(
    request: "HttpRequest", report: "CheckReport | None", *, now: "datetime"
) -> dict[str, Any]:
    """Return the test made just now, or the one of this session that the page remembers.

    ``failure`` is the line that failed just now, ``has_passed`` says that none did; the page says
    either at its top.
    """
    if report is not None:
        return {
            "report": report,
            "tested_at": now,
            "failure": report.failure,
            "has_passed": report.is_good,
        }
    kept = last_test(request, request.path)
    return {"report": kept["report"], "tested_at": kept["at"], "failure": None, "has_passed": False}


def _row(account: IncomingMailAccount, *, now: "datetime") -> AccountRow:
    return AccountRow(
        account=account,
        health=health_of(account, now=now),
        secret=credential_left(account.connection, now=now),
        waiting=getattr(account, "waiting", 0),
        held=getattr(account, "held", 0),
        has_received=getattr(account, "has_received", False),
        last_sent_at=getattr(account, "last_sent_at", None),
    )


def _other_host(request: "HttpRequest") -> str:
    """Return the address that the browser used when it is not the public URL, else ""."""
    used = f"{request.scheme}://{request.get_host()}"
    return "" if used == str(public_url()) else used
