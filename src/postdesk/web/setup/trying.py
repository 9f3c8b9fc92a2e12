"""Trying the settings of a form before they are stored."""

from typing import TYPE_CHECKING

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.connections.checking import check_registration
from postdesk.connections.models import Connection
from postdesk.flow import probe
from postdesk.flow.probe import CheckLine, CheckReport

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk.connections.registering import Registration
    from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount

_SECRET = "Client ID and secret accepted"  # noqa: S105  a title
_CERTIFICATE = "Client ID and certificate accepted"
_OPEN = "Open the mailbox"


def is_worth_testing(connection: Connection | None, registration: "Registration | None") -> bool:
    """Say whether somebody has signed in for what would be stored."""
    return (
        connection is not None
        and connection.is_usable
        and not _is_other_application(connection, registration)
    )


def try_incoming(
    account: "IncomingMailAccount", registration: "Registration | None"
) -> CheckReport:
    """Check the typed secret, if any, then sign in and open the mailbox."""
    before = _check_registration(account.connection, registration, account.email_address)
    if any(line.state == "bad" for line in before):
        return CheckReport(lines=(*before, _not_tried(_OPEN)))
    return CheckReport(lines=(*before, *probe.check_incoming(account).lines))


def try_outgoing(
    account: "OutgoingMailAccount",
    registration: "Registration | None",
    *,
    send_to: str,
    now: "datetime",
) -> CheckReport:
    """Check the typed secret, if any, then sign in and really send a mail to ``send_to``.

    An empty ``send_to`` sends nothing.
    """
    before = _check_registration(account.connection, registration, account.email_address)
    if any(line.state == "bad" for line in before):
        next_step = f"Send a test mail to {send_to}" if send_to else "Reach the server and sign in"
        return CheckReport(lines=(*before, _not_tried(next_step)))
    sent = probe.check_outgoing(account, send_to=send_to, now=now)
    return CheckReport(lines=(*before, *sent.lines))


def _check_registration(
    connection: Connection | None, registration: "Registration | None", mailbox: str
) -> tuple[CheckLine, ...]:
    if connection is None or registration is None:
        return ()
    if connection.refresh_token and _is_other_application(connection, registration):
        return (
            CheckLine(
                title="Saved sign-in fits the registration",
                why="The cloud, Tenant ID or Client ID was changed.",
                state="bad",
                remedy="Press Authorize: the saved sign-in is good for the old registration only.",
            ),
        )
    can_ask = bool(connection.refresh_token) or not connection.is_signed_in
    if not registration.has_new_credential or not can_ask:
        return ()
    return (_check_typed_credential(connection, registration, mailbox),)


def _check_typed_credential(
    connection: Connection, registration: "Registration", mailbox: str
) -> CheckLine:
    title = _CERTIFICATE if registration.private_key else _SECRET
    try:
        check_registration(connection, registration, mailbox=mailbox)
    except NeedsPerson as error:
        return CheckLine(
            title=title, why=error.what, state="bad", remedy=error.remedy, code=error.code
        )
    except TryLater as error:
        return CheckLine(
            title=title,
            why=error.what,
            state="bad",
            remedy="It passes by itself: try again in a minute.",
        )
    return CheckLine(title=title)


def _is_other_application(connection: Connection, registration: "Registration | None") -> bool:
    return registration is not None and registration.is_other_application(connection)


def _not_tried(title: str) -> CheckLine:
    return CheckLine(title=title, why="not tried", state="skip")
