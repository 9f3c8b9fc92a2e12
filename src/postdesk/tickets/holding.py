"""Keeping a ticket to oneself for the length of a transaction."""

from postdesk.tickets.models import Ticket

# What the verbs of this package look at before they change it; relations to people stay loaded.
_CHANGING = ("status", "priority", "tech", "request_type", "has_attachment")


def hold(ticket: Ticket) -> None:
    """Lock the ticket's row and read again what others may have changed; in a transaction only.

    A client's answer and a tech's Resolve may come in the same moment: whoever is second must see
    what the first did. Raises Ticket.DoesNotExist.
    """
    ticket.refresh_from_db(fields=_CHANGING, from_queryset=Ticket.objects.select_for_update())
