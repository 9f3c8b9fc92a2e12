"""What was said on a ticket."""

from django.db import models

from postdesk.directory.models import Person
from postdesk.tickets.models.ticket import Ticket


class Entry(models.Model):
    """One contribution.

    ``spooled_number`` names the received mail it came from, or None. ``no_answer_because`` is the
    reason why no automatic mail may go out in answer to it, or "".
    """

    class Kind(models.TextChoices):
        """Who says it to whom."""

        CLIENT_MAIL = "client_mail", "Mail"
        TECH_REPLY = "tech_reply", "Reply"
        NOTE = "note", "Internal note"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=20, choices=Kind)
    author = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="entries"
    )
    author_name = models.CharField(max_length=200, blank=True, default="")
    author_address = models.CharField(max_length=254, blank=True, default="")
    to = models.JSONField(default=list, blank=True)
    cc = models.JSONField(default=list, blank=True)
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    fresh_text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    message_id = models.CharField(max_length=998, blank=True, default="", db_index=True)
    references = models.JSONField(default=list, blank=True)
    spooled_number = models.BigIntegerField(null=True, blank=True, db_index=True)
    is_automatic = models.BooleanField(default=False)
    no_answer_because = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        """Read in order, one ticket at a time."""

        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["ticket", "at", "id"], name="entry_in_order")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.author_name or self.author_address}"


class Attachment(models.Model):
    """A file of a received mail. Its content stays in the raw message, at ``position``."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_id = models.CharField(max_length=255, blank=True, default="")
    is_inline = models.BooleanField(default=False)

    class Meta:
        """In the order of the message."""

        ordering = ["position"]

    def __str__(self) -> str:
        return self.name
