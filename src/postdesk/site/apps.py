"""App configuration."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Options of the installation."""

    name = "postdesk.site"
    label = "site"
