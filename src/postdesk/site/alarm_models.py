"""Tables of alarms: who is told, what there is to tell, and each telling on its way out."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from postdesk.site.encrypted import EncryptedTextField

REPEAT_HOURS = 4
MOST_REPEAT_HOURS = 168  # a week; whoever wants it rarer acknowledges


class AlarmSettings(models.Model):
    """Setup > E-Mail > Alarms: the only row of its table.

    Techs stand here by their numbers, because this table lies below theirs.
    """

    class Security(models.TextChoices):
        """How the line to the fallback server is protected; values of the driver."""

        STARTTLS = "starttls", "STARTTLS"
        TLS = "tls", "TLS"
        NONE = "none", "None"

    alarms_to_administrators = models.BooleanField("All Administrators", default=True)
    alarm_techs = models.JSONField(default=list, blank=True)
    alarm_addresses = models.JSONField(default=list, blank=True)
    warnings_to_administrators = models.BooleanField("All Administrators", default=True)
    warning_techs = models.JSONField(default=list, blank=True)
    warning_addresses = models.JSONField(default=list, blank=True)
    repeat_hours = models.PositiveIntegerField(
        "Repeat every",
        default=REPEAT_HOURS,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_REPEAT_HOURS)],
    )
    smtp_address = models.EmailField("From", max_length=254, blank=True, default="")
    smtp_host = models.CharField("SMTP Server", max_length=253, blank=True, default="")
    smtp_port = models.PositiveIntegerField("SMTP Port", default=587)
    smtp_security = models.CharField(
        "Security", max_length=10, choices=Security, default=Security.STARTTLS
    )
    smtp_username = models.CharField("User Name", max_length=254, blank=True, default="")
    smtp_password = EncryptedTextField("Password", blank=True, default="")
    webhook_url = EncryptedTextField("Webhook URL", blank=True, default="")
    webhook_secret = EncryptedTextField("Webhook secret", blank=True, default="")
    metrics_token_hash = models.CharField(max_length=64, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    awake_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "Alarms"


class Alarm(models.Model):
    """Something that people are told: a warning ahead, a trouble that lasts, or its end.

    ``subject`` is ``connection:3``, ``incoming:4`` or ``outgoing:2``; ``topic`` says what of it,
    as ``secret:2027-05-01``; ``day`` is how many days before the end a warning was due. ``names``
    are the mailboxes concerned, ``page`` the path of the page where it is mended.
    """

    class Kind(models.TextChoices):
        """How urgent it is."""

        WARNING = "warning", "Warning"
        ALARM = "alarm", "Alarm"
        RECOVERY = "recovery", "Well again"

    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=40)
    topic = models.CharField(max_length=100)
    day = models.SmallIntegerField(null=True, blank=True)
    names = models.TextField(blank=True, default="")
    text = models.TextField()
    remedy = models.TextField(blank=True, default="")
    code = models.CharField(max_length=40, blank=True, default="")
    page = models.CharField(max_length=200, blank=True, default="")
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    times_told = models.PositiveIntegerField(default=0)
    last_told_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One open alarm a subject; each level of a warning once for each thing that ends."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=models.Q(kind="alarm", closed_at=None),
                name="one_open_alarm_a_subject",
            ),
            models.UniqueConstraint(
                fields=["subject", "topic", "day"],
                condition=models.Q(kind="warning"),
                name="each_warning_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "id"], name="alarms_open", condition=models.Q(closed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.names or self.subject}"


class AlarmDelivery(models.Model):
    """One telling of one alarm to one recipient, or to the webhook where ``recipient`` is "".

    ``way`` is what it left by, or what was tried last.
    """

    class State(models.TextChoices):
        """Where it is on its way."""

        QUEUED = "queued", "Waiting for a way out"
        SENT = "sent", "Sent"
        FAILED = "failed", "Cannot be sent"
        DROPPED = "dropped", "Overtaken by a later telling"

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="deliveries")
    telling = models.PositiveIntegerField()
    recipient = models.CharField(max_length=254, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    way = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField()
    next_at = models.DateTimeField()
    sending_until = models.DateTimeField(null=True, blank=True)
    sending_by = models.CharField(max_length=43, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        """The queue is a small partial index; the other counts what a recipient got lately."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alarm", "telling", "recipient"], name="one_delivery_a_telling"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at", "id"],
                name="alarm_deliveries_queued",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["recipient", "sent_at"], name="alarm_deliveries_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} to {self.recipient or 'the webhook'}"
