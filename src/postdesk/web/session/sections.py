"""The sections of Setup and what stands in them; navigation and Setup home show the same."""

from collections.abc import Callable
from dataclasses import dataclass

from postdesk.directory.models import RequestType, Tech, TechGroup
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.spool import held_messages
from postdesk.site.alarms import open_alarms
from postdesk.site.models import ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page of Setup; ``count`` answers "is it set?", None where that is no number."""

    url_name: str
    icon: str
    title: str
    count: int | None
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of pages of Setup."""

    title: str
    icon: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    url_name: str
    icon: str
    title: str
    count: Callable[[], int] | None = None
    is_bad: bool = False


_PLAN: tuple[tuple[str, str, tuple[_Planned, ...]], ...] = (
    (
        "E-Mail",
        "mail",
        (
            _Planned(
                url_name="setup:incoming",
                icon="inbox",
                title="Incoming Mail Accounts",
                count=IncomingMailAccount.objects.count,
            ),
            _Planned(
                url_name="setup:outgoing",
                icon="send",
                title="Outgoing Mail Accounts",
                count=OutgoingMailAccount.objects.count,
            ),
            _Planned(
                url_name="setup:held",
                icon="stop",
                title="Held mail",
                count=lambda: held_messages().count(),
                is_bad=True,
            ),
            _Planned(
                url_name="setup:alarms",
                icon="alert",
                title="Alarms",
                count=lambda: open_alarms().count(),
                is_bad=True,
            ),
        ),
    ),
    (
        "General",
        "server",
        (
            _Planned(url_name="setup:options", icon="gear", title="Options"),
            _Planned(
                url_name="setup:api_keys",
                icon="key",
                title="API Keys",
                count=lambda: ApiKey.objects.filter(revoked_at=None).count(),
            ),
            _Planned(url_name="setup:audit", icon="history", title="Audit"),
        ),
    ),
    (
        "Tickets",
        "ticket",
        (
            _Planned(
                url_name="setup:request_types",
                icon="tag",
                title="Request Types",
                count=lambda: RequestType.objects.filter(is_active=True).count(),
            ),
        ),
    ),
    (
        "People",
        "users",
        (
            _Planned(
                url_name="setup:techs",
                icon="user",
                title="Techs",
                count=lambda: Tech.objects.filter(is_active=True).count(),
            ),
            _Planned(
                url_name="setup:groups",
                icon="users",
                title="Tech Groups",
                count=lambda: TechGroup.objects.filter(is_active=True).count(),
            ),
        ),
    ),
)


def setup_sections() -> tuple[Section, ...]:
    """Return the sections of Setup with fresh counts."""
    return tuple(
        Section(title=title, icon=icon, entries=tuple(_counted(planned) for planned in plan))
        for title, icon, plan in _PLAN
    )


def _counted(planned: _Planned) -> Entry:
    return Entry(
        url_name=planned.url_name,
        icon=planned.icon,
        title=planned.title,
        count=planned.count() if planned.count else None,
        is_bad=planned.is_bad,
    )
