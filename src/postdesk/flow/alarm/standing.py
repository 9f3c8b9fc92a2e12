"""What became of the subject of an alarm whose trouble is not found any more."""

import enum

from postdesk.connections.models import Connection
from postdesk.flow.alarm.watching import connection_subject, read_subject
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.site.alarms import Telling
from postdesk.site.models import Alarm


class Standing(enum.Enum):
    """How it stands."""

    WELL = "works again"
    GONE = "nobody uses it any more"
    COVERED = "the alarm of its connection speaks for it"
    UNCLEAR = "has not shown yet that it works"


def what_became_of(alarm: Alarm, troubles: dict[str, Telling]) -> Standing:
    """Return how the subject of an open alarm stands that is no trouble now."""
    kind, number = read_subject(alarm.subject)
    if kind == "connection":
        return _of_connection(number)
    account: IncomingMailAccount | OutgoingMailAccount | None
    if kind == "incoming":
        account = IncomingMailAccount.objects.filter(pk=number, is_enabled=True).first()
    else:
        account = OutgoingMailAccount.objects.filter(pk=number, is_active=True).first()
    if account is None:
        return Standing.GONE
    if account.connection_id and connection_subject(account.connection_id) in troubles:
        return Standing.COVERED
    if isinstance(account, OutgoingMailAccount):
        return Standing.UNCLEAR if account.problem else Standing.WELL
    was_read = account.last_read_at is not None and account.last_read_at >= alarm.opened_at
    return Standing.WELL if was_read else Standing.UNCLEAR


def _of_connection(number: int) -> Standing:
    connection = Connection.objects.filter(pk=number).first()
    if connection is None or not _is_in_use(connection):
        return Standing.GONE
    return Standing.WELL if connection.is_usable else Standing.UNCLEAR


def _is_in_use(connection: Connection) -> bool:
    return (
        connection.incoming_accounts.filter(is_enabled=True).exists()
        or connection.outgoing_accounts.filter(is_active=True).exists()
    )
