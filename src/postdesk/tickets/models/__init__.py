"""Tables of tickets."""

from postdesk.tickets.models.entry import Attachment, Entry
from postdesk.tickets.models.event import TicketEvent
from postdesk.tickets.models.ticket import OPEN_STATUSES, Participant, Status, Ticket

__all__ = [
    "OPEN_STATUSES",
    "Attachment",
    "Entry",
    "Participant",
    "Status",
    "Ticket",
    "TicketEvent",
]
