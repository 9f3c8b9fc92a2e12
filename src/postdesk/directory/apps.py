"""App configuration."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """People, groups and request types."""

    name = "postdesk.directory"
    label = "directory"
