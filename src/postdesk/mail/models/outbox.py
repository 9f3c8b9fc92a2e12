"""The outbox: mail on its way out, and every id it is known by."""

from django.db import models

from postdesk.mail.models.account import OutgoingMailAccount
from postdesk.mail.models.octets import StoredOctets


class OutgoingMessage(models.Model):
    """One mail that leaves once. ``cause`` makes queueing it twice impossible.

    ``acknowledges`` is the address that an acknowledgement goes to, and "" for other mail.
    """

    class State(models.TextChoices):
        """Where it is on its way."""

        QUEUED = "queued", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not sent"
        UNKNOWN = "unknown", "Perhaps sent"

    class Kind(models.TextChoices):
        """Why it exists."""

        REPLY = "reply", "Reply"
        ACKNOWLEDGEMENT = "acknowledgement", "Acknowledgement"

    account = models.ForeignKey(
        OutgoingMailAccount, on_delete=models.PROTECT, related_name="messages"
    )
    cause = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    acknowledges = models.CharField(max_length=254, blank=True, default="")
    ticket_number = models.BigIntegerField(db_index=True)
    entry_number = models.BigIntegerField(null=True, blank=True, db_index=True)
    envelope_sender = models.CharField(max_length=254, blank=True, default="")
    recipients = models.JSONField(default=list)
    octets = models.ForeignKey(StoredOctets, on_delete=models.PROTECT, related_name="outgoing")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    remote_id = models.CharField(max_length=512, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField()
    send_after = models.DateTimeField()
    sending_until = models.DateTimeField(null=True, blank=True)
    sending_by = models.CharField(max_length=43, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")
    remedy = models.TextField(blank=True, default="")

    class Meta:
        """The queue is a small partial index; the others count acknowledgements, find the last."""

        indexes = [
            models.Index(fields=["acknowledges", "queued_at"], name="outbox_acknowledged"),
            models.Index(fields=["account", "-sent_at"], name="outbox_last_sent"),
            models.Index(
                fields=["send_after", "id"],
                name="outbox_open",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for ticket {self.ticket_number}"


class OutgoingMessageId(models.Model):
    """A Message-ID that a mail of ours is known by, with angle brackets."""

    outgoing = models.ForeignKey(
        OutgoingMessage, on_delete=models.CASCADE, related_name="message_ids"
    )
    message_id = models.CharField(max_length=998, unique=True)

    def __str__(self) -> str:
        return self.message_id
