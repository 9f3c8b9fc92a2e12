"""App configuration."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets."""

    name = "postdesk.tickets"
    label = "tickets"
