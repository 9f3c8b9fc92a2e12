"""What is watched: connections in use, enabled mailboxes, active ways out."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from postdesk.connections.models import Connection
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A connection with the accounts that use it now; one that nobody uses is not watched."""

    connection: Connection
    incoming: tuple[IncomingMailAccount, ...]
    outgoing: tuple[OutgoingMailAccount, ...]

    @property
    def subject(self) -> str:
        """What its alarms are filed under."""
        return connection_subject(self.connection.pk)

    @property
    def names(self) -> str:
        """The mailboxes that depend on it."""
        addresses = [account.email_address for account in self.incoming]
        addresses += [account.email_address for account in self.outgoing]
        return ", ".join(dict.fromkeys(addresses))

    @property
    def page(self) -> str:
        """The path of the page where it is mended."""
        if self.incoming:
            return incoming_page(self.incoming[0])
        return outgoing_page(self.outgoing[0])


def watched_connections() -> list[Watched]:
    """Return the connections of enabled mailboxes and active ways out."""
    rows = Connection.objects.order_by("id").prefetch_related(
        "incoming_accounts", "outgoing_accounts"
    )
    found = [
        Watched(
            connection=row,
            incoming=tuple(
                sorted(
                    (each for each in row.incoming_accounts.all() if each.is_enabled),
                    key=lambda account: account.email_address,
                )
            ),
            outgoing=tuple(
                sorted(
                    (each for each in row.outgoing_accounts.all() if each.is_active),
                    key=lambda account: account.email_address,
                )
            ),
        )
        for row in rows
    ]
    return [watched for watched in found if watched.incoming or watched.outgoing]


def connection_subject(number: int) -> str:
    """Return what alarms of a connection are filed under."""
    return f"connection:{number}"


def incoming_subject(account: IncomingMailAccount) -> str:
    """Return what alarms of a mailbox are filed under."""
    return f"incoming:{account.pk}"


def outgoing_subject(account: OutgoingMailAccount) -> str:
    """Return what alarms of a way out are filed under."""
    return f"outgoing:{account.pk}"


def read_subject(subject: str) -> tuple[str, int]:
    """Return ``("connection", 3)`` for ``connection:3``; the number is 0 for what has none."""
    kind, _, number = subject.partition(":")
    return kind, int(number or 0)


def incoming_page(account: IncomingMailAccount) -> str:
    """Return the path of a mailbox's page."""
    return reverse("setup:incoming_account", args=[account.pk])


def outgoing_page(account: OutgoingMailAccount) -> str:
    """Return the path of a way out's page."""
    return reverse("setup:outgoing_account", args=[account.pk])


def silent_since(account: IncomingMailAccount, *, awake_since: datetime) -> datetime | None:
    """Return since when a mailbox was not read while the desk was on; None before the first try."""
    was_tried = bool(account.failures or account.reading_by)
    if account.last_read_at is None and not was_tried:
        return None
    connection = account.connection
    begun = account.last_read_at or (connection.authorized_at if connection else None)
    return max(begun, awake_since) if begun else awake_since
