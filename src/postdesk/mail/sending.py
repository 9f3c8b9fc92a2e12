"""The state of sending through an Outgoing Mail Account."""

from datetime import datetime, timedelta

from postdesk.base.errors import NeedsPerson
from postdesk.base.storable import storable
from postdesk.mail.models import OutgoingMailAccount
from postdesk.mail.models.account import LONGEST_CODE

PAUSE = timedelta(minutes=5)  # then the queue tries again: somebody may have mended it


def note_trouble(account: OutgoingMailAccount, error: NeedsPerson, *, now: datetime) -> None:
    """Pause the account: only a person can mend it, and its mails wait meanwhile."""
    since = account.problem_since if account.problem else now
    OutgoingMailAccount.objects.filter(pk=account.pk).update(
        paused_until=now + PAUSE,
        problem=storable(error.what),
        remedy=storable(error.remedy),
        problem_code=storable(error.code, most=LONGEST_CODE),
        problem_since=since,
    )


def note_working(account: OutgoingMailAccount) -> None:
    """Clear the trouble after a mail left."""
    if account.problem or account.paused_until:
        OutgoingMailAccount.objects.filter(pk=account.pk).update(
            paused_until=None, problem="", remedy="", problem_code="", problem_since=None
        )


def resume(account: OutgoingMailAccount) -> None:
    """Let the queue try again at once, e.g. after Re-Authorize."""
    OutgoingMailAccount.objects.filter(pk=account.pk).update(paused_until=None)


def note_tested(account: OutgoingMailAccount, *, now: datetime) -> None:
    """Remember that a test mail really left."""
    OutgoingMailAccount.objects.filter(pk=account.pk).update(tested_at=now)
