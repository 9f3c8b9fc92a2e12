"""What stands around every page of the desk: counts, state of the mail, rights."""

from collections.abc import Mapping
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest

from postdesk.base import clock
from postdesk.directory.models import Tech
from postdesk.mail.queries import MailState, mail_state
from postdesk.mail.spool import held_messages
from postdesk.site.options import is_setup_finished
from postdesk.tickets.queries import count_views
from postdesk.web.session.banner import Banner, read_banner, with_alarms
from postdesk.web.session.rights import tech_of
from postdesk.web.session.sections import Section, setup_sections


class Frame:
    """Read by the templates; each part is counted when, and only when, a page shows it."""

    def __init__(self, tech: Tech | None) -> None:
        self._tech = tech
        self.has_sandbox = bool(settings.ENVIRONMENT.sandbox_url)
        self.is_administrator = bool(tech and tech.is_administrator)

    @cached_property
    def is_set_up(self) -> bool:
        """Whether the first Administrator exists."""
        return is_setup_finished()

    @cached_property
    def view_counts(self) -> Mapping[str, int]:
        """How many tickets each view of the list holds."""
        return count_views(self._tech) if self._tech else {}

    @cached_property
    def banner(self) -> Banner | None:
        """What needs a person, for the top of each page."""
        return read_banner(now=clock.now()) if self._tech else None

    @cached_property
    def mail_state(self) -> MailState | None:
        """The mailboxes in one line, with the alarms and warnings that they do not show."""
        if self.banner is None:
            return None
        return with_alarms(mail_state(), self.banner)

    @cached_property
    def held_messages(self) -> int:
        """How many messages wait for a person."""
        return held_messages().count() if self.is_administrator else 0

    @cached_property
    def setup_sections(self) -> tuple[Section, ...]:
        """The pages of Setup with their counts."""
        return setup_sections() if self.is_administrator else ()


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Give the templates their ``frame`` (a context processor)."""
    return {"frame": Frame(tech_of(getattr(request, "user", None)))}
