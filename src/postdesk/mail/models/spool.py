"""The spool, which is also the ledger: one row for every message a server ever showed."""

from django.db import models

from postdesk.mail.models.account import IncomingMailAccount
from postdesk.mail.models.octets import StoredOctets


class SpooledMessage(models.Model):
    """A received message on its way to a ticket, and afterwards the record of its fate."""

    class State(models.TextChoices):
        """Where it is on its way."""

        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        HELD = "held", "Held"

    class Fate(models.TextChoices):
        """What became of it."""

        UNDECIDED = "", "Undecided"
        OPENED = "opened", "Ticket opened"
        APPENDED = "appended", "Appended to a ticket"
        RECORDED = "recorded", "Recorded quietly"
        DUPLICATE = "duplicate", "Duplicate"
        HELD = "held", "Held"

    account = models.ForeignKey(
        IncomingMailAccount, on_delete=models.PROTECT, related_name="spooled_messages"
    )
    remote_id = models.CharField(max_length=512)
    message_id = models.CharField(max_length=998, blank=True, default="", db_index=True)
    octets = models.ForeignKey(StoredOctets, on_delete=models.PROTECT, related_name="spooled")
    received_at = models.DateTimeField(null=True)
    spooled_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    fate = models.CharField(max_length=10, choices=Fate, blank=True, default=Fate.UNDECIDED)
    rule = models.CharField(max_length=40, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    trace = models.JSONField(default=list, blank=True)
    traceback = models.TextField(blank=True, default="")
    sender = models.CharField(max_length=254, blank=True, default="")
    subject = models.CharField(max_length=500, blank=True, default="")
    ticket_number = models.BigIntegerField(null=True, blank=True)
    entry_number = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    is_settled = models.BooleanField(default=False)

    class Meta:
        """A message of an account is known once; the queues are small partial indexes."""

        constraints = [
            models.UniqueConstraint(fields=["account", "remote_id"], name="one_row_a_message")
        ]
        indexes = [
            models.Index(fields=["id"], name="spool_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["id"], name="spool_held", condition=models.Q(state="held")),
            models.Index(
                fields=["account", "id"],
                name="spool_unsettled",
                condition=models.Q(is_settled=False),
            ),
            models.Index(fields=["ticket_number"], name="spool_ticket"),
            models.Index(fields=["account", "octets"], name="spool_duplicates"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id or self.remote_id} in {self.account}"
