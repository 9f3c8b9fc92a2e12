"""The form of an Outgoing Mail Account."""

from typing import TYPE_CHECKING, Any

from django import forms

from postdesk.base.hosts import is_loopback
from postdesk.connections.registering import Registration
from postdesk.mail.models import OutgoingMailAccount
from postdesk.web.forms.refreshing import refreshes
from postdesk.web.forms.registration import RegistrationFields

if TYPE_CHECKING:
    from postdesk.mail.accounts import AccountRefused

    AccountForm = forms.ModelForm[OutgoingMailAccount]
else:
    AccountForm = forms.ModelForm

Kind, SignIn = OutgoingMailAccount.Kind, OutgoingMailAccount.SmtpAuthentication
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
            "smtp_authentication", "smtp_username",
        )  # fmt: skip
        widgets = {
            "kind": forms.Select(attrs=refreshes("way-out")),
            "smtp_authentication": forms.Select(attrs=refreshes("way-out")),
            "smtp_username": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }
        labels = {"smtp_authentication": "Sign-in"}
        help_texts = {
            "smtp_host": "Leave empty for Microsoft and Google by OAuth.",
            "email_address": "Answers come from this address.",
            "display_name": "Stands before the address, as Service Desk <desk@example.com>.",
            "smtp_username": "By OAuth, leave it empty to sign in as the E-Mail Address.",
        }
        error_messages = {
            "email_address": {
                "unique": "This is an Outgoing Mail Account already. Change that one."
            }
        }

    def __init__(
        self, *args: Any, is_test: bool = False, needs_key: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_test = is_test
        self.needs_key = needs_key
        self.stored_host = self.instance.smtp_host
        self.stored_password = self.instance.smtp_password
        self.initial.setdefault("kind", Kind.MICROSOFT_365)
        self.prepare_registration(self.instance.connection)
        if self.stored_password:
            self.fields["smtp_password"].widget.attrs["placeholder"] = _SAVED
        self.fields["smtp_authentication"].required = False
        if not self.uses_connection:
            self.fields["connection"].required = False
        if not self.is_smtp:
            for name in ("smtp_port", "smtp_security"):
                self.fields[name].required = False

    @property
    def is_smtp(self) -> bool:
        """Say whether SMTP is chosen."""
        return str(self["kind"].value()) == Kind.SMTP

    @property
    def uses_connection(self) -> bool:
        """Say whether it signs in by OAuth."""
        return not self.is_smtp or str(self["smtp_authentication"].value()) == SignIn.OAUTH

    @property
    def has_password(self) -> bool:
        """Say whether user name and password are asked for."""
        return self.is_smtp and str(self["smtp_authentication"].value()) not in {
            SignIn.OAUTH,
            SignIn.NONE,
        }

    def mail_protocols(self) -> tuple[str, ...]:
        """Return what the sign-in has to be good for."""
        return ("smtp",) if self.is_smtp else ("graph",)

    def registration(self) -> Registration | None:
        """Return what was typed, or None where nothing is registered anew."""
        return super().registration() if self.uses_connection else None

    def clean_smtp_authentication(self) -> str:
        """Where nothing was sent, a password is meant."""
        return str(self.cleaned_data["smtp_authentication"] or SignIn.PASSWORD)

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
            self.cleaned_data["smtp_port"] = self.cleaned_data.get("smtp_port") or 587
            self.cleaned_data["smtp_security"] = (
                self.cleaned_data.get("smtp_security") or OutgoingMailAccount.Security.STARTTLS
            )
        if self.uses_connection and not self.needs_key:
            self.check_registration()
        if self.is_test and not self.cleaned_data.get("test_to") and "test_to" not in self.errors:
            self.add_error("test_to", "Enter the address that the test mail goes to.")
        return self.cleaned_data

    def candidate(self) -> OutgoingMailAccount:
        """Return the account as it would be stored; call it on a valid form, once."""
        account = self.instance
        if self.is_smtp:
            account.smtp_password = self.cleaned_data["smtp_password"] or self.stored_password
        if self.uses_connection:
            account.connection = self.chosen_connection()
        return account

    def refuse(self, refused: "AccountRefused") -> None:
        """Show why the settings cannot stand at the field that they concern."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))

    def kept(self) -> "OutgoingAccountForm":
        """Return the form with everything typed and nothing checked."""
        return OutgoingAccountForm(instance=self.instance, initial=self.typed_values())

    def _check_server(self) -> None:
        data = self.cleaned_data
        host = data.get("smtp_host", "")
        needs_host = not self.uses_connection or self.is_generic
        if needs_host and not host and "smtp_host" not in self.errors:
            self.add_error("smtp_host", "Name the SMTP server, as smtp.example.com.")
        if not 1 <= (data.get("smtp_port") or 0) <= 65535 and "smtp_port" not in self.errors:
            self.add_error("smtp_port", "A port is a number from 1 to 65535; 587 is usual.")
        if self.has_password:
            self._check_password(host)
        is_open = data.get("smtp_security") == OutgoingMailAccount.Security.NONE
        signs_in = self.uses_connection or (self.has_password and data.get("smtp_username"))
        if is_open and signs_in and host and not is_loopback(host):
            self.add_error(
                "smtp_security",
                "The password would travel unprotected. Choose STARTTLS or TLS."
                if self.has_password
                else "The sign-in would travel unprotected. Choose STARTTLS or TLS.",
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
