"""The table behind "Ask my Microsoft administrator"."""

from django.conf import settings
from django.db import models

LONGEST_NOTE = 2000


class AdministratorRequest(models.Model):
    """A link that somebody without an account here may use, for one connection, until it ends.

    The newest one of a connection alone is good. ``token_hash`` is what is left of the link;
    ``consent_hash`` that of the state which the provider's page of admin consent brings back.
    """

    class Consent(models.TextChoices):
        """What came back from the provider's page of admin consent."""

        NONE = "", "Nothing yet"
        GRANTED = "granted", "Granted"
        DECLINED = "declined", "Declined"
        ELSEWHERE = "elsewhere", "Granted in another tenant"

    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="administrator_requests"
    )
    mailbox = models.CharField(max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    consent_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    consent = models.CharField(max_length=10, choices=Consent, blank=True, default="")
    consent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"request of {self.created_at:%Y-%m-%d %H:%M} for {self.mailbox}"
