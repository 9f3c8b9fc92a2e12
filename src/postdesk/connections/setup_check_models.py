"""The table of "Check everything": one run, step by step, with its lines."""

from django.conf import settings
from django.db import models


class SetupCheck(models.Model):
    """One run for one mailbox of a connection. Steps are claimed, so that two pages run none twice.

    ``lines`` are those of ``flow.probe.CheckLine`` as objects, in their order; ``probe_token``
    stands in the subject of the probe mail, ``probe_ids`` are its Message-IDs.
    """

    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="setup_checks"
    )
    mailbox = models.CharField(max_length=254)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    next_step = models.PositiveSmallIntegerField(default=0)
    busy_until = models.DateTimeField(null=True, blank=True)
    lines = models.JSONField(default=list)
    probe_token = models.CharField(max_length=32, blank=True, default="", db_index=True)
    probe_ids = models.JSONField(default=list)
    probe_sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"check of {self.mailbox} at {self.started_at:%Y-%m-%d %H:%M}"
