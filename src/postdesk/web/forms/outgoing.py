"""The form of an Outgoing Mail Account."""

from typing import TYPE_CHECKING, Any

from django import forms

from postdesk.mail.models import OutgoingMailAccount
from postdesk.site.options import is_loopback
from postdesk.web.forms.refreshing import refreshes
from postdesk.web.forms.registration import RegistrationFields

if TYPE_CHECKING:
    from postdesk.mail.accounts import AccountRefused

    AccountForm = forms.ModelForm[OutgoingMailAccount]
else:
    AccountForm = forms.ModelForm

Kind = OutgoingMailAccount.Kind
_SAVED = "Saved. Type to replace it"


class OutgoingAccountForm(RegistrationFields, AccountForm):
    """Everything about one way out; the fields of the kind that is not chosen are ignored."""

    smtp_password = forms.CharField(
        label="Password",
        max_length=500,
        required=False,
        help_text="Kept encrypted and never shown again.",
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
    )
    test_to = forms.EmailField(
        label="Send a test to",
        required=False,
        help_text="A test really sends one short mail, with the settings as they stand above.",
    )

    class Meta:
        """Words of Web Help Desk; the connection and the password have fields of their own."""

        model = OutgoingMailAccount
        fields = (
            "email_address", "display_name", "kind", "smtp_host", "smtp_port", "smtp_security",
            "smtp_username",
        )  # fmt: skip
        widgets = {
            "kind": forms.Select(attrs=refreshes("way-out")),
            "smtp_username": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }
        help_texts = {
            "email_address": "Answers come from this address.",
            "display_name": "Stands before the address, as Service Desk <desk@example.com>.",
            "smtp_username": "Leave empty for a server that asks for none.",
        }
        error_messages = {
            "email_address": {
                "unique": "This is an Outgoing Mail Account already. Change that one."
            }
        }

    def __init__(self, *args: Any, is_test: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_test = is_test
        self.stored_host = self.instance.smtp_host
        self.stored_password = self.instance.smtp_password
        self.initial.setdefault("kind", Kind.MICROSOFT_365)
        self.prepare_registration(self.instance.connection)
        if self.stored_password:
            self.fields["smtp_password"].widget.attrs["placeholder"] = _SAVED
        if self.is_smtp:
            self.fields["connection"].required = False
        else:
            for name in ("smtp_port", "smtp_security"):
                self.fields[name].required = False

    @property
    def is_smtp(self) -> bool:
        """Say whether SMTP is chosen."""
        return str(self["kind"].value()) == Kind.SMTP

    def clean_email_address(self) -> str:
        """Compare addresses without regard to case."""
        return str(self.cleaned_data["email_address"]).lower()

    def clean_smtp_host(self) -> str:
        """Accept a bare host name or address."""
        host = str(self.cleaned_data["smtp_host"]).strip()
        if any(mark in host for mark in "/@ "):
            raise forms.ValidationError("Only the name of the server, as smtp.example.com.")
        return host

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields."""
        super().clean()
        if self.is_smtp:
            self._check_server()
        else:
            self.check_registration()
            self.cleaned_data["smtp_port"] = self.cleaned_data.get("smtp_port") or 587
            self.cleaned_data["smtp_security"] = (
                self.cleaned_data.get("smtp_security") or OutgoingMailAccount.Security.STARTTLS
            )
        if self.is_test and not self.cleaned_data.get("test_to") and "test_to" not in self.errors:
            self.add_error("test_to", "Enter the address that the test mail goes to.")
        return self.cleaned_data

    def candidate(self) -> OutgoingMailAccount:
        """Return the account as it would be stored; call it on a valid form, once."""
        account = self.instance
        if self.is_smtp:
            account.smtp_password = self.cleaned_data["smtp_password"] or self.stored_password
        else:
            account.connection = self.chosen_connection()
        return account

    def refuse(self, refused: "AccountRefused") -> None:
        """Show why the settings cannot stand at the field that they concern."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))

    def kept(self) -> "OutgoingAccountForm":
        """Return the form with everything typed and nothing checked."""
        typed = {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
        }
        return OutgoingAccountForm(instance=self.instance, initial=typed)

    def _check_server(self) -> None:
        data = self.cleaned_data
        host = data.get("smtp_host", "")
        if not host and "smtp_host" not in self.errors:
            self.add_error("smtp_host", "Name the SMTP server, as smtp.example.com.")
        if not 1 <= (data.get("smtp_port") or 0) <= 65535 and "smtp_port" not in self.errors:
            self.add_error("smtp_port", "A port is a number from 1 to 65535; 587 is usual.")
        self._check_password(host)
        is_open = data.get("smtp_security") == OutgoingMailAccount.Security.NONE
        if is_open and data.get("smtp_username") and host and not is_loopback(host):
            self.add_error(
                "smtp_security",
                "The password would travel unprotected. Choose STARTTLS or TLS.",
            )

    def _check_password(self, host: str) -> None:
        """A stored password goes only to the server that it was typed for."""
        data = self.cleaned_data
        if not data.get("smtp_username") or data.get("smtp_password"):
            return
        if not self.stored_password:
            self.add_error("smtp_password", "Enter the password of this user.")
        elif self.stored_host and host and host != self.stored_host:
            self.add_error("smtp_password", "The server changed: type the password again.")
