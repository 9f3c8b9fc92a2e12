"""App configuration."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """OAuth connections."""

    name = "postdesk.connections"
    label = "connections"
