"""What a Tech writes on a ticket: a reply that is mailed, or an internal note."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from postdesk.mail.queries import own_addresses

REPLY, NOTE = "reply", "note"
MOST_COPIES = 50
LONGEST_TEXT = 500_000
STATUSES_WITH_REPLY = ("open", "pending", "resolved")


# "Name <address>" (a name may hold commas, never an @), or an address by itself
_PIECE = re.compile(r"[^<>;@]*<([^<>]*)>|([^\s,;<>]+)")
_BETWEEN = re.compile(r"[\s,;]*")


class AddressListField(forms.CharField):
    """Addresses between commas, semicolons or spaces; cleaned to a list in lower case."""

    def clean(self, value: object) -> list[str]:
        """Return the addresses, each once; raises ValidationError naming what is no address."""
        text = str(super().clean(value))
        addresses = dict.fromkeys(_read_addresses(text))
        if len(addresses) > MOST_COPIES:
            raise ValidationError(f"A reply has at most {MOST_COPIES} addresses in Cc.")
        _refuse_own(addresses)
        return list(addresses)


def _read_addresses(text: str) -> Iterator[str]:
    """Yield every address of a list; raises ValidationError for whatever is none."""
    position = 0
    for found in _PIECE.finditer(text):
        _check_between(text[position : found.start()])
        yield _read_address(found[1] if found[1] is not None else found[2])
        position = found.end()
    _check_between(text[position:])


def _check_between(text: str) -> None:
    if not _BETWEEN.fullmatch(text):
        raise _no_address(text)


def _read_address(text: str) -> str:
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise _no_address(text) from error
    return address


def _no_address(text: str) -> ValidationError:
    shown = text.strip()[:80] or "<>"
    return ValidationError(f"{shown} is no e-mail address. Write it as name@example.com.")


def _refuse_own(addresses: dict[str, None]) -> None:
    for address in own_addresses() & addresses.keys():
        raise ValidationError(
            f"{address} is a mailbox of this desk: the reply would come back to it. Take it out."
        )


class ComposerForm(forms.Form):
    """``seen`` is the newest mail that the page showed, ``form_id`` makes a form count once."""

    kind = forms.ChoiceField(choices=[(REPLY, "Reply"), (NOTE, "Internal note")], initial=REPLY)
    cc = AddressListField(label="Cc", required=False, max_length=5000)
    text = forms.CharField(
        strip=False,
        max_length=LONGEST_TEXT,
        error_messages={"required": "Write something first; an empty message is not sent."},
    )
    status = forms.ChoiceField(
        required=False, choices=[("", ""), *((name, name) for name in STATUSES_WITH_REPLY)]
    )
    seen = forms.IntegerField(min_value=0)
    form_id = forms.UUIDField()
    send_anyway = forms.BooleanField(required=False)

    def clean_text(self) -> str:
        """Refuse what is only white space."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip("\n")
        if not text.strip():
            raise ValidationError(self.fields["text"].error_messages["required"])
        return text

    def clean(self) -> dict[str, Any]:
        """Leave aside what a note has not: it is mailed to nobody."""
        if self.cleaned_data.get("kind") == NOTE:
            for name in ("cc", "status"):
                self.errors.pop(name, None)
        return self.cleaned_data

    @property
    def is_note(self) -> bool:
        """Say whether an internal note is being written."""
        return bool(self["kind"].value() == NOTE)
