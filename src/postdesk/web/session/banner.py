"""The banner that stands on every page while something needs a person."""

from dataclasses import dataclass, replace
from datetime import datetime

from postdesk.flow.readiness import WORKER_SILENCE
from postdesk.mail.queries import MailState
from postdesk.site.alarms import open_alarms, open_warnings, unheard_alarms
from postdesk.site.models import Alarm
from postdesk.site.options import read_options

_MOST_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """The alarms that last, unacknowledged and oldest first.

    ``more`` is how many are not shown, ``warnings`` how many ends are ahead, ``is_unheard``
    says that one of the alarms found no way out at all, ``worker_silent_since`` that the Mailer
    Daemon, without which nobody is told anything, does not report.
    """

    alarms: tuple[Alarm, ...]
    more: int
    warnings: int
    is_unheard: bool
    worker_silent_since: datetime | None

    @property
    def total(self) -> int:
        """How many alarms last."""
        return len(self.alarms) + self.more


def read_banner(*, now: datetime) -> Banner:
    """Return what the banner and the top bar say now."""
    alarms = sorted(open_alarms(), key=lambda alarm: alarm.acknowledged_at is not None)
    return Banner(
        alarms=tuple(alarms[:_MOST_SHOWN]),
        more=max(0, len(alarms) - _MOST_SHOWN),
        warnings=open_warnings().count(),
        is_unheard=bool(alarms) and unheard_alarms().exists(),
        worker_silent_since=_worker_silent_since(now=now),
    )


def _worker_silent_since(*, now: datetime) -> datetime | None:
    seen_at = read_options().worker_seen_at
    return seen_at if seen_at is not None and now - seen_at > WORKER_SILENCE else None


def with_alarms(state: MailState, banner: Banner) -> MailState:
    """Return the line of the top bar: broken mailboxes first, then other alarms, then warnings."""
    if state.broken or not state.total:
        return state
    if banner.total:
        text = "1 alarm" if banner.total == 1 else f"{banner.total} alarms"
        return replace(state, broken=banner.total, text=text)
    if banner.warnings:
        count = "1 warning" if banner.warnings == 1 else f"{banner.warnings} warnings"
        return replace(state, text=f"{state.text}, {count}")
    return state
