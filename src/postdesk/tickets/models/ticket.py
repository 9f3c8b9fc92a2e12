"""The ticket and the people on it."""

from django.db import models

from postdesk.directory.models import Client, Person, Priority, RequestType, Tech, TechGroup


class Status(models.TextChoices):
    """The five statuses of WHD."""

    OPEN = "open", "Open"
    PENDING = "pending", "Pending"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"
    CANCELED = "canceled", "Canceled"


OPEN_STATUSES = (Status.OPEN, Status.PENDING)


class Ticket(models.Model):
    """A client's request. ``incoming_account_id`` names the mailbox it came through, or None.

    ``search_text`` is subject, client and participants, case-folded, for the search.
    ``related_to`` is the ticket that the sender seemed to mean but was not admitted to.
    """

    number = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.IntegerField(choices=Priority, default=Priority.MEDIUM)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="tickets")
    request_type = models.ForeignKey(
        RequestType, on_delete=models.PROTECT, null=True, related_name="tickets"
    )
    tech_group = models.ForeignKey(
        TechGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    tech = models.ForeignKey(
        Tech, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    incoming_account_id = models.BigIntegerField(null=True, blank=True)
    related_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)
    opened_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()
    client_wrote_last = models.BooleanField(default=True)
    snippet = models.CharField(max_length=200, blank=True, default="")
    has_attachment = models.BooleanField(default=False)
    search_text = models.TextField(blank=True, default="")

    class Meta:
        """The lists: all of a status, mine, and nobody's, newest activity first."""

        indexes = [
            models.Index(
                fields=["status", "-last_activity_at", "-number"], name="ticket_by_status"
            ),
            models.Index(fields=["tech", "status", "-last_activity_at"], name="ticket_by_tech"),
            models.Index(fields=["-last_activity_at", "-number"], name="ticket_by_activity"),
            models.Index(fields=["status", "client_wrote_last"], name="ticket_answered"),
            models.Index(fields=["status", "tech"], name="ticket_counts"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to act or wait."""
        return self.status in OPEN_STATUSES


class Participant(models.Model):
    """An address that takes part in a ticket: wrote, was To or Cc, or was added."""

    class Role(models.TextChoices):
        """Why the address is there."""

        CLIENT = "client", "Client"
        WROTE = "wrote", "Wrote"
        COPIED = "copied", "To or Cc"
        ADDED = "added", "Added"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="participants")
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True, default="")
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        """An address once a ticket."""

        constraints = [
            models.UniqueConstraint(fields=["ticket", "address"], name="one_row_a_participant")
        ]

    def __str__(self) -> str:
        return self.address
