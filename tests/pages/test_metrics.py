"""/metrics and the notes of /readyz."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client as Browser
from tests.conftest import MOMENT
from tests.pages.mail_making import make_authorized, make_connection, make_mailbox, make_way_out

from postdesk.base import clock
from postdesk.base.ids import hash_token
from postdesk.connections.models import Connection
from postdesk.site.alarms import Telling, change_alarm_settings, open_alarm
from postdesk.site.models import Alarm
from postdesk.site.options import note_worker_seen, read_options
from postdesk.web.session import metrics

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus"


def scrape(browser: Browser, **headers: str) -> str:
    answer = browser.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return answer.content.decode()


def test_figures_are_taken_from_the_database(stranger: Browser) -> None:
    clock.shift_to(MOMENT)
    ending = (MOMENT + timedelta(days=12)).date()
    working = make_authorized(secret_ends_on=ending)
    make_connection(tenant_id="other.test", state=Connection.State.BLOCKED)
    make_mailbox(connection=working, is_enabled=True, last_read_at=MOMENT - timedelta(seconds=90))
    make_way_out(problem="Refused.")
    open_alarm(
        Telling(
            subject="outgoing:1",
            topic="sending",
            names="x",
            text="Refused.",
            remedy="",
            page="",
            since=MOMENT,
        ),
        kind=Alarm.Kind.ALARM,
        now=MOMENT,
    )
    read_options()
    note_worker_seen(now=MOMENT)

    lines = scrape(stranger)
    assert 'postdesk_connections{state="working"} 1.0' in lines
    assert 'postdesk_connections{state="blocked"} 1.0' in lines
    assert 'postdesk_connections{state="failing"} 0.0' in lines
    assert (
        f'postdesk_connection_days_left{{connection="{working.pk}",kind="secret",'
        'mailboxes="help@contoso.test"} 12.0' in lines
    )
    [read] = [
        line for line in lines.splitlines() if line.startswith("postdesk_seconds_since_last_read{")
    ]
    assert 90 <= float(read.split()[-1]) < 100
    assert 'postdesk_messages{stage="held"} 0.0' in lines
    assert 'postdesk_alarms_open{kind="alarm"} 1.0' in lines
    assert 'postdesk_accounts_in_trouble{direction="outgoing"} 1.0' in lines
    assert "postdesk_worker_seconds_since_seen" in lines


def test_metrics_hold_no_secret(stranger: Browser) -> None:
    make_mailbox(connection=make_authorized(), is_enabled=True)
    lines = scrape(stranger)
    assert "s3cret" not in lines
    assert "a-refresh-token" not in lines
    assert "client-1" not in lines


def test_without_a_token_only_this_machine_reads_them(stranger: Browser) -> None:
    assert stranger.get("/metrics", REMOTE_ADDR="198.51.100.7").status_code == 403
    through_a_proxy = {"x-forwarded-for": "198.51.100.7"}
    assert stranger.get("/metrics", headers=through_a_proxy).status_code == 403
    assert stranger.get("/metrics", REMOTE_ADDR="::1").status_code == 200


def test_with_a_token_everybody_has_to_show_it(stranger: Browser) -> None:
    change_alarm_settings(metrics_token_hash=hash_token(TOKEN))
    assert stranger.get("/metrics").status_code == 401
    wrong = {"Authorization": "Bearer something-else"}
    assert stranger.get("/metrics", headers=wrong).status_code == 401
    right = {"Authorization": f"Bearer {TOKEN}", "x-forwarded-for": "198.51.100.7"}
    answer = stranger.get("/metrics", headers=right, REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 200


def test_broken_connection_is_a_note_and_no_reason_to_be_taken_out_of_service(
    stranger: Browser,
) -> None:
    read_options()
    note_worker_seen(now=clock.now())
    assert stranger.get("/readyz").json() == {"status": "ok", "problems": [], "notes": []}
    make_mailbox(
        connection=make_connection(state=Connection.State.NEEDS_REAUTHORIZATION), is_enabled=True
    )
    answer = stranger.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["notes"] == ["1 of the connections to mail providers need a person."]
    assert "help@contoso.test" not in answer.content.decode()


def test_database_that_does_not_answer_is_said(
    stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(**_values: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(metrics, "take_figures", break_down)
    answer = stranger.get("/metrics")
    assert answer.status_code == 503
    monkeypatch.setattr(metrics, "read_alarm_settings", break_down)
    assert "does not answer" in stranger.get("/metrics").content.decode()
