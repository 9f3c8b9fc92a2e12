"""Changing Outgoing Mail Accounts."""

from datetime import datetime

from django.db import IntegrityError, transaction

from postdesk.connections.registering import Registration, add_protocol
from postdesk.mail.accounts import AccountRefused, drop_orphan
from postdesk.mail.models import OutgoingMailAccount
from postdesk.site import audit
from postdesk.site.audit import Action

SETTINGS = (
    "email_address", "display_name", "kind", "connection", "smtp_host", "smtp_port",
    "smtp_security", "smtp_authentication", "smtp_username", "smtp_password", "is_active",
)  # fmt: skip
_STANDING = ("paused_until", "problem", "remedy", "problem_code", "problem_since")


@transaction.atomic
def save_outgoing(
    account: OutgoingMailAccount,
    *,
    by: object = None,
    now: datetime,
    registration: Registration | None = None,
) -> OutgoingMailAccount:
    """Store ``account`` (new or changed) and, with ``registration``, its connection.

    What belongs to the other kind is removed, secrets included. Without ``by`` Postdesk itself
    stores it. Raises AccountRefused.
    """
    before = _stored(account)
    account.email_address = account.email_address.strip().lower()
    if not account.is_active:
        _check_unused(account)
    _fit_to_kind(account, registration=registration, by=by, now=now)
    account.paused_until = account.problem_since = None
    account.problem = account.remedy = account.problem_code = ""
    try:
        with transaction.atomic():
            account.save(update_fields=[*SETTINGS, *_STANDING] if before else None)
    except IntegrityError as error:
        raise AccountRefused(
            f"{account} is an Outgoing Mail Account already. Change that one instead.",
            field="email_address",
        ) from error
    if before is not None and before.connection_id != account.connection_id:
        drop_orphan(before.connection, by=by, now=now)
    _tell(account, before=before, by=by, now=now)
    return account


@transaction.atomic
def activate(account: OutgoingMailAccount, *, by: object, now: datetime) -> None:
    """Offer it again."""
    OutgoingMailAccount.objects.filter(pk=account.pk).update(is_active=True)
    audit.record(Action.OUTGOING_ACTIVATED, actor=by, target=account, now=now)


@transaction.atomic
def deactivate(account: OutgoingMailAccount, *, by: object, now: datetime) -> None:
    """Stop offering it and keep everything. Raises AccountRefused while a mailbox answers by it."""
    _check_unused(account)
    OutgoingMailAccount.objects.filter(pk=account.pk).update(is_active=False)
    audit.record(Action.OUTGOING_DEACTIVATED, actor=by, target=account, now=now)


def _tell(
    account: OutgoingMailAccount,
    *,
    before: OutgoingMailAccount | None,
    by: object,
    now: datetime,
) -> None:
    """Write down which settings differ from ``before``, by their names alone."""
    if before is None:
        audit.record(Action.OUTGOING_ADDED, actor=by, target=account, now=now)
        return
    changed = [name for name in SETTINGS if getattr(before, name) != getattr(account, name)]
    if changed:
        names = [str(getattr(OutgoingMailAccount, name).field.verbose_name) for name in changed]
        detail = f"Changed: {', '.join(names)}"
        audit.record(Action.OUTGOING_CHANGED, actor=by, target=account, detail=detail, now=now)


def _stored(account: OutgoingMailAccount) -> OutgoingMailAccount | None:
    if not account.pk:
        return None
    rows = OutgoingMailAccount.objects.select_for_update(of=("self",))
    return rows.select_related("connection").get(pk=account.pk)


def _check_unused(account: OutgoingMailAccount) -> None:
    if not account.pk:
        return
    users = account.incoming_accounts.filter(is_enabled=True).order_by("email_address")
    names = ", ".join(str(user) for user in users)
    if names:
        raise AccountRefused(
            f"{account} sends the answers of {names}. Choose another Outgoing Mail Account there "
            "first.",
            field="is_active",
        )


def _fit_to_kind(
    account: OutgoingMailAccount,
    *,
    registration: Registration | None,
    by: object,
    now: datetime,
) -> None:
    if account.kind != OutgoingMailAccount.Kind.SMTP:
        account.smtp_host = account.smtp_username = ""
        account.smtp_authentication = OutgoingMailAccount.SmtpAuthentication.PASSWORD
    elif account.smtp_authentication == OutgoingMailAccount.SmtpAuthentication.NONE:
        account.smtp_username = ""
    if account.uses_connection:
        account.smtp_password = ""
        if registration is not None:
            account.connection = registration.store(account.connection, by=by, now=now)
        if account.connection is not None:
            add_protocol(account.connection, account.protocol)
        return
    account.connection = None
    if not account.smtp_host:
        raise AccountRefused("Name the SMTP server, as smtp.example.com.", field="smtp_host")
    if not account.smtp_username:
        account.smtp_authentication = OutgoingMailAccount.SmtpAuthentication.NONE
        account.smtp_password = ""
