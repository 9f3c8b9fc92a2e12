"""The form of Setup > People > Techs."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from postdesk.directory.models import Person, Tech
from postdesk.mail.queries import own_addresses

_OWN_MAILBOX = (
    "{} is a mailbox of this desk. A tech with it would write to the desk and be written to by it. "
    "Enter the tech's personal address."
)


class TechForm(forms.Form):
    """A tech. A typed password comes back with the form; a stored one is never shown."""

    name = forms.CharField(label="Name", max_length=200)
    email = forms.EmailField(
        label="E-Mail Address",
        max_length=254,
        help_text="For signing in, and where mail about tickets goes.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    addresses = forms.CharField(
        label="Further addresses",
        required=False,
        help_text="One a line. Mail from these counts as this tech's too.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        required=False,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )
    is_administrator = forms.BooleanField(
        label="Administrator",
        required=False,
        help_text="May change everything in Setup.",
    )
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        initial=True,
        help_text=(
            "Off: cannot sign in and is not offered for tickets. Tickets and answers stay as they "
            "are."
        ),
    )

    def __init__(self, *args: Any, tech: Tech | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        if tech is None:
            del self.fields["is_active"]
            password.help_text = "At least 12 characters. Left empty, the tech cannot sign in."
        elif tech.person.has_usable_password():
            password.widget.attrs["placeholder"] = "Saved. Type to replace it"
            password.help_text = "A new password ends all sessions of this tech."

    def clean_email(self) -> str:
        """Refuse a mailbox of the desk itself."""
        return _refuse_own(str(self.cleaned_data["email"]).lower())

    def clean_addresses(self) -> list[str]:
        """Return the further addresses, one a line, lower-case."""
        text = str(self.cleaned_data["addresses"]).replace(",", "\n").replace(";", "\n")
        lines = [line.strip().lower() for line in text.splitlines() if line.strip()]
        return [_refuse_own(line) for line in lines]

    def clean(self) -> dict[str, Any]:
        """Try a typed password against the rules."""
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password:
            person = Person(name=cleaned.get("name", ""), email=cleaned.get("email", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


def _refuse_own(address: str) -> str:
    if address in own_addresses():
        raise forms.ValidationError(_OWN_MAILBOX.format(address))
    return address
