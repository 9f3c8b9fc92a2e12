"""Tables of mail."""

from postdesk.mail.models.account import (
    AccountType,
    AfterProcessing,
    AuthenticationMode,
    IncomingMailAccount,
    OutgoingMailAccount,
)
from postdesk.mail.models.history import HistoryLine
from postdesk.mail.models.octets import StoredOctets
from postdesk.mail.models.outbox import OutgoingMessage, OutgoingMessageId
from postdesk.mail.models.spool import SpooledMessage

__all__ = [
    "AccountType",
    "AfterProcessing",
    "AuthenticationMode",
    "HistoryLine",
    "IncomingMailAccount",
    "OutgoingMailAccount",
    "OutgoingMessage",
    "OutgoingMessageId",
    "SpooledMessage",
    "StoredOctets",
]
