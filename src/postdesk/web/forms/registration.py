"""The part of a mail account's form that describes the application at the provider."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from postdesk.base.hosts import is_loopback
from postdesk.connections.models import Connection
from postdesk.connections.queries import offered_clouds
from postdesk.connections.registering import Registration
from postdesk.web.forms.credentials import CredentialFields, TypedCredential
from postdesk.web.forms.refreshing import refreshes
from postdesk.web.forms.registration_choice import (
    MODES,
    MODES_OF,
    NEW,
    Provider,
    RegistrationChoice,
    WayIn,
)
from postdesk.web.forms.words import is_host, is_plain, is_tenant

_MANY_TENANTS = frozenset({"common", "organizations", "consumers"})
_MODE_HELP = {
    WayIn.PERSON: "Somebody signs in once in this browser. It needs https, or localhost.",
    WayIn.DEVICE: "Somebody types a code at Microsoft, on any device. It needs neither a public "
    "address nor https. Some organizations forbid it.",
    WayIn.APPLICATION: "Nobody signs in, so no password or leaving can end it. An "
    "administrator sets it up once.",
}
_UPLOADS = ("certificate_file", "google_key_file")
_ONE_WAY = (*_UPLOADS, "certificate_passphrase", "google_key_text")  # typed once, never echoed


class RegistrationFields(RegistrationChoice, CredentialFields):
    """Provider, Authentication Mode and what was registered; or the connection of another account.

    ``own`` is the connection that the account has now, or None. What the chosen provider and mode
    do not use stays out of sight and is not stored.
    """

    connection = forms.ChoiceField(
        label="Connection",
        help_text="One registration and sign-in can serve several mailboxes.",
        widget=forms.Select(attrs=refreshes("registration")),
    )
    provider = forms.ChoiceField(
        label="Provider",
        choices=Provider.choices,
        required=False,
        widget=forms.Select(attrs=refreshes("registration")),
    )
    way_in = forms.ChoiceField(
        label="Authentication Mode",
        required=False,
        widget=forms.Select(attrs=refreshes("registration")),
    )
    cloud = forms.ChoiceField(
        label="Cloud",
        required=False,
        widget=forms.Select(attrs=refreshes("registration")),
    )
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
    authorize_endpoint = forms.CharField(
        label="Authorization endpoint",
        max_length=500,
        required=False,
        help_text="Where people sign in, as https://login.example.com/oauth2/authorize.",
        widget=forms.TextInput(attrs={"class": "input mono", "spellcheck": "false"}),
    )
    token_endpoint = forms.CharField(
        label="Token endpoint",
        max_length=500,
        required=False,
        help_text="Where tokens are given, as https://login.example.com/oauth2/token.",
        widget=forms.TextInput(attrs={"class": "input mono", "spellcheck": "false"}),
    )
    scopes_typed = forms.CharField(
        label="Scopes",
        max_length=2000,
        required=False,
        help_text="What the provider calls access to mail, separated by spaces; with what it wants "
        "for lasting access, often offline_access.",
        widget=forms.Textarea(attrs={"class": "mono", "rows": 2, "spellcheck": "false"}),
    )
    exchange_host = forms.CharField(
        label="Exchange host",
        max_length=253,
        required=False,
        help_text="Leave empty unless Microsoft told you another server for your cloud.",
        widget=forms.TextInput(attrs={"class": "input mono", "spellcheck": "false"}),
    )
    for_shared_mailbox = forms.BooleanField(
        label="Yes, someone else signs in for it",
        required=False,
        help_text="The person who signs in needs Full Access and Send As on this mailbox. It needs "
        "no licence of its own.",
        widget=forms.CheckboxInput(attrs=refreshes("registration")),
    )

    needs_key = False  # whether “Make a key pair” was pressed

    def prepare_registration(self, own: Connection | None) -> None:
        """Offer the connections and clouds that exist, and start from those of the account."""
        self.own = own
        others = Connection.objects.exclude(pk__in=[own.pk] if own else []).order_by("pk")
        self.others = {str(row.pk): row for row in others.prefetch_related(*_USERS)}
        for name, value in self._stored_values().items():
            self.initial.setdefault(name, value)
        self._choices("connection").choices = self._connections()
        self._choices("cloud").choices = self._clouds()
        modes = MODES_OF[self.chosen_provider]
        self._choices("way_in").choices = [(mode.value, MODES[mode]) for mode in modes]
        self.fields["way_in"].help_text = _MODE_HELP[self.chosen_way_in]
        self.prepare_credential(None if self.is_new else own)

    @property
    def unused(self) -> list[forms.BoundField]:
        """The fields that the choice does not show; what was typed into them stays."""
        shown = {"connection", *self.shown_fields()}
        names = [name for name in _ALL if name not in shown and name not in _ONE_WAY]
        return [self[name] for name in names]

    def mail_protocols(self) -> tuple[str, ...]:
        """Return which protocols the account speaks, for which the sign-in has to be good."""
        return ("graph",)

    def clean_provider(self) -> str:
        """Take the first where none was sent."""
        return str(self.cleaned_data["provider"] or Provider.MICROSOFT)

    def clean_way_in(self) -> str:
        """Take the mode that is shown: another provider may not have the one before."""
        return self.chosen_way_in.value

    def clean_cloud(self) -> str:
        """Where nothing was sent, keep the stored cloud or take the first."""
        stored = self.own.cloud if self.own else self._clouds()[0][0]
        return str(self.cleaned_data["cloud"] or stored)

    def clean_tenant_id(self) -> str:
        """Accept a GUID or a domain; the application is single tenant."""
        tenant = str(self.cleaned_data["tenant_id"]).strip()
        if tenant.lower() in _MANY_TENANTS:
            raise forms.ValidationError(
                f"“{tenant}” stands for many tenants. Enter the Directory (tenant) ID of yours."
            )
        if tenant and not is_tenant(tenant):
            raise forms.ValidationError(
                "A Tenant ID is a GUID, or a domain of the tenant as contoso.onmicrosoft.com."
            )
        return tenant

    def clean_client_id(self) -> str:
        """Accept anything without space or control characters."""
        client = str(self.cleaned_data["client_id"]).strip()
        if not is_plain(client):
            raise forms.ValidationError("A Client ID has no spaces inside. Copy it again.")
        return client

    def clean_authorize_endpoint(self) -> str:
        """Accept a whole address."""
        return _endpoint(self.cleaned_data["authorize_endpoint"])

    def clean_token_endpoint(self) -> str:
        """Accept a whole address."""
        return _endpoint(self.cleaned_data["token_endpoint"])

    def clean_exchange_host(self) -> str:
        """Accept a bare host name."""
        host = str(self.cleaned_data["exchange_host"]).strip().lower()
        if host and not is_host(host):
            raise forms.ValidationError("Only the name of the server, as outlook.office365.us.")
        return host

    def check_registration(self) -> None:
        """Demand what a registration needs, unless another account's connection is chosen."""
        if self.cleaned_data.get("connection") in self.others:
            return
        for name in self.needed_fields():
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, f"Enter the {self.fields[name].label}.")
        if not self.is_microsoft and "graph" in self.mail_protocols():
            self.add_error("provider", "Only Microsoft has Graph. Choose IMAP or SMTP above.")
        kept = self._kept_credential()
        if self.is_service_account:
            self.check_service_account(is_kept=kept)
        elif self.has_certificate:
            self.check_certificate(is_kept=kept)
        elif self.has_secret:
            self.check_secret(is_kept=kept)

    def chosen_connection(self) -> Connection | None:
        """Return the stored connection that was chosen, or None for a new registration."""
        choice = str(self.cleaned_data["connection"])
        return self.others.get(choice) or (None if choice == NEW else self.own)

    def registration(self) -> Registration | None:
        """Return what was typed, or None when another account's connection is used as it is."""
        if self.cleaned_data["connection"] in self.others:
            return None
        data, shown = self.cleaned_data, self.shown_fields()
        typed = {name: data[name] if name in shown else "" for name in _PLAIN}
        credential = self._typed_credential()
        if self.service_account is not None:
            typed["client_id"] = self.service_account.client_email
        elif self.is_service_account and self.own is not None:
            typed["client_id"] = self.own.client_id
        return Registration(
            **typed,
            provider=self.chosen_provider.value,
            way_in=self.chosen_way_in.value,
            proof=self.chosen_proof.value,
            cloud=data["cloud"],
            protocols=self.mail_protocols(),
            for_shared_mailbox=data["for_shared_mailbox"] and not self.is_application,
            client_secret=credential.client_secret,
            secret_ends_on=credential.secret_ends_on,
            certificate_pem=credential.certificate_pem,
            private_key=credential.private_key,
            key_id=credential.key_id,
            certificate_ends_at=credential.certificate_ends_at,
        )

    def typed_values(self) -> dict[str, Any]:
        """Return everything typed, without uploads and what is typed once only."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
            if name not in _ONE_WAY
        }

    def _typed_credential(self) -> TypedCredential:
        if self.is_service_account:
            return self.typed_service_account()
        if self.has_certificate:
            return self.typed_key(self.own)
        return self.typed_secret() if self.has_secret else TypedCredential()

    def _kept_credential(self) -> bool:
        """Say whether a credential of the chosen kind is stored and stays."""
        own = self.own
        if own is None or self.cleaned_data.get("connection") == NEW:
            return False
        if self.is_service_account:
            return own.provider == Provider.GOOGLE and bool(own.private_key)
        if self.has_certificate:
            return bool(own.certificate_pem and own.private_key)
        return bool(own.client_secret)

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
        plain = {name: getattr(self.own, name) for name in (*_PLAIN, *_CHOSEN)}
        return {
            **plain,
            "connection": str(self.own.pk),
            "secret_ends_on": self.own.secret_ends_on,
            "secret_end_unknown": self.own.secret_ends_on is None,
            "for_shared_mailbox": self.own.for_shared_mailbox,
        }


_USERS = ("incoming_accounts", "outgoing_accounts")
_PLAIN = (
    "tenant_id", "client_id", "exchange_host", "authorize_endpoint", "token_endpoint",
    "scopes_typed",
)  # fmt: skip
_CHOSEN = ("provider", "way_in", "proof", "cloud")
_ALL = tuple(RegistrationFields.base_fields)


def _endpoint(given: object) -> str:
    """Return the address; raises ValidationError unless it is one that keeps a secret."""
    address = str(given).strip()
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    )
    if address and (not is_safe or not parts.hostname or not is_plain(address)):
        raise forms.ValidationError("Enter the whole address, beginning with https://.")
    return address


def _users(connection: Connection) -> str:
    users = [*connection.incoming_accounts.all(), *connection.outgoing_accounts.all()]
    return ", ".join(sorted({str(user) for user in users})) or "no account"
