"""Incoming Mail Accounts point at tech groups and request types; changes there must fit them."""

from collections.abc import Set as AbstractSet

from postdesk.directory.refusal import ChangeRefused
from postdesk.mail.accounts import AccountRefused, check_request_type
from postdesk.mail.models import IncomingMailAccount


def misfits() -> dict[int, str]:
    """Return what is wrong with each account whose tech group and request type do not fit."""
    accounts = IncomingMailAccount.objects.select_related("tech_group", "request_type")
    found = {account.pk: _misfit(account) for account in accounts.order_by("email_address")}
    return {number: text for number, text in found.items() if text}


def check_accounts(before: AbstractSet[int]) -> None:
    """Raise ChangeRefused when an account that is not among ``before`` does not fit any more."""
    for text in (text for number, text in misfits().items() if number not in before):
        raise ChangeRefused(text)


def _misfit(account: IncomingMailAccount) -> str:
    group = account.tech_group
    if group is not None and not group.is_active:
        why = f"Tech Group “{group}” is not active any more."
    else:
        try:
            check_request_type(group, account.request_type)
        except AccountRefused as refusal:
            why = str(refusal)
        else:
            return ""
    return (
        f"The Incoming Mail Account {account} would not fit any more: {why} Change that account "
        "at Setup > E-Mail > Incoming Mail Accounts first."
    )
