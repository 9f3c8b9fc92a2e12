"""The form of a new API key, and the filter of the audit table."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms

from postdesk.base import clock
from postdesk.site.api_keys import USUAL_LIFE
from postdesk.site.audit_models import Action, Scope


def usual_end() -> date:
    """Return the day on which a key made now usually ends."""
    return (clock.now() + USUAL_LIFE).date()


class ApiKeyForm(forms.Form):
    """What a key is for, what it may do and until when."""

    name = forms.CharField(
        label="Name", max_length=100, help_text="What the key is for, such as Monitoring."
    )
    scopes = forms.MultipleChoiceField(
        label="May",
        choices=[(scope.value, f"{scope.label} ({scope.value})") for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what the key may do."},
    )
    ends_on = forms.DateField(
        label="Ends on",
        initial=usual_end,
        help_text="The last day on which it works (UTC), three years away at most.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the key works no more."""
        ends_on: date = self.cleaned_data["ends_on"]
        return datetime.combine(ends_on, time.min, tzinfo=UTC) + timedelta(days=1)


class AuditFilterForm(forms.Form):
    """Which entries are wanted."""

    action = forms.ChoiceField(
        label="Action", required=False, choices=[("", "All actions"), *Action.choices]
    )
    text = forms.CharField(label="Text", required=False, max_length=200)
