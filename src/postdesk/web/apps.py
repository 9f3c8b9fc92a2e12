"""App configuration."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and views."""

    name = "postdesk.web"
    label = "web"
