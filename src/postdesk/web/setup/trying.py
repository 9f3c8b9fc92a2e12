"""Trying the settings of a form before they are stored."""

from typing import TYPE_CHECKING

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.connections.checking import check_secret
from postdesk.connections.models import Connection
from postdesk.flow import probe
from postdesk.flow.probe import CheckLine, CheckReport

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk.mail.accounts import Registration
    from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount

_SECRET = "Client ID and secret accepted"  # noqa: S105  a title
_OPEN = "Open the mailbox"


def is_worth_testing(connection: Connection | None, registration: "Registration | None") -> bool:
    """Say whether somebody has signed in for what would be stored."""
    return (
        connection is not None
        and connection.state == Connection.State.AUTHORIZED
        and not _is_other_application(connection, registration)
    )


def try_incoming(
    account: "IncomingMailAccount", registration: "Registration | None"
) -> CheckReport:
    """Check the typed secret, if any, then sign in and open the mailbox."""
    before = _check_registration(account.connection, registration)
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
    before = _check_registration(account.connection, registration)
    if any(line.state == "bad" for line in before):
        next_step = f"Send a test mail to {send_to}" if send_to else "Reach the server and sign in"
        return CheckReport(lines=(*before, _not_tried(next_step)))
    sent = probe.check_outgoing(account, send_to=send_to, now=now)
    return CheckReport(lines=(*before, *sent.lines))


def _check_registration(
    connection: Connection | None, registration: "Registration | None"
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
    if not registration.client_secret or not connection.refresh_token:
        return ()
    return (_check_typed_secret(connection, registration.client_secret),)


def _check_typed_secret(connection: Connection, client_secret: str) -> CheckLine:
    try:
        check_secret(connection, client_secret=client_secret)
    except NeedsPerson as error:
        return CheckLine(
            title=_SECRET, why=error.what, state="bad", remedy=error.remedy, code=error.code
        )
    except TryLater as error:
        return CheckLine(
            title=_SECRET,
            why=error.what,
            state="bad",
            remedy="It passes by itself: try again in a minute.",
        )
    return CheckLine(title=_SECRET)


def _is_other_application(connection: Connection, registration: "Registration | None") -> bool:
    if registration is None:
        return False
    stored = (connection.cloud, connection.tenant_id, connection.client_id)
    return stored != (registration.cloud, registration.tenant_id, registration.client_id)


def _not_tried(title: str) -> CheckLine:
    return CheckLine(title=title, why="not tried", state="skip")
