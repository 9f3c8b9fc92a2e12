"""The audit table: what it takes and what it never keeps."""

from datetime import datetime

import pytest

from postdesk.directory.models import Tech
from postdesk.site.audit import Action, entries, record
from postdesk.site.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_entry_names_person_action_and_target(administrator: Tech, now: datetime) -> None:
    record(Action.TECH_ADDED, actor=administrator.person, target="Nina", now=now)
    entry = AuditEntry.objects.get()
    assert entry.actor == "Ada Admin (ada@desk.example)"
    assert entry.person_id == administrator.person.pk
    assert (entry.what, entry.target, entry.at) == ("Tech added", "Nina", now)


def test_nobody_is_the_mailer_daemon_and_a_text_is_itself(now: datetime) -> None:
    record(Action.REFRESH_FAILED, actor=None, target="x", now=now)
    record(Action.ACCOUNT_CHECKED, actor="API key Monitoring", target="x", now=now)
    assert [entry.actor for entry in entries()] == ["API key Monitoring", "Mailer Daemon"]


@pytest.mark.parametrize(
    "secret",
    ["Bearer eyJ0eXAi.abc", "client_secret=Zx9~words", "pdk_ab12cd34_" + "s" * 43, "code=0.AXo"],
)
def test_what_looks_like_a_secret_is_struck_out(secret: str, now: datetime) -> None:
    record(Action.AUTHORIZED, actor=None, target=secret, detail=f"it said {secret}.", now=now)
    entry = AuditEntry.objects.get()
    assert "[struck out]" in entry.detail
    assert secret[-6:] not in entry.detail + entry.target


def test_entries_are_never_changed_or_deleted(now: datetime) -> None:
    record(Action.AUTHORIZED, actor=None, target="x", now=now)
    with pytest.raises(TypeError, match="never changed"):
        AuditEntry.objects.update(target="y")
    with pytest.raises(TypeError, match="never deleted"):
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.get().target == "x"


def test_unknown_action_is_a_mistake_of_the_program(now: datetime) -> None:
    with pytest.raises(ValueError, match="is not a valid Action"):
        record("something", actor=None, target="x", now=now)


def test_entry_stays_when_its_person_is_gone(administrator: Tech, now: datetime) -> None:
    record(Action.TECH_ADDED, actor=administrator.person, target="Nina", now=now)
    administrator.person.delete()
    assert AuditEntry.objects.get().actor == "Ada Admin (ada@desk.example)"


def test_entries_are_found_by_action_and_by_words(now: datetime) -> None:
    record(Action.AUTHORIZED, actor="Ada", target="support@a.test", detail="by Eve", now=now)
    record(Action.TECH_ADDED, actor="Ada", target="Nina", now=now)
    assert entries(action=Action.TECH_ADDED).get().target == "Nina"
    assert entries(text="ada EVE").get().target == "support@a.test"
    assert not entries(text="nobody").exists()
