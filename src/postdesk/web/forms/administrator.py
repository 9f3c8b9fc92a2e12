"""The drop box of the administrator's page, and the question that a new mailbox begins with."""

from typing import Any

from django import forms
from django.utils import timezone

from postdesk.connections.administrator_models import LONGEST_NOTE
from postdesk.connections.asking_administrator import Delivery, DeliveryRefused
from postdesk.connections.models import Connection
from postdesk.connections.queries import offered_clouds
from postdesk.web.forms.credentials import CredentialFields
from postdesk.web.forms.registration import RegistrationFields

_MONO = {"class": "input mono", "spellcheck": "false", "autocomplete": "off"}


class DropBoxForm(forms.Form):
    """Tenant ID, Client ID, and a secret with its end or the word that the certificate is there."""

    tenant_id = forms.CharField(
        label="Tenant ID",
        max_length=200,
        help_text="Directory (tenant) ID.",
        widget=forms.TextInput(attrs=_MONO),
    )
    client_id = forms.CharField(
        label="Client ID",
        max_length=200,
        help_text="Application (client) ID.",
        widget=forms.TextInput(attrs=_MONO),
    )
    client_secret = forms.CharField(
        label="Client Secret",
        max_length=500,
        required=False,
        help_text="The Value, not the Secret ID. It is stored encrypted and never shown again.",
        widget=forms.PasswordInput(attrs=_MONO),
    )
    secret_ends_on = forms.DateField(
        label="Secret ends on",
        required=False,
        help_text="So that somebody is warned before mail stops.",
        widget=forms.DateInput(attrs={"type": "date", "class": "input num"}, format="%Y-%m-%d"),
    )
    uses_certificate = forms.BooleanField(
        label="I uploaded the certificate of this page",
        required=False,
    )
    note = forms.CharField(
        label="Note",
        max_length=LONGEST_NOTE,
        required=False,
        help_text="Optional. Read by whoever sent you the link. No passwords here, please.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    # What the account's own form accepts and recognises as a mistake, so does this one.
    clean_tenant_id = RegistrationFields.clean_tenant_id
    clean_client_id = RegistrationFields.clean_client_id
    clean_client_secret = CredentialFields.clean_client_secret

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        """Show what is known already of the registration; ids are no secret to who makes them."""
        super().__init__(*args, **kwargs)
        self.initial = {"tenant_id": connection.tenant_id, "client_id": connection.client_id}
        self._is_public = connection.way_in == Connection.WayIn.DEVICE
        is_certificate = connection.proof == Connection.Proof.CERTIFICATE
        if self._is_public or not (is_certificate and connection.certificate_pem):
            del self.fields["uses_certificate"]
        if self._is_public:
            del self.fields["client_secret"], self.fields["secret_ends_on"]

    def clean(self) -> dict[str, Any]:
        """Demand a proof, and the day on which a secret ends."""
        super().clean()
        data = self.cleaned_data
        if self._is_public:
            return data
        secret, ends_on = data.get("client_secret"), data.get("secret_ends_on")
        if not secret and not data.get("uses_certificate") and "client_secret" not in self.errors:
            self.add_error("client_secret", "Enter the Client Secret.")
        if secret and "secret_ends_on" not in self.errors:
            if ends_on is None:
                self.add_error("secret_ends_on", "Enter the day on which the secret ends.")
            elif ends_on < timezone.localdate():
                self.add_error("secret_ends_on", "This day is past. Make a new secret first.")
        return data

    def delivery(self) -> Delivery:
        """Return what was handed over; call it on a valid form."""
        data = self.cleaned_data
        return Delivery(
            tenant_id=data["tenant_id"],
            client_id=data["client_id"],
            client_secret=data.get("client_secret", ""),
            secret_ends_on=data.get("secret_ends_on"),
            uses_certificate=bool(data.get("uses_certificate")),
            note=data["note"],
        )

    def refuse(self, refused: DeliveryRefused) -> None:
        """Show why it was not taken."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


class AskFirstForm(forms.Form):
    """A mailbox of which nothing else is known yet."""

    email_address = forms.EmailField(
        label="E-Mail Address",
        max_length=254,
        help_text="The mailbox that the desk shall read.",
    )
    way_in = forms.ChoiceField(
        label="Authentication Mode",
        choices=[
            (Connection.WayIn.PERSON.value, "OAuth, signed in as a person"),
            (Connection.WayIn.APPLICATION.value, "OAuth as an application"),
            (Connection.WayIn.DEVICE.value, "OAuth, by a code on another device"),
        ],
    )
    cloud = forms.ChoiceField(label="Cloud", choices=offered_clouds)
    for_shared_mailbox = forms.BooleanField(
        label="It is a shared mailbox: another person signs in for it", required=False
    )
