"""What people do in Setup stands in the audit table, with who did it and no secret."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client as Browser
from tests.pages.mail_making import (
    HELP,
    SECRET,
    at_public_url,
    incoming_form,
    make_authorized,
    make_mailbox,
    make_request_type,
    make_way_out,
)

from postdesk.base.errors import NeedsPerson
from postdesk.connections.authorize import note_failure
from postdesk.connections.models import AuthorizationAttempt, Connection
from postdesk.connections.states import after_refusal
from postdesk.directory.models import Person, Tech
from postdesk.site.models import AuditEntry

pytestmark = pytest.mark.django_db
ADA = "Ada Admin (ada@desk.example)"


@pytest.fixture
def browser(administrator: Tech, signed_in: Callable[[Person], Browser]) -> Browser:
    return at_public_url(signed_in(administrator.person))


def only(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_changed_options_are_told_with_before_and_after(browser: Browser) -> None:
    browser.post(
        "/setup/options/",
        {
            "public_scheme": "http",
            "public_host": "localhost",
            "public_port": "8080",
            "poll_seconds": "45",
            "time_zone": "UTC",
            "proxy_url": "http://anna:geheim@proxy.example:3128",
        },
    )
    entry = only("options_changed")
    assert entry.actor == ADA
    assert entry.detail == "poll_seconds: 30 to 45; proxy_url"


def test_tech_is_told_when_added_and_when_changed(browser: Browser, tech: Tech) -> None:
    password = "a long enough passphrase"
    browser.post(
        "/setup/techs/new/",
        {"name": "Nina", "email": "nina@desk.example", "addresses": "", "password": password},
    )
    added = only("tech_added")
    assert (added.actor, added.target) == (ADA, "Nina (nina@desk.example)")
    browser.post(
        f"/setup/techs/{tech.pk}/",
        {
            "name": "Timo",
            "email": tech.person.email,
            "addresses": "",
            "password": password,
            "is_active": "on",
        },
    )
    assert only("tech_changed").detail == "name: Tim Tech to Timo; password replaced"
    assert password not in repr(list(AuditEntry.objects.values()))


def test_refused_change_leaves_no_entry(browser: Browser, administrator: Tech) -> None:
    form = {"name": "Ada", "email": "ada@desk.example", "addresses": "", "password": ""}
    assert browser.post(f"/setup/techs/{administrator.pk}/", form).status_code == 422
    assert not AuditEntry.objects.exists()


def test_account_and_its_connection_are_told_without_the_secret(browser: Browser) -> None:
    request_type = make_request_type()
    browser.post("/setup/incoming-mail-accounts/new/", incoming_form(request_type=request_type.pk))
    assert only("account_added").target == HELP
    assert only("connection_registered").actor == ADA
    assert SECRET not in repr(list(AuditEntry.objects.values()))


def test_switching_and_deleting_an_account_is_told(browser: Browser) -> None:
    mailbox = make_mailbox(
        connection=make_authorized(),
        outgoing_account=make_way_out(),
        request_type=make_request_type(),
    )
    address = f"/setup/incoming-mail-accounts/{mailbox.pk}/"
    browser.post(f"{address}switch/", {"enable": "1"})
    browser.post(f"{address}switch/", {"disable": "1"})
    browser.post(f"{address}delete/")
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == [
        "account_enabled",
        "account_disabled",
        "account_deleted",
        "connection_deleted",
    ]
    assert {entry.actor for entry in AuditEntry.objects.all()} == {ADA}


def test_switching_a_way_out_is_told(browser: Browser) -> None:
    address = f"/setup/outgoing-mail-accounts/{make_way_out().pk}/switch/"
    browser.post(address, {"deactivate": "1"})
    browser.post(address, {"activate": "1"})
    assert only("outgoing_deactivated").actor == only("outgoing_activated").actor == ADA


def test_failed_authorization_is_told_with_who_tried(administrator: Tech, now: datetime) -> None:
    attempt = AuthorizationAttempt(
        connection=make_authorized(), started_by=administrator.person, mailbox=HELP, started_at=now
    )
    error = NeedsPerson("Consent was declined.", remedy="Ask.", code="AADSTS65004")
    note_failure(attempt, error, now=now)
    entry = only("authorization_failed")
    assert entry.actor == ADA
    assert entry.detail == f"{HELP}: Consent was declined. AADSTS65004"


def test_change_of_a_state_is_told_once(now: datetime) -> None:
    row = make_authorized()
    error = NeedsPerson("The secret has ended.", remedy="Make one.", code="AADSTS7000222")
    for _ in range(2):
        after_refusal(row, error, Connection.State.MISCONFIGURED, now=now)
    entry = only("connection_state")
    assert entry.actor == "Mailer Daemon"
    assert entry.detail == ("Authorized to Needs a correction: The secret has ended. AADSTS7000222")
