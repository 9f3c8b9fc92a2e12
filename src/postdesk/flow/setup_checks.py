"""Check everything: steps in their order, a line each, run while a page looks on.

A step is claimed by a conditional update, so that two pages run none twice, and a page waits only
for a second or for one step. What a step left is committed before the next begins.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Protocol

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q

from postdesk.connections.models import Connection, SetupCheck
from postdesk.flow.checks.address import (
    check_clock,
    check_public_url,
    check_redirect_uri,
    check_tenant_exists,
)
from postdesk.flow.checks.grant import (
    check_mailbox,
    check_person,
    check_person_tenant,
    check_scopes,
    check_sending,
)
from postdesk.flow.checks.probe_mail import see_probe, send_probe
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.mail.models import IncomingMailAccount


class Step(Protocol):
    """One check: its line, or None when it has to be asked again."""

    def __call__(
        self, account: IncomingMailAccount, check: SetupCheck, *, now: datetime
    ) -> CheckLine | None:
        """Look, and say what was found."""
        ...


STEPS: tuple[tuple[str, Step], ...] = (
    ("Public URL", check_public_url),
    ("Redirect URI answers", check_redirect_uri),  # needs the URL
    ("Clock", check_clock),
    ("Tenant", check_tenant_exists),
    ("Who signed in", check_person),
    ("Tenant of the sign-in", check_person_tenant),
    ("Permissions granted", check_scopes),
    ("Mailbox opens", check_mailbox),
    ("Way out opens", check_sending),
    ("Probe mail sent", send_probe),  # only when the two before are well
    ("Probe mail arrived", see_probe),
)
_A_PAGE_WAITS_SECONDS = 1.0
_LONGEST_STEP = timedelta(minutes=2)  # then another page may try it again


def start_check(
    account: IncomingMailAccount, *, by: AbstractBaseUser, now: datetime
) -> SetupCheck | None:
    """Begin a run in place of the one before; None without a connection to check."""
    connection = account.connection
    if connection is None:
        return None
    runs = SetupCheck.objects.filter(mailbox=account.email_address)
    runs.filter(started_at__lt=now - timedelta(days=2)).delete()  # later ones know late mails
    return SetupCheck.objects.create(
        connection=connection, mailbox=account.email_address, started_by_id=by.pk, started_at=now
    )


def newest_check(account: IncomingMailAccount) -> SetupCheck | None:
    """Return the last run for this mailbox and its connection, or None."""
    if account.connection_id is None:
        return None
    runs = SetupCheck.objects.filter(
        connection_id=account.connection_id, mailbox=account.email_address
    )
    return runs.select_related("started_by").order_by("-id").first()


def advance(
    account: IncomingMailAccount, check: SetupCheck, *, read_now: Callable[[], datetime]
) -> SetupCheck:
    """Run steps for about a second, unless another page does; returns the run as it is then."""
    until = time.monotonic() + _A_PAGE_WAITS_SECONDS
    while check.finished_at is None and time.monotonic() < until:
        if not _run_step(account, check, now=read_now()):
            break
    check.refresh_from_db()
    return check


def report_of(check: SetupCheck) -> CheckReport:
    """Return the lines so far, and those still to come as not looked at yet."""
    lines = [CheckLine(**line) for line in check.lines]
    coming = [
        CheckLine(title=title, why="under way" if check.finished_at is None else "", state="wait")
        for title, _step in STEPS[len(lines) :]
    ]
    return CheckReport(lines=(*lines, *coming))


def _run_step(account: IncomingMailAccount, check: SetupCheck, *, now: datetime) -> bool:
    """Run the next step; False when it is not ours, or has to be asked again later."""
    if not _claim(check, now=now):
        return False
    account.connection = Connection.objects.get(pk=check.connection_id)
    _title, step = STEPS[check.next_step]
    try:
        line = step(account, check, now=now)
    except Exception:
        check.busy_until = None
        check.save(update_fields=["busy_until"])
        raise
    check.busy_until = None
    if line is not None:
        check.lines = [*check.lines, asdict(line)]
        check.next_step += 1
        check.finished_at = now if check.next_step == len(STEPS) else None
    check.save()
    return line is not None


def _claim(check: SetupCheck, *, now: datetime) -> bool:
    is_free = Q(busy_until=None) | Q(busy_until__lte=now)
    claimed = SetupCheck.objects.filter(
        is_free, pk=check.pk, next_step=check.next_step, finished_at=None
    ).update(busy_until=now + _LONGEST_STEP)
    return bool(claimed)
