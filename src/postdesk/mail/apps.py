"""App configuration."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Mail accounts and the two queues."""

    name = "postdesk.mail"
    label = "mail"
