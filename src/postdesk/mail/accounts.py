"""Changing Incoming Mail Accounts: what is checked is checked here, whoever asks."""

from datetime import datetime

from django.db import IntegrityError, transaction

from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration, add_protocol
from postdesk.directory.models import Person, RequestType, TechGroup
from postdesk.directory.queries import effective_group
from postdesk.mail.changes import SETTINGS, tell_changes, tell_switch
from postdesk.mail.history import record
from postdesk.mail.models import (
    AccountType,
    AuthenticationMode,
    HistoryLine,
    IncomingMailAccount,
)
from postdesk.site import audit
from postdesk.site.audit import Action

_FRESH_START = (
    "cursor", "own_addresses", "first_read_at", "last_read_at", "last_mail_at",
    "reading_until", "reading_by",
)  # fmt: skip
_STANDING = ("state", "state_since", "problem", "remedy", "problem_code", "problem_raw", "failures")


class AccountRefused(ValueError):
    """The settings cannot stand; the message says what to change, ``field`` where, or ""."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_incoming(
    account: IncomingMailAccount,
    *,
    by: Person,
    now: datetime,
    registration: Registration | None = None,
    is_complete: bool = True,
) -> IncomingMailAccount:
    """Store ``account`` (new or changed) and, with ``registration``, its connection.

    An ``outgoing_account`` that is not stored yet becomes the mailbox's own way out. With
    ``is_complete`` False the account may lack what only matters once mail comes in; that is how
    Authorize keeps everything typed. E-Mail Tickets is stored as off, and ``is_enabled`` of the
    answer says so, while nobody has signed in. Raises AccountRefused.
    """
    before = _stored(account)
    _check_address(account)
    check_request_type(account.tech_group, account.request_type)
    _fit_to_type(account)
    if registration is not None and account.uses_connection:
        account.connection = registration.store(account.connection, by=by, now=now)
    was_enabled = before is not None and before.is_enabled
    account.is_enabled = account.is_enabled and _can_be_enabled(account, was_enabled=was_enabled)
    if is_complete or account.is_enabled:
        _check_complete(account)
    if account.connection is not None:
        add_protocol(account.connection, account.protocol)
    _store_own_way_out(account, before=before)
    _write(account, before=before, now=now)
    tell_changes(account, before=before, by=by, now=now)
    if before is not None and before.connection_id != account.connection_id:
        drop_orphan(before.connection, by=by, now=now)
    return account


@transaction.atomic
def enable(account: IncomingMailAccount, *, by: Person, now: datetime) -> None:
    """Begin reading, or begin again where reading stopped. Raises AccountRefused."""
    _check_complete(account)
    if not _can_be_enabled(account, was_enabled=False):
        raise AccountRefused(
            "E-Mail Tickets cannot be enabled before the mailbox is authorized. Press Authorize "
            "first."
        )
    account.is_enabled = True
    _clear_problem(account, now=now)
    account.save(update_fields=["is_enabled", "next_read_at", *_STANDING])
    tell_switch(account, by=by, now=now)


@transaction.atomic
def disable(account: IncomingMailAccount, *, by: Person, now: datetime) -> None:
    """Stop reading and keep everything."""
    account.is_enabled = False
    account.save(update_fields=["is_enabled"])
    tell_switch(account, by=by, now=now)


@transaction.atomic
def delete_incoming(account: IncomingMailAccount, *, by: Person, now: datetime) -> None:
    """Remove an account that never received anything. Raises AccountRefused."""
    if account.spooled_messages.exists():
        raise AccountRefused(
            f"{account} has received mail, which stays with it. Disable E-Mail Tickets instead."
        )
    connection = account.connection
    audit.record(Action.ACCOUNT_DELETED, actor=by, target=account, now=now)
    account.delete()
    drop_orphan(connection, by=by, now=now)


@transaction.atomic
def resume(connection: Connection, *, text: str, now: datetime) -> None:
    """Let every account of a connection that works again start over at once.

    ``text`` goes into the History of the incoming ones.
    """
    for account in connection.incoming_accounts.select_for_update():
        _clear_problem(account, now=now)
        account.save(update_fields=["next_read_at", *_STANDING])
        record(account, kind=HistoryLine.Kind.OK, text=text, now=now)
    connection.outgoing_accounts.update(
        paused_until=None, problem="", remedy="", problem_code="", problem_since=None
    )


def note_failed_sign_in(
    connection: Connection, *, text: str, remedy: str, code: str, now: datetime
) -> None:
    """Write into the History of every mailbox of a connection that Authorize did not work."""
    for account in connection.incoming_accounts.all():
        record(
            account,
            kind=HistoryLine.Kind.BAD,
            text=f"Authorize failed: {text}",
            explanation=text,
            remedy=remedy,
            code=code,
            now=now,
        )


def check_request_type(group: TechGroup | None, request_type: RequestType | None) -> None:
    """Raise AccountRefused, naming both, when the tech group does not support the request type."""
    if request_type is None:
        return
    if not request_type.is_active:
        raise AccountRefused(
            f"Request Type “{request_type}” is not active any more. Choose another one.",
            field="request_type",
        )
    supporting = effective_group(request_type)
    if group is not None and supporting is not None and supporting != group:
        raise AccountRefused(
            f"Tech Group “{group}” does not support Request Type “{request_type}”, which belongs "
            f"to “{supporting}”. Choose another Request Type, or the Tech Group “{supporting}”.",
            field="request_type",
        )


def drop_orphan(connection: Connection | None, *, by: object, now: datetime) -> None:
    """Delete a connection that no account uses any more, with its secret and tokens."""
    if connection is None:
        return
    if not (connection.incoming_accounts.exists() or connection.outgoing_accounts.exists()):
        audit.record(Action.CONNECTION_DELETED, actor=by, target=connection, now=now)
        connection.delete()


def _stored(account: IncomingMailAccount) -> IncomingMailAccount | None:
    if not account.pk:
        return None
    rows = IncomingMailAccount.objects.select_for_update(of=("self",))
    return rows.select_related("connection").get(pk=account.pk)


def _check_address(account: IncomingMailAccount) -> None:
    account.email_address = account.email_address.strip().lower()
    others = IncomingMailAccount.objects.exclude(pk=account.pk)
    for other in others.only("email_address", "own_addresses"):
        if other.email_address == account.email_address:
            raise AccountRefused(
                f"{other} is an Incoming Mail Account already. Change that one instead.",
                field="email_address",
            )
        if account.email_address in other.own_addresses:
            raise AccountRefused(
                f"{account.email_address} is another address of {other}, which is read already. "
                "Its mail arrives there; no second account is needed.",
                field="email_address",
            )


def _fit_to_type(account: IncomingMailAccount) -> None:
    """Remove what the account's type and mode do not use, secrets included."""
    if account.account_type != AccountType.IMAP:
        account.authentication_mode = AuthenticationMode.OAUTH_PERSON
        account.imap_host = account.imap_username = account.imap_password = ""
    elif account.uses_connection:
        account.imap_password = ""
    else:
        account.connection = None
        if not account.imap_host:
            raise AccountRefused("Name the IMAP server, as imap.example.com.", field="imap_host")


def _check_complete(account: IncomingMailAccount) -> None:
    if account.outgoing_account is None:
        raise AccountRefused(
            "Choose an Outgoing Mail Account: answers to this mail leave through it.",
            field="outgoing",
        )
    if account.request_type is None:
        raise AccountRefused(
            "Choose the Request Type that new tickets from this mailbox get.", field="request_type"
        )


def _can_be_enabled(account: IncomingMailAccount, *, was_enabled: bool) -> bool:
    """Turning on needs a working connection; what is on stays on while it is being repaired.

    A password was tried when it was stored.
    """
    if not account.uses_connection:
        return True
    connection = account.connection
    if connection is None or connection.state == Connection.State.NOT_AUTHORIZED:
        return False
    return connection.is_usable or was_enabled


def _store_own_way_out(account: IncomingMailAccount, *, before: IncomingMailAccount | None) -> None:
    """Give the mailbox's own Outgoing Mail Account the connection that the mailbox has."""
    way_out = account.outgoing_account
    if way_out is None:
        return
    is_new = way_out.pk is None
    if is_new and not account.uses_connection:
        raise AccountRefused(
            "A mailbox that is read by password needs an Outgoing Mail Account of its own kind. "
            "Add that first, then choose it here.",
            field="outgoing",
        )
    follows = (
        before is not None
        and account.connection is not None
        and way_out.email_address == account.email_address
        and way_out.connection_id is not None
        and way_out.connection_id == before.connection_id
    )
    if not (is_new or follows):
        return
    way_out.connection = account.connection
    try:
        with transaction.atomic():
            way_out.save(update_fields=None if is_new else ["connection"])
    except IntegrityError as error:
        raise AccountRefused(
            f"{way_out} is an Outgoing Mail Account already. Choose it from the list.",
            field="outgoing",
        ) from error
    account.outgoing_account = way_out
    if account.connection is not None:
        add_protocol(account.connection, way_out.protocol)


def _write(
    account: IncomingMailAccount, *, before: IncomingMailAccount | None, now: datetime
) -> None:
    fields: list[str] = [*SETTINGS, "next_read_at", *_STANDING]
    if before is not None and before.email_address != account.email_address:
        _forget_mailbox(account)
        fields.extend(_FRESH_START)
    _clear_problem(account, now=now)
    try:
        with transaction.atomic():
            account.save(update_fields=fields if before is not None else None)
    except IntegrityError as error:
        raise AccountRefused(
            f"{account} was added by somebody else just now. Change that account instead.",
            field="email_address",
        ) from error


def _forget_mailbox(account: IncomingMailAccount) -> None:
    """Another mailbox starts from its beginning; whoever still reads the old one loses its turn."""
    account.cursor, account.own_addresses = "", []
    account.first_read_at = account.last_read_at = account.last_mail_at = None
    account.reading_until = None
    account.reading_by = ""


def _clear_problem(account: IncomingMailAccount, *, now: datetime) -> None:
    """Forget what went wrong, so that the next reading says how things stand now."""
    states = IncomingMailAccount.State
    account.next_read_at = now
    account.failures = 0
    account.problem = account.remedy = account.problem_code = account.problem_raw = ""
    if account.state in {states.TRYING, states.NEEDS_PERSON}:
        account.state = states.NEVER_READ
        account.state_since = now
