"""Tables of the installation."""

from django.db import models

from postdesk.site.alarm_models import Alarm, AlarmDelivery, AlarmSettings
from postdesk.site.audit_models import ApiKey, AuditEntry

__all__ = ["Alarm", "AlarmDelivery", "AlarmSettings", "ApiKey", "AuditEntry", "Options"]


class Options(models.Model):
    """Setup > General > Options: the only row of its table."""

    class Scheme(models.TextChoices):
        """How browsers reach the desk."""

        HTTPS = "https", "https"
        HTTP = "http", "http (this machine only)"

    public_scheme = models.CharField(max_length=5, choices=Scheme, default=Scheme.HTTP)
    public_host = models.CharField(max_length=253, default="localhost")
    public_port = models.PositiveIntegerField(default=8080)
    poll_seconds = models.PositiveIntegerField(default=30)
    time_zone = models.CharField(max_length=64, default="UTC")
    proxy_url = models.CharField(max_length=500, blank=True, default="")
    setup_token_hash = models.CharField(max_length=64, blank=True, default="")
    setup_finished_at = models.DateTimeField(null=True, blank=True)
    worker_seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "Options"
