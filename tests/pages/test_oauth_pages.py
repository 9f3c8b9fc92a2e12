"""Authorize: from the account page to the provider and back, against the pretend tenant."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client as Browser
from pytest_django import Settings
from tests.pages.mail_making import (
    ANNA,
    HELP,
    SUPPORT,
    PretendDesk,
    at_public_url,
    incoming_form,
    make_connection,
    make_mailbox,
    make_request_type,
    make_way_out,
    open_pretend_desk,
    text_of,
)

from postdesk.base import clock
from postdesk.connections.models import AuthorizationAttempt, Connection
from postdesk.directory.models import Person, Tech
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
NEW = "/setup/incoming-mail-accounts/new/"


@pytest.fixture
def tenant(settings: Settings, db: None) -> Iterator[PretendDesk]:
    yield from open_pretend_desk(settings)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


def authorize(browser: Browser, **changes: object) -> str:
    """Fill in a new account and press Authorize; return the page that leads to the provider."""
    form = incoming_form(cloud="pretend", outgoing="", authorize="1", **changes)
    answer = browser.post(NEW, form)
    assert answer.status_code == 303, text_of(answer.content)
    return str(answer["Location"])


def come_back(browser: Browser, callback: str) -> Any:
    """Follow the provider's answer to the page that finishes."""
    answer = browser.get(callback)
    assert answer.status_code == 303
    return browser.get(answer["Location"])


def test_authorize_saves_everything_typed_and_leads_to_microsoft(
    tenant: PretendDesk, browser: Browser
) -> None:
    go_page = authorize(browser, after_processing="keep")
    account = IncomingMailAccount.objects.get()
    assert (account.email_address, account.after_processing) == (HELP, "keep")
    page = text_of(browser.get(go_page).content)
    assert "Continue to Microsoft" in page
    assert "Somebody who has Full Access and Send As on help@contoso.test" in page
    assert "AADSTS50011" in page
    url = tenant.authorize_url(browser, go_page)
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["redirect_uri"] == "http://localhost:8080/oauth/callback"
    assert query["code_challenge_method"] == "S256"
    assert query["state"]


def test_authorize_needs_only_mailbox_and_registration(
    tenant: PretendDesk, browser: Browser
) -> None:
    answer = browser.post(NEW, incoming_form(cloud="pretend", authorize="1", tenant_id=""))
    assert answer.status_code == 422
    assert "Enter the Tenant ID." in text_of(answer.content)
    assert "/oauth/go/" in authorize(browser, request_type="")


def test_person_signs_in_for_a_shared_mailbox(tenant: PretendDesk, browser: Browser) -> None:
    callback = tenant.sign_in(browser, authorize(browser), ANNA)
    answer = come_back(browser, callback)
    account = IncomingMailAccount.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/setup/incoming-mail-accounts/{account.pk}/?authorized=1"
    page = text_of(browser.get(answer["Location"]).content)
    assert f"Authorized: signed in as {ANNA}, reading {HELP}" in page
    assert "switch on Enable E-Mail Tickets and press Save" in page
    assert account.connection is not None
    assert account.connection.state == Connection.State.WORKING
    line = history_of(account).first()
    assert line is not None
    assert (line.kind, line.text) == ("ok", f"Authorized: signed in as {ANNA}, reading {HELP}.")


def test_mailbox_signs_in_for_itself(tenant: PretendDesk, browser: Browser) -> None:
    go_page = authorize(browser, email_address=SUPPORT, for_shared_mailbox=None)
    answer = come_back(browser, tenant.sign_in(browser, go_page, SUPPORT))
    page = text_of(browser.get(answer["Location"]).content)
    assert f"Authorized: signed in as {SUPPORT} To begin" in page


def test_switch_stands_where_it_was_when_coming_back(tenant: PretendDesk, browser: Browser) -> None:
    callback = tenant.sign_in(browser, authorize(browser, is_enabled="on"), ANNA)
    answer = come_back(browser, callback)
    page = browser.get(answer["Location"]).content.decode()
    assert 'id="id_is_enabled" checked' in page
    assert not IncomingMailAccount.objects.get().is_enabled


def test_save_after_the_sign_in_tests_and_enables(tenant: PretendDesk, browser: Browser) -> None:
    come_back(browser, tenant.sign_in(browser, authorize(browser), ANNA))
    account = IncomingMailAccount.objects.get()
    form = incoming_form(
        cloud="pretend",
        connection=str(account.connection_id),
        client_secret="",
        request_type=str(make_request_type().pk),
        is_enabled="on",
    )
    answer = browser.post(f"/setup/incoming-mail-accounts/{account.pk}/", form)
    assert answer.status_code == 303, text_of(answer.content)
    account.refresh_from_db()
    assert account.is_enabled
    assert "Mailbox opened" in text_of(browser.get(answer["Location"]).content)


def test_wrong_new_secret_is_found_before_it_is_stored(
    tenant: PretendDesk, browser: Browser
) -> None:
    come_back(browser, tenant.sign_in(browser, authorize(browser), ANNA))
    account = IncomingMailAccount.objects.get()
    form = incoming_form(
        cloud="pretend",
        connection=str(account.connection_id),
        client_secret="mistyped",
        request_type=str(make_request_type().pk),
    )
    answer = browser.post(f"/setup/incoming-mail-accounts/{account.pk}/", form)
    page = text_of(answer.content)
    assert answer.status_code == 422
    assert "AADSTS7000215" in page
    assert Connection.objects.get().client_secret == "s3cret"
    assert Connection.objects.get().state == Connection.State.WORKING


def test_corrected_secret_brings_a_misconfigured_mailbox_back(
    tenant: PretendDesk, browser: Browser
) -> None:
    come_back(browser, tenant.sign_in(browser, authorize(browser), ANNA))
    account = IncomingMailAccount.objects.get()
    stored = Connection.objects.get()
    stored.access_tokens.all().delete()
    stored.client_secret, stored.state = "expired", Connection.State.MISCONFIGURED
    stored.error_code = "AADSTS7000222"
    stored.save()
    form = incoming_form(
        cloud="pretend",
        connection=str(account.connection_id),
        request_type=str(make_request_type().pk),
    )
    answer = browser.post(f"/setup/incoming-mail-accounts/{account.pk}/", form)
    assert answer.status_code == 303
    assert Connection.objects.get().state == Connection.State.WORKING
    assert "Mailbox opened" in text_of(browser.get(answer["Location"]).content)


def test_cancelled_consent_is_told_and_nothing_is_lost(
    tenant: PretendDesk, browser: Browser
) -> None:
    callback = tenant.press(browser, authorize(browser), step="cancel")
    answer = come_back(browser, callback)
    page = text_of(answer.content)
    assert answer.status_code == 200
    assert "AADSTS65004" in page
    assert "Authorize again" in page
    assert "Everything you entered is saved" in page
    account = IncomingMailAccount.objects.get()
    assert account.email_address == HELP
    line = history_of(account).first()
    assert line is not None
    assert (line.kind, line.code) == ("bad", "AADSTS65004")


def test_person_who_may_not_read_the_mailbox_is_refused(
    tenant: PretendDesk, browser: Browser
) -> None:
    answer = come_back(browser, tenant.sign_in(browser, authorize(browser), SUPPORT))
    page = text_of(answer.content)
    assert f"{SUPPORT} signed in, but cannot read the mailbox {HELP}" in page
    assert Connection.objects.get().state == Connection.State.NOT_AUTHORIZED


def test_wrong_secret_is_told(tenant: PretendDesk, browser: Browser) -> None:
    go_page = authorize(browser, client_secret="mistyped")
    page = text_of(come_back(browser, tenant.sign_in(browser, go_page, ANNA)).content)
    assert "The Client Secret is wrong." in page
    assert "AADSTS7000215" in page


def test_unknown_tenant_is_told_before_leaving(tenant: PretendDesk, browser: Browser) -> None:
    form = incoming_form(cloud="pretend", outgoing="", authorize="1", tenant_id="nobody-knows.test")
    answer = browser.post(NEW, form)
    account = IncomingMailAccount.objects.get()
    assert answer["Location"] == f"/setup/incoming-mail-accounts/{account.pk}/"
    page = text_of(browser.get(answer["Location"]).content)
    assert "The sign-in could not begin" in page
    assert "AADSTS90002" in page
    assert not AuthorizationAttempt.objects.exists()


def test_answer_by_form_post_is_taken(tenant: PretendDesk, browser: Browser) -> None:
    callback = tenant.sign_in(browser, authorize(browser), ANNA)
    path, _, query = callback.partition("?")
    strict = at_public_url(Browser(enforce_csrf_checks=True))
    answer = strict.post(path, dict(parse_qsl(query)))
    assert answer.status_code == 303
    assert browser.get(answer["Location"]).status_code == 303
    assert Connection.objects.get().state == Connection.State.WORKING


def test_callback_needs_no_session_and_gives_none(
    tenant: PretendDesk, browser: Browser, stranger: Browser
) -> None:
    callback = tenant.sign_in(browser, authorize(browser), ANNA)
    answer = at_public_url(stranger).get(callback)
    assert answer.status_code == 303
    assert not answer.cookies
    assert "/sign-in/" in stranger.get(answer["Location"])["Location"]
    assert Connection.objects.get().state == Connection.State.NOT_AUTHORIZED
    assert browser.get(answer["Location"]).status_code == 303
    assert Connection.objects.get().state == Connection.State.WORKING


def test_answer_without_a_known_state_changes_nothing(
    tenant: PretendDesk, browser: Browser
) -> None:
    authorize(browser)
    answer = browser.get("/oauth/callback?code=guessed&state=guessed")
    assert answer["Location"] == "/oauth/unknown/"
    page = browser.get(answer["Location"])
    assert page.status_code == 400
    assert "older than ten minutes" in text_of(page.content)
    assert Connection.objects.get().state == Connection.State.NOT_AUTHORIZED


def test_answer_after_ten_minutes_is_not_taken(tenant: PretendDesk, browser: Browser) -> None:
    go_page = authorize(browser)
    callback = tenant.sign_in(browser, go_page, ANNA)
    clock.shift_to(clock.now() + timedelta(minutes=11))
    assert browser.get(callback)["Location"] == "/oauth/unknown/"
    page = text_of(browser.get(go_page).content)
    assert "older than ten minutes" in page
    assert "Continue to Microsoft" not in page


def test_second_use_shows_the_result_of_the_first(tenant: PretendDesk, browser: Browser) -> None:
    callback = tenant.sign_in(browser, authorize(browser), ANNA)
    finish = browser.get(callback)["Location"]
    first, second = browser.get(finish), browser.get(finish)
    assert first["Location"] == second["Location"]
    again = browser.get(callback)["Location"]
    assert browser.get(again)["Location"] == first["Location"]
    account = IncomingMailAccount.objects.get()
    assert history_of(account).filter(kind="ok").get().times == 1


def test_another_browser_of_the_same_person_is_refused(
    tenant: PretendDesk, browser: Browser, administrator: Tech, signed_in: SignedIn
) -> None:
    callback = tenant.sign_in(browser, authorize(browser), ANNA)
    other = at_public_url(signed_in(administrator.person))
    answer = come_back(other, callback)
    assert answer.status_code == 403
    assert "in another browser" in text_of(answer.content)
    assert Connection.objects.get().state == Connection.State.NOT_AUTHORIZED


def test_sign_in_of_somebody_else_is_not_shown(
    tenant: PretendDesk,
    browser: Browser,
    make_tech: Callable[..., Tech],
    signed_in: SignedIn,
    stranger: Browser,
) -> None:
    go_page = authorize(browser)
    second = make_tech(name="Bea", is_administrator=True)
    assert at_public_url(signed_in(second.person)).get(go_page).status_code == 404
    plain = make_tech(name="Tom")
    assert at_public_url(signed_in(plain.person)).get(go_page).status_code == 403
    assert "/sign-in/" in at_public_url(stranger).get(go_page)["Location"]


def test_authorize_again_starts_a_fresh_sign_in(tenant: PretendDesk, browser: Browser) -> None:
    callback = tenant.press(browser, authorize(browser), step="cancel")
    page = come_back(browser, callback).content.decode()
    old = AuthorizationAttempt.objects.get()
    assert f'action="/oauth/again/{old.pk}/"' in page
    go_page = browser.post(f"/oauth/again/{old.pk}/")["Location"]
    answer = come_back(browser, tenant.sign_in(browser, str(go_page), ANNA))
    assert answer.status_code == 303
    assert Connection.objects.get().state == Connection.State.WORKING


def test_re_authorize_keeps_settings_and_lets_every_account_go_on(
    tenant: PretendDesk, browser: Browser
) -> None:
    connection = make_connection(
        cloud="pretend",
        for_shared_mailbox=True,
        state=Connection.State.NEEDS_REAUTHORIZATION,
        error_code="AADSTS700082",
        authorized_at=clock.now(),
    )
    way_out = make_way_out(
        HELP, kind="microsoft365", connection=connection, problem="x", paused_until=clock.now()
    )
    account = make_mailbox(
        connection=connection,
        outgoing_account=way_out,
        request_type=make_request_type(),
        is_enabled=True,
        state="needs_person",
        problem="Sign in again.",
        cursor="here",
    )
    form = incoming_form(
        connection=str(connection.pk),
        cloud="pretend",
        client_secret="",
        outgoing=str(way_out.pk),
        request_type=str(account.request_type_id),
        is_enabled="on",
        authorize="1",
    )
    go_page = str(browser.post(f"/setup/incoming-mail-accounts/{account.pk}/", form)["Location"])
    come_back(browser, tenant.sign_in(browser, go_page, ANNA))
    account.refresh_from_db()
    assert account.is_enabled
    assert (account.problem, account.cursor) == ("", "here")
    assert Connection.objects.get().client_secret == "s3cret"
    way_out = OutgoingMailAccount.objects.get()
    assert (way_out.problem, way_out.paused_until) == ("", None)


def test_way_out_is_authorized_by_itself(tenant: PretendDesk, browser: Browser) -> None:
    form = {
        "email_address": SUPPORT,
        "kind": "microsoft365",
        "connection": "new",
        "cloud": "pretend",
        "tenant_id": "contoso.test",
        "client_id": "client-1",
        "client_secret": "s3cret",
        "secret_end_unknown": "on",
        "authorize": "1",
    }
    go_page = str(browser.post("/setup/outgoing-mail-accounts/new/", form)["Location"])
    answer = come_back(browser, tenant.sign_in(browser, go_page, SUPPORT))
    way_out = OutgoingMailAccount.objects.get()
    assert answer["Location"] == f"/setup/outgoing-mail-accounts/{way_out.pk}/?authorized=1"
    assert "Send a test to see it work." in text_of(browser.get(answer["Location"]).content)
    test = {**form, "connection": str(way_out.connection_id), "client_secret": ""}
    del test["authorize"]
    page = browser.post(answer["Location"], {**test, "test": "1", "test_to": ANNA})
    assert f"Test mail to {ANNA} accepted" in text_of(page.content)
    way_out.refresh_from_db()
    assert way_out.tested_at is not None
