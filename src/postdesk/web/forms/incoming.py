"""The form of an Incoming Mail Account."""

from typing import TYPE_CHECKING, Any

from django import forms

from postdesk.connections.registering import Registration
from postdesk.directory.models import TechGroup
from postdesk.directory.queries import active_groups, request_type_tree, supported_branches
from postdesk.mail.accounts import AccountRefused, check_request_type
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.web.forms.mail_server import (
    MAIL_SERVER,
    MAIL_SERVER_HELP,
    MAIL_SERVER_LABELS,
    MAIL_SERVER_WIDGETS,
    MailServerFields,
)
from postdesk.web.forms.refreshing import refreshes
from postdesk.web.forms.registration import RegistrationFields

if TYPE_CHECKING:
    AccountForm = forms.ModelForm[IncomingMailAccount]
else:
    AccountForm = forms.ModelForm

OWN_WAY_OUT = "own"


class IncomingAccountForm(MailServerFields, RegistrationFields, AccountForm):
    """Everything about one mailbox. ``is_draft``: Authorize needs only mailbox and registration.

    With ``needs_key`` a key pair is about to be made, which needs only the mailbox.
    """

    outgoing = forms.ChoiceField(
        label="Outgoing Mail Account",
        required=False,
        help_text="Answers to this mail leave through it.",
    )

    class Meta:
        """Words of Web Help Desk; the connection and the way out have fields of their own."""

        model = IncomingMailAccount
        fields = (
            "email_address", "account_type", *MAIL_SERVER, "tech_group", "request_type",
            "after_processing", "folder", "allow_auto_submitted", "is_enabled",
        )  # fmt: skip
        labels = MAIL_SERVER_LABELS
        widgets = {
            **MAIL_SERVER_WIDGETS,
            "tech_group": forms.Select(attrs=refreshes("what-becomes")),
            "after_processing": forms.Select(attrs=refreshes("what-becomes")),
        }
        help_texts = {
            **MAIL_SERVER_HELP,
            "email_address": "A real mailbox. Its aliases are recognised as our own, so none of "
            "them can start a loop.",
            "tech_group": "Shortens the list below to what this group supports.",
            "request_type": "Given to every new ticket from this mailbox.",
            "after_processing": "Done only after the message is stored here in full.",
            "folder": "Made in the mailbox when it does not exist.",
            "allow_auto_submitted": "Off: out-of-office notes and machine mail are recorded, but "
            "make no ticket. Leave off unless a scanner or monitor writes here.",
        }
        error_messages = {
            "email_address": {
                "unique": "This mailbox is an Incoming Mail Account already. Change that one."
            }
        }

    def __init__(
        self, *args: Any, is_draft: bool = False, needs_key: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_draft = is_draft or needs_key
        self.needs_key = needs_key
        self.prepare_registration(self.instance.connection)
        self.prepare_mail_server(self.instance)
        self._offer_ways_out()
        self._offer_groups()
        self._offer_request_types()

    @property
    def moves(self) -> bool:
        """Say whether a folder is needed."""
        return str(self["after_processing"].value()) == "move"

    def clean_email_address(self) -> str:
        """Compare addresses without regard to case."""
        return str(self.cleaned_data["email_address"]).lower()

    def clean_outgoing(self) -> OutgoingMailAccount | None:
        """Turn the choice into an account; the mailbox's own way out is not stored yet."""
        choice = self.cleaned_data["outgoing"]
        if choice == OWN_WAY_OUT:
            return self._own_way_out()
        return self.ways_out.get(choice)

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields."""
        super().clean()
        if self.is_imap:
            self.check_mail_server()
        if self.uses_connection and not self.needs_key:
            self.check_registration()
        data = self.cleaned_data
        if not self.is_draft:
            self._check_complete(data)
        if data.get("after_processing") == "move" and not data.get("folder", "").strip():
            self.add_error("folder", "Name the folder that messages move to.")
        try:
            check_request_type(data.get("tech_group"), data.get("request_type"))
        except AccountRefused as refused:
            self.refuse(refused)
        return data

    def candidate(self) -> IncomingMailAccount:
        """Return the account as it would be stored; call it on a valid form, once."""
        account = self.instance
        account.connection = self.chosen_connection() if self.uses_connection else None
        account.imap_password = self.chosen_password()
        account.outgoing_account = self.cleaned_data["outgoing"]
        if account.outgoing_account is not None and account.outgoing_account.pk is None:
            account.outgoing_account.email_address = account.email_address
        return account

    def registration(self) -> Registration | None:
        """Return what was typed, or None where nothing is registered anew."""
        return super().registration() if self.uses_connection else None

    def mail_protocols(self) -> tuple[str, ...]:
        """Return what the sign-in has to be good for: reading, and its own way out."""
        if not self.is_imap:
            return ("graph",)
        is_own = str(self["outgoing"].value()) == OWN_WAY_OUT
        return ("imap", "smtp") if is_own else ("imap",)

    def refuse(self, refused: AccountRefused) -> None:
        """Show why the settings cannot stand at the field that they concern."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))

    def kept(self) -> "IncomingAccountForm":
        """Return the form with everything typed and nothing checked."""
        return IncomingAccountForm(instance=self.instance, initial=self.typed_values())

    def _own_way_out(self) -> OutgoingMailAccount:
        """Return the mailbox itself as a way out, by the same sign-in; it is not stored yet."""
        kinds, modes = OutgoingMailAccount.Kind, OutgoingMailAccount.SmtpAuthentication
        if not self.is_imap:
            return OutgoingMailAccount(kind=kinds.MICROSOFT_365)
        if not self.uses_connection or self.is_generic:
            raise forms.ValidationError(
                "Nobody knows its SMTP server. Add an Outgoing Mail Account, then choose it here."
            )
        return OutgoingMailAccount(kind=kinds.SMTP, smtp_authentication=modes.OAUTH)

    def _check_complete(self, data: dict[str, Any]) -> None:
        if data.get("outgoing") is None and "outgoing" not in self.errors:
            self.add_error("outgoing", "Choose the Outgoing Mail Account of this mailbox.")
        if data.get("request_type") is None and "request_type" not in self.errors:
            self.add_error("request_type", "Choose the Request Type of new tickets.")

    def _offer_ways_out(self) -> None:
        current = self.instance.outgoing_account
        rows = OutgoingMailAccount.objects.order_by("email_address")
        self.ways_out = {str(row.pk): row for row in rows if row.is_active or row == current}
        address = self.instance.email_address
        choices = [("", "Choose one")]
        if address not in {row.email_address for row in rows}:
            choices.append((OWN_WAY_OUT, "The same mailbox, by the same sign-in"))
        choices.extend((pk, _way_out_label(row, address)) for pk, row in self.ways_out.items())
        self._choices("outgoing").choices = choices
        self.initial.setdefault("outgoing", str(current.pk) if current else "")

    def _offer_groups(self) -> None:
        field = self.fields["tech_group"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  a foreign key
        current = self.instance.tech_group_id
        field.queryset = active_groups() | TechGroup.objects.filter(pk__in=[current])
        field.empty_label = "All Tech Groups"

    def _offer_request_types(self) -> None:
        """Show what the chosen group supports; accept any, so that a refusal can name it."""
        field = self.fields["request_type"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  a foreign key
        field.required = False
        group = self._chosen_group()
        branches = supported_branches(group)
        shown = [(branch.request_type.pk, branch.path) for branch in branches]
        chosen = str(self["request_type"].value() or "")
        if chosen and chosen not in {str(pk) for pk, _ in shown}:
            shown += [
                (branch.request_type.pk, f"{branch.path} (not supported)")
                for branch in request_type_tree()
                if str(branch.request_type.pk) == chosen
            ]
        field.choices = [("", "Choose one"), *shown]

    def _chosen_group(self) -> TechGroup | None:
        value = self["tech_group"].value()
        try:
            return TechGroup.objects.filter(pk=value).first() if value else None
        except (TypeError, ValueError):
            return None


def _way_out_label(row: OutgoingMailAccount, address: str) -> str:
    return f"{row} (same mailbox)" if row.email_address == address else str(row)
