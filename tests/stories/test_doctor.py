"""postdesk doctor tells of each connection and account what the pages tell."""

import argparse
import json

import pytest

from postdesk.base import clock
from postdesk.cli import doctor
from postdesk.cli.examining_mail import examine_mail
from postdesk.cli.findings import Finding
from postdesk.connections.models import Connection
from postdesk.site.alarms import change_alarm_settings
from tests.pages.mail_making import make_authorized, make_mailbox, make_way_out

pytestmark = pytest.mark.django_db(transaction=True)


def found(about: str) -> list[Finding]:
    return [each for each in examine_mail(now=clock.now()) if each.title.startswith(about)]


def test_working_desk_has_nothing_bad(desk) -> None:
    findings = found("Connection") + found("Incoming") + found("Outgoing")
    assert [each for each in findings if each.state == "bad"] == []
    assert any("Mailbox opened" in each.what for each in findings)
    assert any("Clock: Goes like the provider's." in each.what for each in findings)


def test_ended_sign_in_is_told_with_its_remedy(desk) -> None:
    Connection.objects.update(
        state=Connection.State.NEEDS_REAUTHORIZATION, error_code="AADSTS700082"
    )
    told = found("Connection")[0]
    assert told.state == "bad"
    assert told.what.startswith("Needs re-authorization.")
    assert "Press Authorize" in told.remedy
    assert found("Incoming")[0].state == "bad"


def test_secret_that_ends_soon_and_one_that_has_ended_are_told(db) -> None:
    today = clock.now().date()
    make_authorized(secret_ends_on=today.replace(year=today.year - 1))
    findings = found("Connection")
    assert any(each.state == "bad" and "ended on" in each.what for each in findings)


def test_server_that_does_not_answer_is_told(db) -> None:
    make_way_out(smtp_host="127.0.0.1", smtp_port=9)
    assert found("Outgoing")[0].state == "bad"


def test_mailbox_that_is_off_is_mentioned(db) -> None:
    make_mailbox()
    assert found("Incoming") == [
        Finding(title="Incoming help@contoso.test", what="E-Mail Tickets are off", state="warn")
    ]


def test_alarms_that_reach_nobody_are_bad(db) -> None:
    assert found("Alarms")[0].state == "warn"
    change_alarm_settings(smtp_host="smtp.other.example")
    assert found("Alarms")[0].state == "ok"
    change_alarm_settings(alarms_to_administrators=False)
    assert found("Alarms")[0].state == "bad"


def test_json_holds_the_findings_and_status_says_whether_a_person_is_needed(
    db, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = argparse.Namespace(public_url=None, setup_address=False, json=True)
    change_alarm_settings(alarms_to_administrators=False)
    assert doctor.run(arguments) == 1
    told = json.loads(capsys.readouterr().out)
    assert "ok" in {each["state"] for each in told if each["title"] == "Database"}
    change_alarm_settings(alarms_to_administrators=True)
    assert doctor.run(arguments) == 0
