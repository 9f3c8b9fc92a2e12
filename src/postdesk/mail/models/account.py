"""Incoming and Outgoing Mail Accounts."""

from django.db import models

from postdesk.connections.models import Connection
from postdesk.directory.models import RequestType, TechGroup
from postdesk.site.encrypted import EncryptedTextField

LONGEST_CODE = 40  # of a provider's error code, here and in the History


class AccountType(models.TextChoices):
    """Which protocol an incoming account speaks."""

    MICROSOFT_365 = "microsoft365", "Microsoft 365 (Graph)"
    IMAP = "imap", "IMAP"


class AuthenticationMode(models.TextChoices):
    """How an incoming account proves who it is."""

    OAUTH_PERSON = "oauth_person", "OAuth"
    PASSWORD = "password", "Basic, user name and password"


class AfterProcessing(models.TextChoices):
    """What becomes of a message on the server once it is stored here; values of Settlement."""

    MARK_READ = "mark_read", "Mark as read"
    KEEP = "keep", "Leave as it is"
    MOVE = "move", "Move to folder"
    DELETE = "delete", "Delete"


class OutgoingMailAccount(models.Model):
    """A way out for mail."""

    class Kind(models.TextChoices):
        """How mail leaves."""

        MICROSOFT_365 = "microsoft365", "Microsoft 365 (Graph)"
        SMTP = "smtp", "SMTP"

    class SmtpAuthentication(models.TextChoices):
        """How an SMTP server learns who sends."""

        PASSWORD = "password", "Basic, user name and password"
        OAUTH = "oauth", "OAuth"
        NONE = "none", "None"

    class Security(models.TextChoices):
        """How a line to a server is protected; values of the drivers."""

        STARTTLS = "starttls", "STARTTLS"
        TLS = "tls", "TLS"
        NONE = "none", "None"

    email_address = models.EmailField("E-Mail Address", max_length=254, unique=True)
    display_name = models.CharField("Friendly Name", max_length=200, blank=True, default="")
    kind = models.CharField("Account Type", max_length=20, choices=Kind)
    connection = models.ForeignKey(
        Connection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="outgoing_accounts",
    )
    smtp_host = models.CharField("SMTP Server", max_length=253, blank=True, default="")
    smtp_port = models.PositiveIntegerField("SMTP Port", default=587)
    smtp_security = models.CharField(
        "Security", max_length=10, choices=Security, default=Security.STARTTLS
    )
    smtp_authentication = models.CharField(
        "Authentication Mode",
        max_length=10,
        choices=SmtpAuthentication,
        default=SmtpAuthentication.PASSWORD,
    )
    smtp_username = models.CharField("User Name", max_length=254, blank=True, default="")
    smtp_password = EncryptedTextField("Password", blank=True, default="")
    is_active = models.BooleanField("Active", default=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")
    remedy = models.TextField(blank=True, default="")
    problem_code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    problem_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.email_address

    @property
    def uses_connection(self) -> bool:
        """Say whether it signs in by OAuth."""
        return (
            self.kind != self.Kind.SMTP or self.smtp_authentication == self.SmtpAuthentication.OAUTH
        )

    @property
    def protocol(self) -> str:
        """The protocol that its connection must allow."""
        return "smtp" if self.kind == self.Kind.SMTP else "graph"


class IncomingMailAccount(models.Model):
    """A mailbox that is read; the words of its settings are Web Help Desk's."""

    class State(models.TextChoices):
        """How reading goes. The connection has its own state beside it."""

        NEVER_READ = "never_read", "Not read yet"
        WORKING = "working", "Working"
        TRYING = "trying", "Trying again"
        NEEDS_PERSON = "needs_person", "Needs you"

    email_address = models.EmailField("E-Mail Address", max_length=254, unique=True)
    account_type = models.CharField(
        "Account Type", max_length=20, choices=AccountType, default=AccountType.MICROSOFT_365
    )
    authentication_mode = models.CharField(
        "Authentication Mode",
        max_length=20,
        choices=AuthenticationMode,
        default=AuthenticationMode.OAUTH_PERSON,
    )
    connection = models.ForeignKey(
        Connection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incoming_accounts",
    )
    imap_host = models.CharField("IMAP Server", max_length=253, blank=True, default="")
    imap_port = models.PositiveIntegerField("IMAP Port", default=993)
    imap_security = models.CharField(
        "Security",
        max_length=10,
        choices=OutgoingMailAccount.Security,
        default=OutgoingMailAccount.Security.TLS,
    )
    imap_username = models.CharField("User Name", max_length=254, blank=True, default="")
    imap_password = EncryptedTextField("Password", blank=True, default="")
    outgoing_account = models.ForeignKey(
        OutgoingMailAccount,
        on_delete=models.PROTECT,
        null=True,
        verbose_name="Outgoing Mail Account",
        related_name="incoming_accounts",
    )
    tech_group = models.ForeignKey(
        TechGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="Tech Group",
        related_name="incoming_accounts",
    )
    request_type = models.ForeignKey(
        RequestType,
        on_delete=models.PROTECT,
        null=True,
        verbose_name="Request Type",
        related_name="incoming_accounts",
    )
    after_processing = models.CharField(
        "After processing",
        max_length=20,
        choices=AfterProcessing,
        default=AfterProcessing.MARK_READ,
    )
    folder = models.CharField("Folder", max_length=200, blank=True, default="")
    allow_auto_submitted = models.BooleanField("Allow Auto-submitted E-Mail", default=False)
    is_enabled = models.BooleanField("Enable E-Mail Tickets", default=False)

    own_addresses = models.JSONField(default=list, blank=True)
    cursor = models.TextField(blank=True, default="")
    state = models.CharField(max_length=20, choices=State, default=State.NEVER_READ)
    state_since = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")
    remedy = models.TextField(blank=True, default="")
    problem_code = models.CharField(max_length=LONGEST_CODE, blank=True, default="")
    problem_raw = models.TextField(blank=True, default="")
    failures = models.PositiveIntegerField(default=0)
    first_read_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)
    last_mail_at = models.DateTimeField(null=True, blank=True)
    next_read_at = models.DateTimeField(null=True, blank=True)
    reading_until = models.DateTimeField(null=True, blank=True)
    reading_by = models.CharField(max_length=43, blank=True, default="")

    def __str__(self) -> str:
        return self.email_address

    @property
    def uses_connection(self) -> bool:
        """Say whether it signs in by OAuth; only IMAP knows passwords."""
        return not (
            self.account_type == AccountType.IMAP
            and self.authentication_mode == AuthenticationMode.PASSWORD
        )

    @property
    def protocol(self) -> str:
        """The protocol that its connection must allow."""
        return "imap" if self.account_type == AccountType.IMAP else "graph"
