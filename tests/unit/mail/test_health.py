"""How accounts are doing, in words."""

from datetime import timedelta

import pytest
from tests.conftest import MOMENT

from postdesk.connections.models import Connection
from postdesk.mail.health import (
    Need,
    connection_problem,
    credential_left,
    health_of,
    way_out_health,
)
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount

TODAY = MOMENT.date()
State = Connection.State


def connection(state: str = State.WORKING, **values: object) -> Connection:
    given = {"client_secret": "s", "secret_ends_on": TODAY + timedelta(days=300), **values}
    return Connection(state=state, **given)


def mailbox(link: Connection | None, **values: object) -> IncomingMailAccount:
    given = {"is_enabled": True, "last_read_at": MOMENT, "state": "working", **values}
    return IncomingMailAccount(email_address="help@x.test", connection=link, **given)


def test_working_mailbox_is_well() -> None:
    health = health_of(mailbox(connection()), now=MOMENT)
    assert (health.need, health.text, health.cause) == (Need.WELL, "Authorized", "")


def test_mailbox_without_a_sign_in_is_unfinished() -> None:
    for link in (None, connection(State.NOT_AUTHORIZED)):
        assert health_of(mailbox(link), now=MOMENT).need == Need.UNFINISHED


@pytest.mark.parametrize("state", [State.NEEDS_REAUTHORIZATION, State.MISCONFIGURED])
def test_broken_connection_comes_before_everything(state: str) -> None:
    link = connection(state, error_code="AADSTS700082", error_raw="AADSTS700082: expired")
    health = health_of(mailbox(link, state="trying"), now=MOMENT)
    assert (health.need, health.kind, health.code) == (Need.BROKEN, "bad", "AADSTS700082")
    assert health.cause
    assert health.remedy


def test_paused_mailbox_with_a_broken_connection_is_disabled_and_still_explains() -> None:
    link = connection(State.NEEDS_REAUTHORIZATION, error_code="AADSTS700082")
    assert health_of(mailbox(link, is_enabled=False), now=MOMENT).need == Need.DISABLED
    stopped = connection_problem(link)
    assert stopped is not None
    assert stopped.kind == "bad"


def test_mailbox_that_was_never_read_and_cannot_sign_in_is_broken() -> None:
    link = connection(State.MISCONFIGURED, error_code="AADSTS7000215")
    health = health_of(mailbox(link, is_enabled=False, last_read_at=None), now=MOMENT)
    assert health.need == Need.BROKEN


def test_refusal_of_the_mailbox_needs_a_person() -> None:
    account = mailbox(connection(), state="needs_person", problem="No access.", remedy="Grant it.")
    health = health_of(account, now=MOMENT)
    assert (health.need, health.cause, health.remedy) == (Need.BROKEN, "No access.", "Grant it.")


def test_trouble_that_passes_is_said_without_alarm() -> None:
    health = health_of(mailbox(connection(), state="trying", problem="503"), now=MOMENT)
    assert (health.need, health.kind) == (Need.SOON, "soon")


def test_silence_of_the_daemon_is_noticed() -> None:
    silent = mailbox(connection(), last_read_at=MOMENT - timedelta(hours=2))
    fresh = mailbox(connection(), last_read_at=MOMENT - timedelta(hours=1))
    assert health_of(silent, now=MOMENT).text == "Not read lately"
    assert health_of(fresh, now=MOMENT).need == Need.WELL


@pytest.mark.parametrize(
    ("days", "kind", "text"),
    [
        (61, "ok", "61 days left"),
        (60, "soon", "60 days left"),
        (1, "soon", "1 day left"),
        (0, "soon", "0 days left"),
        (-1, "bad", "secret has ended"),
    ],
)
def test_secret_is_warned_of_sixty_days_before(days: int, kind: str, text: str) -> None:
    link = connection(secret_ends_on=TODAY + timedelta(days=days))
    left = credential_left(link, now=MOMENT)
    assert left is not None
    assert (left.kind, left.text) == (kind, text)
    expected = Need.WELL if kind == "ok" else Need.SOON
    assert health_of(mailbox(link), now=MOMENT).need == expected


def test_unknown_end_of_a_secret_is_a_warning() -> None:
    left = credential_left(connection(secret_ends_on=None), now=MOMENT)
    assert left is not None
    assert (left.kind, left.text) == ("soon", "end not known")


def test_way_out_says_what_stands_against_sending() -> None:
    smtp = {"email_address": "d@x.test", "kind": "smtp"}
    assert way_out_health(OutgoingMailAccount(**smtp)).text == "Ready"
    refused = OutgoingMailAccount(**smtp, problem="Password refused.")
    assert way_out_health(refused).need == Need.BROKEN
    off = OutgoingMailAccount(**smtp, is_active=False, problem="Password refused.")
    assert way_out_health(off).need == Need.DISABLED
    graph = OutgoingMailAccount(email_address="d@x.test", kind="microsoft365")
    assert way_out_health(graph).need == Need.UNFINISHED
