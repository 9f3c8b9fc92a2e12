"""What happened to a ticket: written by its verbs, consumed by whoever announces."""

from django.db import models

from postdesk.directory.models import Person
from postdesk.tickets.models.entry import Entry
from postdesk.tickets.models.ticket import Ticket


class TicketEvent(models.Model):
    """One change. ``announced_at`` is set once by the stage that turns events into mail."""

    class Kind(models.TextChoices):
        """What changed."""

        OPENED = "opened", "Ticket opened"
        CLIENT_REPLIED = "client_replied", "Client answered"
        TECH_REPLIED = "tech_replied", "Tech replied"
        NOTED = "noted", "Note added"
        STATUS = "status", "Status changed"
        TECH = "tech", "Assignment changed"
        REQUEST_TYPE = "request_type", "Request type changed"
        PRIORITY = "priority", "Priority changed"
        MOVED = "moved", "Message moved"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    entry = models.ForeignKey(
        Entry, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    actor = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The queue is a small partial index."""

        indexes = [
            models.Index(
                fields=["id"], name="event_unannounced", condition=models.Q(announced_at=None)
            ),
            models.Index(fields=["ticket", "at"], name="event_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.ticket_id}"
