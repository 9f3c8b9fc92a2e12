"""The composition root as a Django app, so that its checks are found."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the deployment checks."""

    name = "postdesk.config"
    label = "postdesk_config"

    def ready(self) -> None:
        """Import the checks, which register themselves."""
        from postdesk.config import checks  # noqa: F401, PLC0415  needs loaded apps
