"""The right person, with all permissions, and what they open: the mailbox and the way out."""

from datetime import datetime

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.base.explanations import Actor, Button
from postdesk.connections.models import Connection, SetupCheck
from postdesk.connections.provider_facts import read_provider_facts
from postdesk.connections.providing import scopes_for_first_token
from postdesk.flow.checks.line import NOT_SIGNED_IN, from_error, skipped
from postdesk.flow.opening import inbox_of, outgoing_of
from postdesk.flow.probe import CheckLine
from postdesk.mail.models import IncomingMailAccount
from postdesk.oauth.scopes import scopes_missing

_AUTHORIZE = Button.AUTHORIZE.value


def check_person(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001  each check takes the same
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Compare who signed in with the mailbox, unless it is a shared one."""
    title, connection = "Who signed in", _connection_of(account)
    if not connection.is_signed_in:
        return skipped(title, "Nobody signs in: the application acts for itself.")
    if not connection.is_usable:
        return _not_signed_in(title, connection)
    person, mailbox = connection.person_upn, account.email_address
    if not person:
        return skipped(title, "The provider did not say who signed in.")
    if person.lower() == mailbox.lower() or connection.for_shared_mailbox:
        return CheckLine(title=title, why=f"{person}, for {mailbox}")
    return CheckLine(
        title=title,
        why=f"{person} signed in, but the mailbox is {mailbox}.",
        state="warn",
        remedy="If that is meant, tick Shared mailbox. If not, press Re-Authorize and pick "
        f"{mailbox} itself.",
        who=Actor.SIGNED_IN.value,
        button=_AUTHORIZE,
    )


def check_person_tenant(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Compare the tenant of who signed in with the one that was registered."""
    title, connection = "Tenant of the sign-in", _connection_of(account)
    if not (connection.is_usable and connection.person_tenant_id):
        return skipped(title, "No sign-in by a person of a tenant.")
    try:
        wanted = read_provider_facts(connection).tenant_id
    except (NeedsPerson, TryLater) as error:
        return from_error(title, error)
    if not wanted:
        return skipped(title, "Microsoft did not say which tenant it is.")
    if wanted == connection.person_tenant_id.lower():
        return CheckLine(title=title, why=f"{connection.person_upn} belongs to it.")
    return CheckLine(
        title=title,
        why=f"{connection.person_upn} belongs to another tenant ({connection.person_tenant_id}).",
        state="bad",
        remedy="Press Re-Authorize and pick an account of your own organisation.",
        code="wrong_tenant",
        who=Actor.SIGNED_IN.value,
        button=_AUTHORIZE,
    )


def check_scopes(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Compare what was granted with what the account needs."""
    title, connection = "Permissions granted", _connection_of(account)
    if not connection.is_signed_in:
        return skipped(title, "Opening the mailbox tells what the application may do.")
    if not connection.is_usable:
        return skipped(title, NOT_SIGNED_IN)
    granted = connection.scopes_granted.split()
    missing = scopes_missing(scopes_for_first_token(connection), granted)
    if not missing:
        return CheckLine(title=title, why=", ".join(scope.rpartition("/")[2] for scope in granted))
    names = ", ".join(scope.rpartition("/")[2] for scope in missing)
    return CheckLine(
        title=title,
        why=f"Missing: {names}.",
        state="bad",
        remedy="Add it to the registration under API permissions, then press Re-Authorize.",
        code="scope_missing",
        who=Actor.MICROSOFT_ADMIN.value,
        button=_AUTHORIZE,
    )


def check_mailbox(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Open the mailbox."""
    title = "Mailbox opens"
    if not _connection_of(account).is_usable:
        return skipped(title, NOT_SIGNED_IN)
    try:
        with inbox_of(account) as inbox:
            facts = inbox.probe()
    except CarriesDecision as error:
        return from_error(title, error)
    return CheckLine(title=title, why=f"{facts.folder_name} holds {facts.message_count} messages.")


def check_sending(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Open the Outgoing Mail Account of the mailbox."""
    title, way_out = "Way out opens", account.outgoing_account
    if way_out is None:
        return CheckLine(
            title=title,
            why="No Outgoing Mail Account is chosen, so nobody can be answered.",
            state="bad",
            remedy="Choose one in the account and save.",
            who=Actor.DESK_ADMIN.value,
            button=Button.EDIT_ACCOUNT.value,
        )
    if way_out.connection is not None and not way_out.connection.is_usable:
        return skipped(title, f"{way_out}: {NOT_SIGNED_IN}")
    try:
        with outgoing_of(way_out) as outgoing:
            answer = outgoing.probe()
    except CarriesDecision as error:
        return from_error(title, error)
    return CheckLine(title=title, why=answer)


def _connection_of(account: IncomingMailAccount) -> Connection:
    assert account.connection is not None  # noqa: S101  a run has a connection
    return account.connection


def _not_signed_in(title: str, connection: Connection) -> CheckLine:
    return CheckLine(
        title=title,
        why=f"{connection.get_state_display()}.",
        state="bad",
        remedy="Press Authorize.",
        code=connection.error_code,
        who=Actor.SIGNED_IN.value,
        button=_AUTHORIZE,
    )
