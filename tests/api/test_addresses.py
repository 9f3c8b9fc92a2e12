"""What the addresses of the API say."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client as Caller
from pytest_django import Settings
from tests.pages.mail_making import (
    ANNA,
    HELP,
    SECRET,
    PretendDesk,
    make_authorized,
    make_mailbox,
    make_way_out,
    open_pretend_desk,
)

from postdesk.base import clock
from postdesk.connections.models import Connection
from postdesk.site.models import AuditEntry
from postdesk.site.options import note_worker_seen, read_options

pytestmark = pytest.mark.django_db
REFRESH_TOKEN = "a-refresh-token"


@pytest.fixture
def pretend_desk(settings: Settings) -> Iterator[PretendDesk]:
    yield from open_pretend_desk(settings)


def test_health_says_what_keeps_the_desk_from_working(caller: Caller) -> None:
    answer = caller.get("/api/v1/health")
    assert answer.status_code == 503
    assert "postdesk worker" in answer.json()["problems"][0]
    read_options()
    note_worker_seen(now=clock.now())
    well = caller.get("/api/v1/health")
    assert (well.status_code, well.json()["status"], well.json()["problems"]) == (200, "ok", [])


def test_health_notes_a_connection_that_needs_a_person(caller: Caller) -> None:
    read_options()
    note_worker_seen(now=clock.now())
    row = make_authorized()
    Connection.objects.filter(pk=row.pk).update(state=Connection.State.BLOCKED)
    answer = caller.get("/api/v1/health")
    assert answer.status_code == 200
    assert "1 of the connections to mail providers need a person." in answer.json()["notes"]


def test_connection_says_state_ends_and_accounts(caller: Caller) -> None:
    row = make_authorized(secret_ends_on=clock.now().date() + timedelta(days=20))
    make_mailbox(connection=row)
    told = caller.get("/api/v1/connections").json()
    assert told == [caller.get(f"/api/v1/connections/{row.pk}").json()]
    assert told[0]["state"] == "working"
    assert told[0]["signed_in_as"] == ANNA
    assert told[0]["accounts"] == [HELP]
    assert told[0]["last_refresh"].startswith("2026-11-23T14:00:00")
    assert told[0]["error"] is None
    assert (told[0]["ends"][0]["kind"], told[0]["days_left"]) == ("secret", 20)


def test_refused_connection_tells_the_error_in_both_words(caller: Caller) -> None:
    row = make_authorized(error_code="AADSTS7000222", error_raw="AADSTS7000222: keys are expired")
    Connection.objects.filter(pk=row.pk).update(state=Connection.State.MISCONFIGURED)
    told = caller.get(f"/api/v1/connections/{row.pk}").json()
    assert told["needs_person"] is True
    assert told["error"]["code"] == "AADSTS7000222"
    assert told["error"]["provider_words"] == "AADSTS7000222: keys are expired"
    assert "secret" in told["error"]["happened"].lower()
    assert told["error"]["remedy"]


def test_incoming_and_outgoing_accounts_say_how_they_do(caller: Caller) -> None:
    row = make_authorized()
    way_out = make_way_out(problem="The server said no.", remedy="Mend it.", problem_code="550")
    make_mailbox(
        connection=row, outgoing_account=way_out, is_enabled=True, last_mail_at=clock.now()
    )
    incoming = caller.get("/api/v1/incoming-mail-accounts").json()[0]
    assert (incoming["email_address"], incoming["state"]["kind"]) == (HELP, "ok")
    assert (incoming["connection_id"], incoming["backlog"], incoming["held"]) == (row.pk, 0, 0)
    assert incoming["last_mail"] is not None
    outgoing = caller.get("/api/v1/outgoing-mail-accounts").json()[0]
    assert (outgoing["state"]["kind"], outgoing["backlog"]) == ("bad", 0)
    assert outgoing["state"]["error"]["happened"] == "The server said no."


def test_no_answer_holds_a_secret(caller: Caller) -> None:
    row = make_authorized(
        private_key="-----BEGIN PRIVATE KEY-----",
        previous_refresh_token="the-one-before",
        error_raw=f"client_secret={SECRET} was sent",
    )
    Connection.objects.filter(pk=row.pk).update(state=Connection.State.BLOCKED)
    make_way_out(smtp_password="a-mail-password")
    make_mailbox(connection=row, is_enabled=True)
    told = "".join(
        caller.get(f"/api/v1/{path}").content.decode()
        for path in (
            "health",
            "connections",
            f"connections/{row.pk}",
            "incoming-mail-accounts",
            "outgoing-mail-accounts",
            "openapi.json",
        )
    )
    assert "[struck out]" in told
    for secret in (SECRET, REFRESH_TOKEN, "the-one-before", "PRIVATE KEY", "a-mail-password"):
        assert secret not in told


def test_check_opens_the_mailbox_and_is_audited(caller: Caller, pretend_desk: PretendDesk) -> None:
    mailbox = make_mailbox(connection=make_authorized())
    answer = caller.post(f"/api/v1/incoming-mail-accounts/{mailbox.pk}/check")
    assert answer.status_code == 200
    assert answer.json()["is_good"] is False
    line = answer.json()["lines"][0]
    assert line["state"] == "bad"
    assert line["remedy"]
    entry = AuditEntry.objects.get(action="account_checked")
    assert entry.actor.startswith("API key Monitoring (pdk_")
    assert entry.target == HELP


def test_check_of_a_mailbox_without_connection_says_so(caller: Caller) -> None:
    mailbox = make_mailbox()
    answer = caller.post(f"/api/v1/incoming-mail-accounts/{mailbox.pk}/check")
    assert answer.json()["is_good"] is False


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "connections/999", 404),
        ("get", "connections/none", 422),
        ("get", "tickets", 404),
        ("delete", "nothing", 404),
        ("post", "incoming-mail-accounts/999/check", 404),
    ],
)
def test_mistakes_are_problems(caller: Caller, method: str, path: str, status: int) -> None:
    answer = getattr(caller, method)(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["type"] == "about:blank"


def test_answers_are_kept_by_no_cache(caller: Caller) -> None:
    for path in ("connections", "connections/999", "health"):
        assert caller.get(f"/api/v1/{path}")["Cache-Control"] == "no-store"


def test_error_of_ours_tells_nothing_of_it(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(**_kwargs: object) -> None:
        raise RuntimeError("an inner secret")

    monkeypatch.setattr("postdesk.api.addresses.describe_incoming", break_down)
    answer = caller.get("/api/v1/incoming-mail-accounts")
    assert answer.status_code == 500
    assert "inner secret" not in answer.content.decode()
    assert "inner secret" in caplog.text


def test_schema_lists_every_address_and_no_page_loads_scripts(caller: Caller) -> None:
    schema = caller.get("/api/v1/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/v1/health",
        "/api/v1/connections",
        "/api/v1/connections/{number}",
        "/api/v1/incoming-mail-accounts",
        "/api/v1/outgoing-mail-accounts",
        "/api/v1/incoming-mail-accounts/{number}/check",
    }
    assert caller.get("/api/v1/docs").status_code == 404
