"""The part of the registration that proves who the application is: secret, certificate, key."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django import forms
from django.utils import timezone

from postdesk.base import clock
from postdesk.connections.certificates import (
    LONGEST_UPLOAD,
    KeyPair,
    KeyRefused,
    ServiceAccountKey,
    read_key_pair,
    read_service_account,
)
from postdesk.connections.models import Connection
from postdesk.web.forms.refreshing import refreshes
from postdesk.web.forms.words import is_guid

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

Proof = Connection.Proof
SAVED = "Saved. Type to replace it"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCredential:
    """What a registration takes of a credential; empty parts keep the stored one."""

    client_secret: str = field(default="", repr=False)
    secret_ends_on: date | None = None
    certificate_pem: str = ""
    private_key: str = field(default="", repr=False)
    key_id: str = ""
    certificate_ends_at: datetime | None = None


class CredentialFields(forms.Form):
    """Client Secret with its end, a certificate with its key, or the key of a service account."""

    proof = forms.ChoiceField(
        label="Credential",
        choices=Proof.choices,
        required=False,
        help_text="A certificate cannot be mistyped or read over a shoulder, and may last longer.",
        widget=forms.Select(attrs=refreshes("registration")),
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
    certificate_file = forms.FileField(
        label="Or upload one",
        required=False,
        allow_empty_file=True,
        help_text="A PEM file with the certificate and its private key. The key is kept encrypted "
        "and never shown again.",
        widget=forms.FileInput(attrs={"class": "input", "accept": ".pem,.crt,.cer,.key"}),
    )
    certificate_passphrase = forms.CharField(
        label="Passphrase",
        max_length=500,
        required=False,
        strip=False,
        help_text="Of the private key in the file, if it has one. It is used once and not kept.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    google_key_file = forms.FileField(
        label="JSON key",
        required=False,
        allow_empty_file=True,
        help_text="The file that Google gave for the service account.",
        widget=forms.FileInput(attrs={"class": "input", "accept": ".json,application/json"}),
    )
    google_key_text = forms.CharField(
        label="Or paste it",
        max_length=LONGEST_UPLOAD,
        required=False,
        help_text="Its private key is kept encrypted and never shown again.",
        widget=forms.Textarea(
            attrs={"class": "mono", "rows": 3, "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    key_pair: KeyPair | None = None
    service_account: ServiceAccountKey | None = None

    def prepare_credential(self, own: Connection | None) -> None:
        """Say what is stored, without showing it."""
        if own is not None and own.client_secret:
            self.fields["client_secret"].widget.attrs["placeholder"] = SAVED

    def clean_client_secret(self) -> str:
        """Recognise the usual mistake: the secret's ID was copied, not its value."""
        secret = str(self.cleaned_data["client_secret"]).strip()
        if is_guid(secret):
            raise forms.ValidationError(
                "This is the Secret ID. Copy the column Value instead; Microsoft shows it only "
                "once, so make a new secret if it is hidden now."
            )
        return secret

    def check_secret(self, *, is_kept: bool) -> None:
        """Demand a secret and its end; ``is_kept`` says that one is stored."""
        typed = self.cleaned_data.get("client_secret")
        if not typed and not is_kept and "client_secret" not in self.errors:
            self.add_error("client_secret", "Enter the Client Secret.")
        ends_on = self.cleaned_data.get("secret_ends_on")
        if self.cleaned_data.get("secret_end_unknown") or "secret_ends_on" in self.errors:
            return
        if ends_on is None:
            self.add_error("secret_ends_on", "Enter the day, or tick “I do not know when it ends”.")
        elif ends_on < timezone.localdate() and typed:
            self.add_error(
                "secret_ends_on", "This day is past. Make a new secret at Microsoft first."
            )

    def check_certificate(self, *, is_kept: bool) -> None:
        """Read the uploaded key pair, or demand one."""
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("certificate_file")
        if upload is None:
            if not is_kept:
                self.add_error(
                    "certificate_file",
                    "Press “Make a key pair”, or choose a PEM file with certificate and key.",
                )
            return
        try:
            self.key_pair = read_key_pair(
                _octets_of(upload),
                passphrase=self.cleaned_data.get("certificate_passphrase", ""),
                now=clock.now(),
            )
        except KeyRefused as refused:
            self.add_error("certificate_file", str(refused))

    def check_service_account(self, *, is_kept: bool) -> None:
        """Read the key of a service account, or demand one."""
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("google_key_file")
        text = self.cleaned_data.get("google_key_text", "")
        if upload is None and not text:
            if not is_kept:
                self.add_error("google_key_file", "Choose the JSON key, or paste it below.")
            return
        place = "google_key_file" if upload else "google_key_text"
        try:
            given = _octets_of(upload).decode("utf-8", "replace") if upload else text
            self.service_account = read_service_account(given)
        except KeyRefused as refused:
            self.add_error(place, str(refused))

    def typed_secret(self) -> TypedCredential:
        """Return the secret that was typed, with its end."""
        is_unknown = self.cleaned_data["secret_end_unknown"]
        return TypedCredential(
            client_secret=self.cleaned_data["client_secret"],
            secret_ends_on=None if is_unknown else self.cleaned_data["secret_ends_on"],
        )

    def typed_key(self, own: Connection | None) -> TypedCredential:
        """Return the key pair that was uploaded; without one the stored one stays."""
        if self.key_pair is None:
            return TypedCredential(secret_ends_on=own.secret_ends_on if own else None)
        return TypedCredential(
            secret_ends_on=own.secret_ends_on if own else None,
            certificate_pem=self.key_pair.certificate_pem,
            private_key=self.key_pair.private_key,
            certificate_ends_at=self.key_pair.ends_at,
        )

    def typed_service_account(self) -> TypedCredential:
        """Return the key of the service account, empty to keep the stored one."""
        if self.service_account is None:
            return TypedCredential()
        return TypedCredential(
            private_key=self.service_account.private_key, key_id=self.service_account.key_id
        )


def _octets_of(upload: "UploadedFile[bytes]") -> bytes:
    if upload.size is not None and upload.size > LONGEST_UPLOAD:
        raise KeyRefused("The file is far too large for a key. Choose another one.")
    return bytes(upload.read())
