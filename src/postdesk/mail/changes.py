"""What the History of an Incoming Mail Account says about changed settings."""

from datetime import datetime

from postdesk.directory.models import Person
from postdesk.mail.history import record
from postdesk.mail.models import HistoryLine, IncomingMailAccount
from postdesk.site import audit
from postdesk.site.audit import Action

# What a form changes. The worker writes the other columns, so these alone are saved.
SETTINGS = (
    "email_address", "account_type", "authentication_mode", "connection", "imap_host", "imap_port",
    "imap_security", "imap_username", "imap_password", "outgoing_account", "tech_group",
    "request_type", "after_processing", "folder", "allow_auto_submitted", "is_enabled",
)  # fmt: skip
_UNTOLD = frozenset({"connection", "is_enabled", "imap_password"})
_TOLD = tuple(name for name in SETTINGS if name not in _UNTOLD)


def tell_changes(
    account: IncomingMailAccount, *, before: IncomingMailAccount | None, by: Person, now: datetime
) -> None:
    """Write down what differs from ``before``; None means that the account is new."""
    if before is None:
        note(account, f"Account added by {by}", now=now)
        audit.record(Action.ACCOUNT_ADDED, actor=by, target=account, now=now)
    else:
        _tell_settings(account, before=before, by=by, now=now)
    if account.is_enabled != (before.is_enabled if before else False):
        tell_switch(account, by=by, now=now)


def tell_switch(account: IncomingMailAccount, *, by: Person, now: datetime) -> None:
    """Write down that E-Mail Tickets was enabled or disabled."""
    word = "enabled" if account.is_enabled else "disabled"
    note(account, f"E-Mail Tickets {word} by {by}", now=now)
    action = Action.ACCOUNT_ENABLED if account.is_enabled else Action.ACCOUNT_DISABLED
    audit.record(action, actor=by, target=account, now=now)


def _tell_settings(
    account: IncomingMailAccount, *, before: IncomingMailAccount, by: Person, now: datetime
) -> None:
    changes = "; ".join(_changes(before, account))
    if changes:
        note(account, f"Settings changed by {by}: {changes}", now=now)
    quiet = [
        f"{name} replaced"
        for name, is_new in (
            ("Password", before.imap_password != account.imap_password),
            ("Connection", before.connection_id != account.connection_id),
        )
        if is_new
    ]
    told = "; ".join(filter(None, [changes, *quiet]))
    if told:
        audit.record(Action.ACCOUNT_CHANGED, actor=by, target=account, detail=told, now=now)


def _changes(before: IncomingMailAccount, after: IncomingMailAccount) -> list[str]:
    changed = [name for name in _TOLD if getattr(before, name) != getattr(after, name)]
    return [
        f"{_label(name)} from {_shown(before, name)} to {_shown(after, name)}" for name in changed
    ]


def _label(name: str) -> str:
    return str(getattr(IncomingMailAccount, name).field.verbose_name)


def _shown(account: IncomingMailAccount, name: str) -> str:
    display = getattr(account, f"get_{name}_display", None)
    value = display() if display else getattr(account, name)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"“{value}”" if value else "nothing"


def note(account: IncomingMailAccount, text: str, *, now: datetime) -> None:
    """Add a line for whoever looks at the History."""
    record(account, kind=HistoryLine.Kind.INFO, text=text, now=now)
