"""What the pages of Setup that change one row have in common."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

from postdesk.directory.refusal import ChangeRefused
from postdesk.mail.accounts import AccountRefused
from postdesk.web.setup.consistency import check_accounts, misfits

if TYPE_CHECKING:
    from django import forms

R = TypeVar("R")


def try_change(form: "forms.Form", change: Callable[[], R]) -> R | None:
    """Return what ``change`` returns, or None with the refusal put into the form.

    Nothing is stored when the change would leave an Incoming Mail Account with a request type
    that it cannot use.
    """
    try:
        with transaction.atomic():
            before = misfits().keys()
            result = change()
            check_accounts(before)
            return result
    except (ChangeRefused, AccountRefused) as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal))
        return None
