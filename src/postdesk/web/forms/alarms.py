"""The form of Setup > E-Mail > Alarms."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from postdesk.base.hosts import is_loopback
from postdesk.base.ids import hash_token
from postdesk.directory.models import Tech
from postdesk.directory.queries import techs
from postdesk.mail.queries import own_addresses
from postdesk.site.models import AlarmSettings
from postdesk.web.forms.web_address import read_web_address

if TYPE_CHECKING:
    SettingsForm = forms.ModelForm[AlarmSettings]
else:
    SettingsForm = forms.ModelForm

_SAVED = "Saved. Type to replace it"
_SHORTEST_SECRET = 16
_NO_URL = "Write it as https://hooks.example.com/postdesk."
_TECHS = ("alarm_techs", "warning_techs")
_ADDRESSES = ("alarm_addresses", "warning_addresses")
_OWN = "{} is a mailbox of this desk: an alarm sent there would become a ticket, or wait in it."


def _techs_field() -> "forms.ModelMultipleChoiceField[Tech]":
    return forms.ModelMultipleChoiceField(
        label="Techs",
        queryset=Tech.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def _addresses_field() -> forms.CharField:
    return forms.CharField(
        label="Further addresses",
        required=False,
        help_text="One a line, as of an on-call service.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono", "autocomplete": "off"}),
    )


def _secret_field(label: str, help_text: str) -> forms.CharField:
    widget = forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"})
    return forms.CharField(
        label=label, max_length=500, required=False, help_text=help_text, widget=widget
    )


class AlarmForm(SettingsForm):
    """Who is told, and the ways out that need no mailbox of the desk. Secrets are write-only."""

    alarm_techs = _techs_field()
    alarm_addresses = _addresses_field()
    warning_techs = _techs_field()
    warning_addresses = _addresses_field()
    repeat_hours = forms.IntegerField(
        label="Repeat every",
        min_value=1,
        max_value=168,
        help_text="Hours until an alarm is told again, unless somebody acknowledged it.",
    )
    smtp_password = _secret_field("Password", "Kept encrypted and never shown again.")
    webhook_url = forms.CharField(
        label="URL",
        max_length=2000,
        required=False,
        help_text="Each alarm, warning and notice is posted there as JSON. Kept encrypted.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    webhook_secret = _secret_field(
        "Secret", "Signs each post (HMAC-SHA256), so that the receiver knows it comes from here."
    )
    metrics_token = _secret_field(
        "Token for /metrics",
        "Prometheus shows it as a bearer token. Without one, only this machine may read /metrics.",
    )
    forget_metrics_token = forms.BooleanField(label="Remove the stored token", required=False)

    class Meta:
        """What stands in the table as it is typed."""

        model = AlarmSettings
        fields = (
            "alarms_to_administrators", "warnings_to_administrators", "repeat_hours",
            "smtp_address", "smtp_host", "smtp_port", "smtp_security", "smtp_username",
        )  # fmt: skip
        widgets = {
            "smtp_username": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }
        help_texts = {
            "smtp_address": "Alarms come from this address.",
            "smtp_host": "One that works when the mailboxes do not: another provider, a relay.",
            "smtp_username": "Leave empty for a server that asks for none.",
        }

    def __init__(self, data: Mapping[str, Any] | None, *, instance: AlarmSettings) -> None:
        stored = instance
        self.stored = {
            "smtp_host": stored.smtp_host,
            "smtp_password": stored.smtp_password,
            "webhook_secret": stored.webhook_secret,
            "metrics_token": stored.metrics_token_hash,
        }
        initial = {
            **{name: getattr(stored, name) for name in _TECHS},
            **{name: "\n".join(getattr(stored, name)) for name in _ADDRESSES},
            "webhook_url": stored.webhook_url,
        }
        super().__init__(data, initial=initial, instance=instance)
        for name in _TECHS:
            offered = techs().filter(Q(is_active=True) | Q(pk__in=getattr(stored, name)))
            self.fields[name].queryset = offered  # type: ignore[attr-defined]  # a choice field
        for name in ("smtp_password", "webhook_secret", "metrics_token"):
            if self.stored[name]:
                self.fields[name].widget.attrs["placeholder"] = _SAVED
        if not self.stored["metrics_token"]:
            del self.fields["forget_metrics_token"]
        self.fields["smtp_port"].required = False
        self.fields["smtp_security"].required = False

    def clean_alarm_addresses(self) -> list[str]:
        """Return the addresses, lower-case."""
        return _read_addresses(self.cleaned_data["alarm_addresses"])

    def clean_warning_addresses(self) -> list[str]:
        """Return the addresses, lower-case."""
        return _read_addresses(self.cleaned_data["warning_addresses"])

    def clean_smtp_host(self) -> str:
        """Accept a bare host name or address."""
        host = str(self.cleaned_data["smtp_host"]).strip()
        if any(mark in host for mark in "/@ "):
            raise ValidationError("Only the name of the server, as smtp.example.com.")
        return host

    def clean_webhook_url(self) -> str:
        """Take https anywhere, and http on this machine."""
        text = str(self.cleaned_data["webhook_url"]).strip()
        if not text:
            return ""
        parts = read_web_address(text)
        if parts is None:
            raise ValidationError(_NO_URL)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValidationError("Plain http is for this machine only. Use https.")
        return text

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields."""
        super().clean()
        for kind in ("alarm", "warning"):
            self._check_somebody(kind)
        self._check_server()
        self._check_tokens()
        return self.cleaned_data

    def values(self) -> dict[str, object]:
        """Return what is to be stored; call it on a valid form."""
        data = dict(self.cleaned_data)
        for name in _TECHS:
            data[name] = [tech.pk for tech in data[name]]
        token = data.pop("metrics_token", "")
        if data.pop("forget_metrics_token", False):
            data["metrics_token_hash"] = ""
        elif token:
            data["metrics_token_hash"] = hash_token(token)
        data["smtp_password"] = self._kept("smtp_password") if data["smtp_username"] else ""
        data["webhook_secret"] = self._kept("webhook_secret") if data["webhook_url"] else ""
        return data

    def changed_labels(self) -> list[str]:
        """Return the labels of what was changed, for the audit; values stay out of it."""
        return list(dict.fromkeys(str(self.fields[name].label) for name in self.changed_data))

    def _kept(self, name: str) -> str:
        return str(self.cleaned_data[name] or self.stored[name])

    def _check_somebody(self, kind: str) -> None:
        data = self.cleaned_data
        names = (f"{kind}s_to_administrators", f"{kind}_techs", f"{kind}_addresses")
        if not any(data.get(name) for name in names) and f"{kind}_addresses" not in self.errors:
            self.add_error(f"{kind}s_to_administrators", "Somebody has to be told.")

    def _check_server(self) -> None:
        data = self.cleaned_data
        data["smtp_port"] = data.get("smtp_port") or 587
        data["smtp_security"] = data.get("smtp_security") or AlarmSettings.Security.STARTTLS
        host, address = data.get("smtp_host", ""), data.get("smtp_address", "")
        if host and not address and "smtp_address" not in self.errors:
            self.add_error("smtp_address", "Enter the address that alarms come from.")
        if address and not host and "smtp_host" not in self.errors:
            self.add_error("smtp_host", "Name the SMTP server, or remove the address.")
        if not 1 <= data["smtp_port"] <= 65535 and "smtp_port" not in self.errors:
            self.add_error("smtp_port", "A port is a number from 1 to 65535; 587 is usual.")
        self._check_password(host)

    def _check_password(self, host: str) -> None:
        """A stored password goes only to the server that it was typed for, and never in clear."""
        data = self.cleaned_data
        if not data.get("smtp_username"):
            return
        if not data.get("smtp_password"):
            if not self.stored["smtp_password"]:
                self.add_error("smtp_password", "Enter the password of this user.")
            elif host and self.stored["smtp_host"] != host:
                self.add_error("smtp_password", "The server changed: type the password again.")
        if data["smtp_security"] == AlarmSettings.Security.NONE and not is_loopback(host):
            self.add_error(
                "smtp_security", "The password would travel unprotected. Choose STARTTLS or TLS."
            )

    def _check_tokens(self) -> None:
        data = self.cleaned_data
        if data.get("webhook_url") and not self._kept("webhook_secret"):
            self.add_error("webhook_secret", "Enter a secret that the receiver knows as well.")
        for name in ("webhook_secret", "metrics_token"):
            typed = data.get(name)
            if typed and len(typed) < _SHORTEST_SECRET:
                self.add_error(
                    name, f"At least {_SHORTEST_SECRET} characters, so that nobody guesses it."
                )


def _read_addresses(text: str) -> list[str]:
    typed = text.replace(",", "\n").replace(";", "\n").split("\n")
    found = [line.strip().lower() for line in typed if line.strip()]
    ours = own_addresses()
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(f"{address} is no e-mail address.") from error
        if address in ours:
            raise ValidationError(_OWN.format(address))
    return list(dict.fromkeys(found))
