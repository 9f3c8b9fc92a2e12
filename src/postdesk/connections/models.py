"""Tables of OAuth connections."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from postdesk.connections.administrator_models import AdministratorRequest
from postdesk.connections.setup_check_models import SetupCheck
from postdesk.site.encrypted import EncryptedTextField

__all__ = [
    "AccessToken",
    "AdministratorRequest",
    "AuthorizationAttempt",
    "Connection",
    "SetupCheck",
    "StateChange",
]

LONGEST_CODE = 40  # of a provider's error code
LONGEST_NAME = 254  # of whoever signed in
LONGEST_OBJECT_ID = 100


def graph_only() -> list[str]:
    """Return the protocols of a connection that nobody said more about."""
    return ["graph"]


class Connection(models.Model):
    """One registration at a provider and one way in; incoming and outgoing accounts share it."""

    class Provider(models.TextChoices):
        """Who gives the tokens."""

        MICROSOFT = "microsoft", "Microsoft"
        GOOGLE = "google", "Google"
        GENERIC = "generic", "Another OAuth 2.0 provider"

    class WayIn(models.TextChoices):
        """Who the desk is at the provider."""

        PERSON = "person", "Signed in as a person"
        DEVICE = "device", "Signed in as a person, by a code on another device"
        APPLICATION = "application", "As an application, nobody signs in"

    class Proof(models.TextChoices):
        """How the application proves that it is itself."""

        SECRET = "secret", "Client secret"
        CERTIFICATE = "certificate", "Certificate"

    class State(models.TextChoices):
        """Whether it works; ``connections.states`` alone changes it."""

        NOT_AUTHORIZED = "not_authorized", "Not authorized yet"
        WORKING = "working", "Authorized"
        EXPIRING = "expiring", "Expiring"
        FAILING = "failing", "Trying again"
        NEEDS_REAUTHORIZATION = "needs_reauthorization", "Needs re-authorization"
        BLOCKED = "blocked", "Blocked by policy"
        MISCONFIGURED = "misconfigured", "Needs a correction"

    USABLE: ClassVar = frozenset({State.WORKING, State.EXPIRING, State.FAILING})
    NEEDING_A_PERSON: ClassVar = frozenset(
        {State.NEEDS_REAUTHORIZATION, State.BLOCKED, State.MISCONFIGURED}
    )

    provider = models.CharField(max_length=20, choices=Provider, default=Provider.MICROSOFT)
    way_in = models.CharField(max_length=20, choices=WayIn, default=WayIn.PERSON)
    proof = models.CharField(max_length=20, choices=Proof, default=Proof.SECRET)
    cloud = models.CharField("Cloud", max_length=30, default="worldwide")
    tenant_id = models.CharField("Tenant ID", max_length=200, blank=True, default="")
    client_id = models.CharField("Client ID", max_length=254)
    client_secret = EncryptedTextField("Client Secret", blank=True, default="")
    secret_ends_on = models.DateField("Secret ends on", null=True, blank=True)
    certificate_pem = models.TextField("Certificate", blank=True, default="")
    private_key = EncryptedTextField(blank=True, default="")
    key_id = models.CharField(max_length=100, blank=True, default="")
    certificate_ends_at = models.DateTimeField(null=True, blank=True)
    previous_credential = EncryptedTextField(blank=True, default="")
    exchange_host = models.CharField("Exchange host", max_length=253, blank=True, default="")
    authorize_endpoint = models.CharField(max_length=500, blank=True, default="")
    token_endpoint = models.CharField(max_length=500, blank=True, default="")
    scopes_typed = models.TextField("Scopes", blank=True, default="")
    protocols = models.JSONField(default=graph_only)
    for_shared_mailbox = models.BooleanField("Shared mailbox", default=False)

    state = models.CharField(max_length=30, choices=State, default=State.NOT_AUTHORIZED)
    state_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    error_raw = models.TextField(blank=True, default="")
    claims = models.TextField(blank=True, default="")

    person_upn = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    person_name = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    person_id = models.CharField(max_length=LONGEST_OBJECT_ID, blank=True, default="")
    person_tenant_id = models.CharField(max_length=LONGEST_OBJECT_ID, blank=True, default="")
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
        place = self.tenant_id or self.get_provider_display()
        return f"{who} ({place})"

    @property
    def is_usable(self) -> bool:
        """Say whether tokens may be asked for: it works, will end soon, or fails in passing."""
        return self.state in self.USABLE

    @property
    def needs_person(self) -> bool:
        """Say whether nothing works until somebody acts."""
        return self.state in self.NEEDING_A_PERSON

    @property
    def is_signed_in(self) -> bool:
        """Say whether a person signs in for it, at a browser or with a code."""
        return self.way_in != self.WayIn.APPLICATION


class StateChange(models.Model):
    """A connection went from one state to another; alarms are made of these rows, once each."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="changes")
    before = models.CharField(max_length=30, choices=Connection.State)
    after = models.CharField(max_length=30, choices=Connection.State)
    code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    what = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The queue of what nobody was told of is a small partial index."""

        indexes = [
            models.Index(
                fields=["id"], name="state_changes_untold", condition=models.Q(told_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.before} to {self.after} at {self.at:%Y-%m-%d %H:%M}"


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

    class Kind(models.TextChoices):
        """How the answer comes: the browser brings it, or we ask for it."""

        BROWSER = "browser", "In this browser"
        DEVICE = "device", "By a code on another device"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="attempts")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.BROWSER)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    session_hash = models.CharField(max_length=64)
    state_hash = models.CharField(max_length=64, unique=True)
    handle_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    flow = EncryptedTextField()
    authorize_url = models.TextField()
    user_code = models.CharField(max_length=40, blank=True, default="")
    ends_at = models.DateTimeField(null=True, blank=True)
    poll_after = models.DateTimeField(null=True, blank=True)
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
    tokens_on_hold = EncryptedTextField(blank=True, default="")

    def __str__(self) -> str:
        return f"attempt of {self.started_at:%Y-%m-%d %H:%M} for {self.mailbox}"
