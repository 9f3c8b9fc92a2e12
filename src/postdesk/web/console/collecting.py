"""What an empty list says about the mail: when it was last collected, and from where not."""

from dataclasses import dataclass
from datetime import datetime

from postdesk.mail.models import IncomingMailAccount
from postdesk.mail.queries import broken_accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """``collected`` of ``total`` enabled mailboxes are read; ``missing`` are those that are not."""

    total: int
    collected: int
    last_read_at: datetime | None
    missing: list[IncomingMailAccount]


def read_collecting() -> Collecting:
    """Return how collecting goes in the enabled mailboxes."""
    enabled = list(IncomingMailAccount.objects.filter(is_enabled=True).order_by("email_address"))
    broken = set(broken_accounts().values_list("pk", flat=True))
    moments = [account.last_read_at for account in enabled if account.last_read_at]
    return Collecting(
        total=len(enabled),
        collected=sum(account.pk not in broken for account in enabled),
        last_read_at=max(moments, default=None),
        missing=[account for account in enabled if account.pk in broken],
    )
