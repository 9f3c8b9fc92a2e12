"""The part of an Incoming Mail Account's form that describes an IMAP server."""

from typing import Any

from django import forms

from postdesk.base.hosts import is_loopback
from postdesk.mail.models import (
    AccountType,
    AuthenticationMode,
    IncomingMailAccount,
    OutgoingMailAccount,
)
from postdesk.web.forms.refreshing import refreshes

_SAVED = "Saved. Type to replace it"
PART = "way-in"  # the element that depends on type and mode

# Of the model; the password has a field of its own.
MAIL_SERVER = (
    "authentication_mode", "imap_host", "imap_port", "imap_security", "imap_username",
)  # fmt: skip
MAIL_SERVER_LABELS = {"authentication_mode": "Sign-in"}
MAIL_SERVER_WIDGETS: dict[str, forms.Widget] = {
    "account_type": forms.Select(attrs=refreshes(PART)),
    "authentication_mode": forms.Select(attrs=refreshes(PART)),
    "imap_username": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
}
MAIL_SERVER_HELP = {
    "authentication_mode": "OAuth where the provider has it. With a second factor, a password is "
    "mostly an app password.",
    "imap_host": "Leave empty for Microsoft and Google by OAuth.",
    "imap_port": "993 with TLS, 143 with STARTTLS.",
    "imap_username": "Leave empty to sign in as the E-Mail Address.",
}


class MailServerFields(forms.Form):
    """Server, port, security, user name and password; ignored unless IMAP is chosen."""

    imap_password = forms.CharField(
        label="Password",
        max_length=500,
        required=False,
        help_text="Kept encrypted and never shown again.",
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
    )

    def prepare_mail_server(self, account: IncomingMailAccount) -> None:
        """Take what is stored: a stored password goes only to the server it was typed for."""
        self.stored_imap_host = account.imap_host
        self.stored_imap_password = account.imap_password
        if account.imap_password:
            self.fields["imap_password"].widget.attrs["placeholder"] = _SAVED
        for name in ("authentication_mode", "imap_port", "imap_security"):
            self.fields[name].required = False
        if not self.uses_connection:
            self.fields["connection"].required = False

    @property
    def is_imap(self) -> bool:
        """Say whether IMAP is chosen."""
        return str(self["account_type"].value()) == AccountType.IMAP

    @property
    def uses_connection(self) -> bool:
        """Say whether the account signs in by OAuth."""
        mode = str(self["authentication_mode"].value())
        return not (self.is_imap and mode == AuthenticationMode.PASSWORD)

    def clean_authentication_mode(self) -> str:
        """Where no mode is asked for, there is one only."""
        chosen = str(self.cleaned_data["authentication_mode"] or "")
        return chosen if self.is_imap and chosen else AuthenticationMode.OAUTH_PERSON

    def clean_imap_host(self) -> str:
        """Accept a bare host name or address."""
        host = str(self.cleaned_data["imap_host"]).strip()
        if any(mark in host for mark in "/@ "):
            raise forms.ValidationError("Only the name of the server, as imap.example.com.")
        return host

    def clean_imap_port(self) -> int:
        """Accept a port, or nothing for the usual one."""
        port = self.cleaned_data["imap_port"]
        if port is None:
            return 993
        if self.is_imap and not 1 <= port <= 65535:
            raise forms.ValidationError("A port is a number from 1 to 65535; 993 is usual.")
        return int(port)

    def clean_imap_security(self) -> str:
        """Take TLS where nothing was chosen."""
        return str(self.cleaned_data["imap_security"] or OutgoingMailAccount.Security.TLS)

    def check_mail_server(self) -> None:
        """Demand what IMAP needs, and protect what travels to the server."""
        data = self.cleaned_data
        host = data.get("imap_host", "")
        if not self.uses_connection:
            self._check_password(data, host)
        is_open = data.get("imap_security") == OutgoingMailAccount.Security.NONE
        if is_open and host and not is_loopback(host):
            self.add_error(
                "imap_security", "The sign-in would travel unprotected. Choose TLS or STARTTLS."
            )

    def chosen_password(self) -> str:
        """Return the password typed, or the stored one."""
        return str(self.cleaned_data["imap_password"] or self.stored_imap_password)

    def _check_password(self, data: dict[str, Any], host: str) -> None:
        if not host and "imap_host" not in self.errors:
            self.add_error("imap_host", "Name the IMAP server, as imap.example.com.")
        if data.get("imap_password"):
            return
        if not self.stored_imap_password:
            self.add_error("imap_password", "Enter the password of this user.")
        elif host and host != self.stored_imap_host:
            self.add_error("imap_password", "The server changed: type the password again.")
