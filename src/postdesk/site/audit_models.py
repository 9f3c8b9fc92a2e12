"""Tables of who did what, and of the keys of the REST API."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

LONGEST_TARGET = 300
LONGEST_ACTOR = 500  # a name and an address


class Action(models.TextChoices):
    """What was done. The value is what the API and exports say, the label what people read."""

    ACCOUNT_ADDED = "account_added", "Incoming account added"
    ACCOUNT_CHANGED = "account_changed", "Incoming account changed"
    ACCOUNT_ENABLED = "account_enabled", "Incoming account enabled"
    ACCOUNT_DISABLED = "account_disabled", "Incoming account disabled"
    ACCOUNT_DELETED = "account_deleted", "Incoming account deleted"
    OUTGOING_ADDED = "outgoing_added", "Outgoing account added"
    OUTGOING_CHANGED = "outgoing_changed", "Outgoing account changed"
    OUTGOING_ACTIVATED = "outgoing_activated", "Outgoing account activated"
    OUTGOING_DEACTIVATED = "outgoing_deactivated", "Outgoing account deactivated"
    CONNECTION_REGISTERED = "connection_registered", "Connection registered"
    CONNECTION_CHANGED = "connection_changed", "Connection changed"
    CONNECTION_DELETED = "connection_deleted", "Connection deleted"
    CONNECTION_STATE = "connection_state", "State of a connection"
    AUTHORIZED = "authorized", "Authorized"
    AUTHORIZATION_FAILED = "authorization_failed", "Authorization failed"
    REFRESH_FAILED = "refresh_failed", "Renewal of a sign-in failed"
    ALARM_ACKNOWLEDGED = "alarm_acknowledged", "Alarm acknowledged"
    ALARM_SETTINGS_CHANGED = "alarm_settings_changed", "Alarm settings changed"
    SETUP_LINK_MADE = "setup_link_made", "Administrator asked by a one-time page"
    SETUP_LINK_USED = "setup_link_used", "One-time page used"
    OPTIONS_CHANGED = "options_changed", "Options changed"
    TECH_ADDED = "tech_added", "Tech added"
    TECH_CHANGED = "tech_changed", "Tech changed"
    API_KEY_MADE = "api_key_made", "API key made"
    API_KEY_REVOKED = "api_key_revoked", "API key revoked"
    ACCOUNT_CHECKED = "account_checked", "Incoming account checked by the API"


class AppendOnly(models.QuerySet["AuditEntry"]):
    """Rows that are added and read, never changed."""

    def update(self, **kwargs: Any) -> NoReturn:  # noqa: ARG002  Django's signature
        """Refuse."""
        raise TypeError("Audit entries are never changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise TypeError("Audit entries are never deleted.")


class AuditEntry(models.Model):
    """Who did what to what; ``site.audit`` alone writes it, once."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=LONGEST_ACTOR)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    action = models.CharField(max_length=40)  # a value of Action; new ones need no migration
    target = models.CharField(max_length=LONGEST_TARGET)
    detail = models.TextField(blank=True, default="")

    objects: ClassVar[models.Manager["AuditEntry"]] = models.Manager.from_queryset(AppendOnly)()

    class Meta:
        """The page filters by action, newest first."""

        indexes = [models.Index(fields=["action", "-id"], name="audit_by_action")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.what}: {self.target}"

    @property
    def what(self) -> str:
        """What was done, for people."""
        return str(Action(self.action).label)


class Scope(models.TextChoices):
    """What a key of the API may do."""

    HEALTH_READ = "health:read", "Read whether the desk is ready"
    CONNECTIONS_READ = "connections:read", "Read connections and mail accounts"
    CONNECTIONS_CHECK = "connections:check", "Check a mailbox now"


class ApiKey(models.Model):
    """A key of the REST API. Of its secret only the SHA-256 is kept: it is random, not chosen."""

    name = models.CharField("Name", max_length=100)
    key_id = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def prefix(self) -> str:
        """The part that may be shown: it names the key and opens nothing."""
        return f"pdk_{self.key_id}"
