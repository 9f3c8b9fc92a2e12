"""Writing and reading the History of an account."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from postdesk.base.storable import storable
from postdesk.connections.models import Connection
from postdesk.mail.models import HistoryLine, IncomingMailAccount
from postdesk.mail.models.account import LONGEST_CODE


@transaction.atomic
def record(
    account: IncomingMailAccount,
    *,
    kind: str,
    text: str,
    now: datetime,
    explanation: str = "",
    remedy: str = "",
    code: str = "",
) -> None:
    """Add a line, or count up the newest one when it says the same.

    ``kind`` is a value of HistoryLine.Kind. Times inside provider messages differ at each attempt,
    so lines with a code are compared by code.
    """
    text, code = storable(text), storable(code, most=LONGEST_CODE)
    newest = history_of(account).first()
    if newest is not None and newest.kind == kind and _says_the_same(newest, text, code):
        HistoryLine.objects.filter(pk=newest.pk).update(
            times=F("times") + 1, last_at=now, text=text
        )
        return
    HistoryLine.objects.create(
        account=account,
        kind=kind,
        text=text,
        explanation=storable(explanation),
        remedy=storable(remedy),
        code=code,
        at=now,
        last_at=now,
    )


def record_for_connection(
    connection: Connection, *, kind: str, text: str, now: datetime, explanation: str = ""
) -> None:
    """Add a line to the History of every Incoming Mail Account of a connection."""
    for account in IncomingMailAccount.objects.filter(connection=connection):
        record(account, kind=kind, text=text, explanation=explanation, now=now)


def history_of(account: IncomingMailAccount) -> QuerySet[HistoryLine]:
    """Return the lines of an account, newest first."""
    return HistoryLine.objects.filter(account=account).order_by("-last_at", "-id")


def _says_the_same(line: HistoryLine, text: str, code: str) -> bool:
    return line.code == code if code else line.text == text
