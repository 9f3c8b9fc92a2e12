"""Each code of Microsoft's sign-in, and refusals of Graph: the state, the words, and the cure."""

import pytest

from postdesk.base import clock
from postdesk.base.explanations import AADSTS, TABLE, Button, Outcome
from postdesk.connections.models import AccessToken, Connection, StateChange
from postdesk.flow import alarm
from postdesk.flow.renewing import renew_idle
from postdesk.mail.history import history_of
from postdesk.site.models import Alarm
from postdesk.tickets.models import Ticket
from postdesk_sandbox.entra.codes import CATALOGUE
from tests.sandbox_client import write_mail

State = Connection.State
STATES = {
    Outcome.REAUTHORIZE: State.NEEDS_REAUTHORIZATION,
    Outcome.MISCONFIGURED: State.MISCONFIGURED,
    Outcome.BLOCKED: State.BLOCKED,
}
PASSING = sorted(code for code, entry in AADSTS.items() if entry.outcome is Outcome.PASSING)
LASTING = sorted(code for code, entry in AADSTS.items() if entry.outcome in STATES)
# The tenant orders any code of its catalogue; it is ours to notice when one is missing there.
UNKNOWN_TO_THE_TENANT = AADSTS.keys() - CATALOGUE.keys()


def break_renewal(desk, code):
    """Let the tenant refuse every token from now on, and a mail wait in the mailbox."""
    desk.sandbox.control("faults", surface="token", code=code, times=-1)
    desk.sandbox.inject(write_mail())
    AccessToken.objects.all().delete()
    desk.work()


def open_alarms():
    """Return the alarms that last."""
    return Alarm.objects.filter(kind=Alarm.Kind.ALARM, closed_at=None)


def lift(desk, **how_long):
    """Mend the cause at the provider and let time pass."""
    desk.sandbox.control("faults", clear=True)
    desk.move_clock(**how_long)


def test_every_code_of_the_table_can_be_forced():
    assert not UNKNOWN_TO_THE_TENANT


@pytest.mark.parametrize("code", LASTING)
def test_refusal_is_explained_by_the_table_and_cured_by_its_remedy(desk, code):
    entry = AADSTS[code]
    break_renewal(desk, code)

    connection = Connection.objects.get()
    assert connection.state == STATES[entry.outcome]
    assert connection.error_code == f"AADSTS{code}"
    assert StateChange.objects.filter(after=connection.state, code=f"AADSTS{code}").count() == 1
    line = history_of(desk.account).first()
    assert (line.code, line.explanation, line.remedy) == (
        f"AADSTS{code}",
        entry.happened,
        entry.remedy,
    )
    alarm.decide(now=clock.now())
    raised = open_alarms().get()
    assert (raised.code, raised.text, raised.remedy) == (
        f"AADSTS{code}",
        entry.happened,
        entry.remedy,
    )
    assert Ticket.objects.count() == 0

    lift(desk, seconds=3700)
    if entry.button in {Button.AUTHORIZE, Button.GRANT_CONSENT}:
        assert desk.authorize().succeeded
    else:
        renew_idle(now=clock.now())
    desk.work()
    alarm.decide(now=clock.now())

    assert Connection.objects.get().state == State.WORKING
    assert not open_alarms().exists()
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("code", PASSING)
def test_passing_fault_calls_nobody_and_is_over_by_itself(desk, code):
    break_renewal(desk, code)

    connection = Connection.objects.get()
    assert connection.is_usable
    assert history_of(desk.account).first().kind != "ok"
    alarm.decide(now=clock.now())
    assert not open_alarms().exists()
    assert Ticket.objects.count() == 0

    lift(desk, seconds=1000)
    desk.work()

    assert Connection.objects.get().state == State.WORKING
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "code", "message", "listed"),
    [
        (401, "InvalidAuthenticationToken", "Expired.", "InvalidAuthenticationToken"),
        (403, "ErrorAccessDenied", "Access is denied.", "ErrorAccessDenied"),
        (403, "ErrorAccessDenied", "No: [RAOP] : Blocked by policy.", "ErrorAccessDenied RAOP"),
        (403, "ErrorAccessDenied", "Access to OData is disabled.", "ErrorAccessDenied OData"),
        (403, "ExtensionError", "Disabled.", "ExtensionError"),
        (403, "Authorization_RequestDenied", "No.", "Authorization_RequestDenied"),
        (403, "SomethingNew", "No.", "HTTP 403"),
        (404, "MailboxNotEnabledForRESTAPI", "Inactive.", "MailboxNotEnabledForRESTAPI"),
        (404, "ErrorInvalidUser", "Invalid.", "ErrorInvalidUser"),
        (507, "ErrorQuotaExceeded", "Full.", "ErrorQuotaExceeded"),
    ],
)
def test_refusal_of_graph_is_explained_by_the_table_and_lifted_with_its_cause(
    desk, status, code, message, listed
):
    desk.sandbox.inject(write_mail())
    desk.sandbox.control(
        "faults", surface="graph", status=status, code=code, message=message, times=-1
    )
    desk.work()

    line = history_of(desk.account).first()
    entry = TABLE[listed.lower()]
    assert (line.code, line.explanation, line.remedy) == (listed, entry.happened, entry.remedy)
    assert "Graph request failed" in line.text
    assert Ticket.objects.count() == 0

    lift(desk, seconds=3700)
    if entry.button is Button.AUTHORIZE:
        assert desk.authorize().succeeded
    desk.work()

    assert Ticket.objects.count() == 1


def test_blocked_connection_works_again_by_itself_once_the_policy_lets_it(desk):
    break_renewal(desk, 53003)
    assert Connection.objects.get().state == State.BLOCKED

    lift(desk, seconds=3700)
    renew_idle(now=clock.now())
    desk.work()

    assert Connection.objects.get().state == State.WORKING
    assert Ticket.objects.count() == 1
