"""Tables of OAuth connections."""

from django.conf import settings
from django.db import models

from postdesk.site.encrypted import EncryptedTextField

LONGEST_CODE = 40  # of a provider's error code
LONGEST_NAME = 254  # of whoever signed in
LONGEST_OBJECT_ID = 100


class Connection(models.Model):
    """One registration at a provider and one sign-in; incoming and outgoing accounts share it."""

    class State(models.TextChoices):
        """Whether it works."""

        NEW = "new", "Not authorized yet"
        AUTHORIZED = "authorized", "Authorized"
        REAUTHORIZE = "reauthorize", "Needs re-authorization"
        MISCONFIGURED = "misconfigured", "Needs a correction"

    cloud = models.CharField("Cloud", max_length=30, default="worldwide")
    tenant_id = models.CharField("Tenant ID", max_length=200)
    client_id = models.CharField("Client ID", max_length=200)
    client_secret = EncryptedTextField("Client Secret", blank=True, default="")
    secret_ends_on = models.DateField("Secret ends on", null=True, blank=True)
    for_shared_mailbox = models.BooleanField("Shared mailbox", default=False)

    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    state_since = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    error_raw = models.TextField(blank=True, default="")

    person_upn = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    person_name = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    person_id = models.CharField(max_length=LONGEST_OBJECT_ID, blank=True, default="")
    scopes_granted = models.TextField(blank=True, default="")
    refresh_token = EncryptedTextField(blank=True, default="")
    previous_refresh_token = EncryptedTextField(blank=True, default="")
    authorized_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)
    refreshing_by = models.CharField(max_length=43, blank=True, default="")
    retry_refresh_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        who = self.person_upn or f"client {self.client_id[:8]}"
        return f"{who} ({self.tenant_id})"


class AccessToken(models.Model):
    """The access token for one resource of a connection; thrown away and renewed at will."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="access_tokens"
    )
    resource = models.CharField(max_length=100)
    token = EncryptedTextField()
    expires_at = models.DateTimeField()

    class Meta:
        """One token a resource."""

        constraints = [
            models.UniqueConstraint(fields=["connection", "resource"], name="one_token_a_resource")
        ]

    def __str__(self) -> str:
        return f"{self.resource} until {self.expires_at:%Y-%m-%d %H:%M}"


class AuthorizationAttempt(models.Model):
    """One press of Authorize: from our page to the provider and back, good for ten minutes."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="attempts")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    session_hash = models.CharField(max_length=64)
    state_hash = models.CharField(max_length=64, unique=True)
    handle_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    flow = EncryptedTextField()
    authorize_url = models.TextField()
    mailbox = models.CharField(max_length=254)
    return_to = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    answer = EncryptedTextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    succeeded = models.BooleanField(default=False)
    message = models.TextField(blank=True, default="")
    remedy = models.TextField(blank=True, default="")
    error_code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    error_raw = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"attempt of {self.started_at:%Y-%m-%d %H:%M} for {self.mailbox}"
