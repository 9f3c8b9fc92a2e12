"""History of an Incoming Mail Account."""

from django.db import models

from postdesk.mail.models.account import LONGEST_CODE, IncomingMailAccount


class HistoryLine(models.Model):
    """Something that happened to an account. Equal neighbours are counted, not repeated."""

    class Kind(models.TextChoices):
        """How it concerns the reader."""

        OK = "ok", "Well"
        INFO = "info", "For your information"
        WARN = "warn", "Trying again"
        BAD = "bad", "Needs you"

    account = models.ForeignKey(
        IncomingMailAccount, on_delete=models.CASCADE, related_name="history_lines"
    )
    kind = models.CharField(max_length=5, choices=Kind)
    text = models.TextField()
    explanation = models.TextField(blank=True, default="")
    remedy = models.TextField(blank=True, default="")
    code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        """Read newest first, one account at a time."""

        indexes = [models.Index(fields=["account", "-last_at"], name="history_newest")]

    def __str__(self) -> str:
        return self.text[:80]
