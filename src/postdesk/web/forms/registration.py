"""The part of a mail account's form that describes the application at Microsoft."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from postdesk.connections.models import Connection
from postdesk.connections.queries import offered_clouds
from postdesk.mail.accounts import Registration
from postdesk.web.forms.refreshing import refreshes

NEW = "new"
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_TENANT = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*", re.ASCII)
_MANY_TENANTS = frozenset({"common", "organizations", "consumers"})
_SAVED = "Saved. Type to replace it"


class RegistrationFields(forms.Form):
    """Cloud, Tenant ID, Client ID, Client Secret and its end; or the connection of another account.

    ``own`` is the connection that the account has now, or None.
    """

    connection = forms.ChoiceField(
        label="Connection",
        help_text="One registration and sign-in can serve several mailboxes.",
        widget=forms.Select(attrs=refreshes("registration")),
    )
    cloud = forms.ChoiceField(label="Cloud", required=False)
    tenant_id = forms.CharField(
        label="Tenant ID",
        max_length=200,
        required=False,
        help_text="Directory (tenant) ID of the registration, or a verified domain of the tenant.",
        widget=forms.TextInput(attrs={"class": "input mono", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label="Client ID",
        max_length=200,
        required=False,
        help_text="Application (client) ID of the registration.",
        widget=forms.TextInput(attrs={"class": "input mono", "spellcheck": "false"}),
    )
    client_secret = forms.CharField(
        label="Client Secret",
        max_length=500,
        required=False,
        help_text="The Value, not the Secret ID. Kept encrypted and never shown again.",
        widget=forms.PasswordInput(
            render_value=True, attrs={"class": "input mono", "autocomplete": "off"}
        ),
    )
    secret_ends_on = forms.DateField(
        label="Secret ends on",
        required=False,
        help_text="Copy the date from Microsoft. The list of accounts warns 60 days before.",
        widget=forms.DateInput(attrs={"type": "date", "class": "input num"}, format="%Y-%m-%d"),
    )
    secret_end_unknown = forms.BooleanField(label="I do not know when it ends", required=False)
    for_shared_mailbox = forms.BooleanField(
        label="Yes, someone else signs in for it",
        required=False,
        help_text="The person who signs in needs Full Access and Send As on this mailbox. It needs "
        "no licence of its own.",
    )

    def prepare_registration(self, own: Connection | None) -> None:
        """Offer the connections and clouds that exist, and start from those of the account."""
        self.own = own
        others = Connection.objects.exclude(pk__in=[own.pk] if own else []).order_by("pk")
        self.others = {str(row.pk): row for row in others.prefetch_related(*_USERS)}
        self._choices("connection").choices = self._connections()
        self._choices("cloud").choices = self._clouds()
        if own is not None and own.client_secret:
            self.fields["client_secret"].widget.attrs["placeholder"] = _SAVED
        for name, value in self._stored_values().items():
            self.initial.setdefault(name, value)

    @property
    def is_of_another(self) -> bool:
        """Say whether the connection of another account is chosen."""
        return str(self["connection"].value()) in self.others

    @property
    def has_choice(self) -> bool:
        """Say whether there is more than one connection to choose from."""
        return len(self._connections()) > 1

    @property
    def is_one_cloud(self) -> bool:
        """Say whether there is nothing to choose."""
        return len(self._clouds()) == 1

    @property
    def cloud_name(self) -> str:
        """The name of the first cloud offered."""
        return self._clouds()[0][1]

    def clean_cloud(self) -> str:
        """Where there is nothing to choose, keep the stored cloud or take the only one."""
        stored = self.own.cloud if self.own else self._clouds()[0][0]
        return str(self.cleaned_data["cloud"] or stored)

    def clean_tenant_id(self) -> str:
        """Accept a GUID or a domain; the application is single tenant."""
        tenant = str(self.cleaned_data["tenant_id"]).strip()
        if tenant.lower() in _MANY_TENANTS:
            raise forms.ValidationError(
                f"“{tenant}” stands for many tenants. Enter the Directory (tenant) ID of yours."
            )
        if tenant and not _TENANT.fullmatch(tenant):
            raise forms.ValidationError(
                "A Tenant ID is a GUID, or a domain of the tenant as contoso.onmicrosoft.com."
            )
        return tenant

    def clean_client_id(self) -> str:
        """Accept anything without space or control characters."""
        client = str(self.cleaned_data["client_id"]).strip()
        if any(mark.isspace() or not mark.isprintable() for mark in client):
            raise forms.ValidationError("A Client ID has no spaces inside. Copy it again.")
        return client

    def clean_client_secret(self) -> str:
        """Recognise the usual mistake: the secret's ID was copied, not its value."""
        secret = str(self.cleaned_data["client_secret"]).strip()
        if _GUID.fullmatch(secret):
            raise forms.ValidationError(
                "This is the Secret ID. Copy the column Value instead; Microsoft shows it only "
                "once, so make a new secret if it is hidden now."
            )
        return secret

    def check_registration(self) -> None:
        """Demand what a registration needs, unless another account's connection is chosen."""
        if self.cleaned_data.get("connection") in self.others:
            return
        for name in ("tenant_id", "client_id"):
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, f"Enter the {self.fields[name].label}.")
        has_secret = self.cleaned_data.get("client_secret") or self._keeps_secret()
        if not has_secret and "client_secret" not in self.errors:
            self.add_error("client_secret", "Enter the Client Secret.")
        self._check_end(self.cleaned_data.get("secret_ends_on"))

    def chosen_connection(self) -> Connection | None:
        """Return the stored connection that was chosen, or None for a new registration."""
        choice = str(self.cleaned_data["connection"])
        return self.others.get(choice) or (None if choice == NEW else self.own)

    def registration(self) -> Registration | None:
        """Return what was typed, or None when another account's connection is used as it is."""
        if self.cleaned_data["connection"] in self.others:
            return None
        typed = Registration(
            cloud=self.cleaned_data["cloud"],
            tenant_id=self.cleaned_data["tenant_id"],
            client_id=self.cleaned_data["client_id"],
            client_secret=self.cleaned_data["client_secret"],
            for_shared_mailbox=self.cleaned_data["for_shared_mailbox"],
        )
        if self.cleaned_data["secret_end_unknown"]:
            return typed
        return replace(typed, secret_ends_on=self.cleaned_data["secret_ends_on"])

    def _check_end(self, ends_on: date | None) -> None:
        if self.cleaned_data.get("secret_end_unknown") or "secret_ends_on" in self.errors:
            return
        if ends_on is None:
            self.add_error("secret_ends_on", "Enter the day, or tick “I do not know when it ends”.")
        elif ends_on < timezone.localdate() and self.cleaned_data.get("client_secret"):
            self.add_error(
                "secret_ends_on", "This day is past. Make a new secret at Microsoft first."
            )

    def _keeps_secret(self) -> bool:
        chosen = self.cleaned_data.get("connection")
        return chosen != NEW and self.own is not None and bool(self.own.client_secret)

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        return field

    def _connections(self) -> list[tuple[str, str]]:
        own = [(str(self.own.pk), f"This one: {self.own}")] if self.own else []
        others = [(pk, f"{row}, also used by {_users(row)}") for pk, row in self.others.items()]
        return [*own, (NEW, "New registration"), *others]

    def _clouds(self) -> list[tuple[str, str]]:
        return list(offered_clouds())

    def _stored_values(self) -> dict[str, Any]:
        if self.own is None:
            return {"connection": NEW, "cloud": self._clouds()[0][0]}
        return {
            "connection": str(self.own.pk),
            "cloud": self.own.cloud,
            "tenant_id": self.own.tenant_id,
            "client_id": self.own.client_id,
            "secret_ends_on": self.own.secret_ends_on,
            "secret_end_unknown": self.own.secret_ends_on is None,
            "for_shared_mailbox": self.own.for_shared_mailbox,
        }


_USERS = ("incoming_accounts", "outgoing_accounts")


def _users(connection: Connection) -> str:
    users = [*connection.incoming_accounts.all(), *connection.outgoing_accounts.all()]
    return ", ".join(sorted({str(user) for user in users})) or "no account"
