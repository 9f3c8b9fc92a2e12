"""Every way in by the account's form, against the pretend tenant; and what is told about each."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from pytest_django import Settings
from tests.pages.mail_making import (
    ANNA,
    HELP,
    SECRET,
    SUPPORT,
    PretendDesk,
    at_public_url,
    incoming_form,
    make_authorized,
    make_mailbox,
    make_request_type,
    make_way_out,
    open_pretend_desk,
    text_of,
)

from postdesk.base import clock
from postdesk.connections.certificates import make_key_pair
from postdesk.connections.models import AuthorizationAttempt, Connection
from postdesk.directory.models import Person, Tech
from postdesk.mail.history import history_of
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
LIST = "/setup/incoming-mail-accounts/"
NEW = f"{LIST}new/"
State, WayIn = Connection.State, Connection.WayIn


@pytest.fixture
def tenant(settings: Settings, db: None) -> Iterator[PretendDesk]:
    yield from open_pretend_desk(settings)


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return at_public_url(signed_in(administrator.person))


def typed(**changes: object) -> dict[str, object]:
    return incoming_form(cloud="pretend", outgoing="", **changes)


def address_of(account: IncomingMailAccount) -> str:
    return f"{LIST}{account.pk}/"


def authorize(browser: Browser, **changes: object) -> str:
    """Fill in a new account, press its button, and return where that leads."""
    answer = browser.post(NEW, typed(authorize="1", **changes))
    assert answer.status_code == 303, text_of(answer.content)
    return str(answer["Location"])


def sign_in_here(tenant: PretendDesk, browser: Browser, go_page: str, person: str) -> Any:
    """Sign in at the provider and come back to the finish page."""
    answer = browser.get(tenant.sign_in(browser, go_page, person))
    return browser.get(answer["Location"])


def sign_in_elsewhere(tenant: PretendDesk, attempt: AuthorizationAttempt, person: str) -> None:
    """Type the code at the provider, on another device."""
    page = f"/devicelogin?otc={attempt.user_code}"
    tenant.provider.post(page, data={"step": "account", "account": person})
    tenant.provider.post(page, data={"step": "password", "account": person, "password": "pw"})
    answer = tenant.provider.post(page, data={"step": "approve", "account": person})
    assert "You have signed in" in answer.text


def page_of(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return text_of(answer.content)


# Application: nobody signs in


def test_application_connects_at_once_with_a_secret(tenant: PretendDesk, browser: Browser) -> None:
    back = authorize(browser, way_in="application")
    account = IncomingMailAccount.objects.get()
    assert back == f"{address_of(account)}?authorized=1"
    assert f"Connected as an application, reading {HELP}" in page_of(browser, back)
    connection = Connection.objects.get()
    assert (connection.way_in, connection.state) == (WayIn.APPLICATION, State.WORKING)
    assert connection.refresh_token == ""
    line = history_of(account).first()
    assert line is not None
    assert line.kind == "ok"


def test_application_that_is_refused_says_why_and_keeps_everything(
    tenant: PretendDesk, browser: Browser
) -> None:
    back = authorize(browser, way_in="application", client_secret="mistyped")
    page = page_of(browser, back)
    assert "The application has no access yet" in page
    assert "AADSTS7000215" in page
    connection = Connection.objects.get()
    assert (connection.client_id, connection.state) == ("client-1", State.MISCONFIGURED)


def test_application_is_told_where_its_rights_lie(browser: Browser) -> None:
    page = text_of(browser.post(NEW, typed(update="1", way_in="application")).content)
    assert "Administrator needed? Yes." in page
    assert "Application Mail.ReadWrite" in page
    assert "do not add or consent Mail.ReadWrite or Mail.Send there" in page
    assert "New-ManagementRoleAssignment" in page
    assert "Redirect URI: none" in page
    assert "Yes, someone else signs in for it" not in page
    assert "Connect" in page


# Certificates


def make_key(browser: Browser, **changes: object) -> Connection:
    form = typed(make_key_pair="1", proof="certificate", client_secret="", **changes)
    answer = browser.post(NEW, form)
    assert answer.status_code == 303, text_of(answer.content)
    return Connection.objects.get()


def form_of(connection: Connection, **changes: object) -> dict[str, object]:
    given = {
        "connection": str(connection.pk),
        "proof": connection.proof,
        "way_in": connection.way_in,
        "client_secret": "",
    }
    return typed(**{**given, **changes})


def test_key_pair_is_made_here_and_only_its_public_part_leaves(
    tenant: PretendDesk, browser: Browser
) -> None:
    connection = make_key(browser, tenant_id="", client_id="")
    page = browser.get(address_of(IncomingMailAccount.objects.get()))
    assert f"/oauth/certificate/{connection.pk}/" in page.content.decode()
    assert "PRIVATE KEY" not in page.content.decode()
    public = browser.get(f"/oauth/certificate/{connection.pk}/")
    assert public["Content-Disposition"].endswith('.cer"')
    assert public.content.decode().startswith("-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in public.content
    assert "-----BEGIN PRIVATE KEY-----" in connection.private_key


@pytest.mark.parametrize("way_in", ["person", "application"])
def test_certificate_opens_the_mailbox(way_in: str, tenant: PretendDesk, browser: Browser) -> None:
    connection = make_key(browser, way_in=way_in)
    public = browser.get(f"/oauth/certificate/{connection.pk}/").content.decode()
    tenant.control("apps", client_id="client-1", secrets=[], certificates=[public])
    account = IncomingMailAccount.objects.get()
    answer = browser.post(address_of(account), form_of(connection, authorize="1"))
    if way_in == "person":
        answer = sign_in_here(tenant, browser, answer["Location"], ANNA)
    assert answer["Location"] == f"{address_of(account)}?authorized=1"
    connection.refresh_from_db()
    assert (connection.proof, connection.state) == ("certificate", State.WORKING)


def test_old_secret_serves_until_the_new_certificate_is_uploaded(
    tenant: PretendDesk, browser: Browser
) -> None:
    authorize(browser, way_in="application")
    account, connection = IncomingMailAccount.objects.get(), Connection.objects.get()
    make = form_of(connection, make_key_pair="1", proof="certificate")
    assert browser.post(address_of(account), make).status_code == 303
    assert "until it does, the one before is used as well" in page_of(browser, address_of(account))
    again = browser.post(address_of(account), make)
    assert again.status_code == 303
    connection.refresh_from_db()
    assert SECRET in connection.previous_credential
    assert connection.state == State.WORKING


def test_certificate_with_its_key_is_uploaded(tenant: PretendDesk, browser: Browser) -> None:
    pair = make_key_pair(name="Ours", now=clock.now())
    tenant.control("apps", client_id="client-1", secrets=[], certificates=[pair.certificate_pem])
    upload = SimpleUploadedFile("key.pem", (pair.private_key + pair.certificate_pem).encode())
    back = authorize(
        browser,
        way_in="application",
        proof="certificate",
        client_secret="",
        certificate_file=upload,
    )
    assert "Connected as an application" in page_of(browser, back)


def test_protected_key_needs_its_passphrase_which_is_never_shown(
    tenant: PretendDesk, browser: Browser
) -> None:
    pair = make_key_pair(name="Ours", now=clock.now())
    key = serialization.load_pem_private_key(pair.private_key.encode(), None)
    protected = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    ).decode()

    def post(passphrase: str) -> Any:
        upload = SimpleUploadedFile("key.pem", (protected + pair.certificate_pem).encode())
        form = typed(
            authorize="1",
            proof="certificate",
            certificate_file=upload,
            certificate_passphrase=passphrase,
        )
        return browser.post(NEW, form)

    wrong = post("close sesame")
    assert wrong.status_code == 422
    assert "does not open with this passphrase" in text_of(wrong.content)
    assert "close sesame" not in wrong.content.decode()
    assert "PRIVATE KEY" not in wrong.content.decode()
    assert 'value="client-1"' in wrong.content.decode()
    assert post("open sesame").status_code == 303


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "no private key"),
        (b"\xff\x00junk", "no private key"),
        (b"x" * 70_000, "far too large"),
    ],
)
def test_useless_upload_is_refused_in_words(browser: Browser, octets: bytes, words: str) -> None:
    upload = SimpleUploadedFile("key.pem", octets)
    form = typed(authorize="1", proof="certificate", certificate_file=upload)
    answer = browser.post(NEW, form)
    assert answer.status_code == 422
    assert words in text_of(answer.content)
    assert not Connection.objects.exists()


def test_certificate_is_demanded(browser: Browser) -> None:
    answer = browser.post(NEW, typed(authorize="1", proof="certificate"))
    assert answer.status_code == 422
    assert "Press “Make a key pair”" in text_of(answer.content)


def test_certificate_of_another_desk_is_not_found(
    browser: Browser, tech: Tech, signed_in: SignedIn
) -> None:
    connection = make_authorized()
    assert browser.get(f"/oauth/certificate/{connection.pk}/").status_code == 404
    assert signed_in(tech.person).get(f"/oauth/certificate/{connection.pk}/").status_code == 403


# Device code


@pytest.fixture
def code_page(tenant: PretendDesk, browser: Browser) -> str:
    tenant.control("apps", client_id="client-1", public_flows=True)
    return authorize(browser, way_in="device", client_secret="")


def test_code_is_shown_until_somebody_signed_in_elsewhere(
    tenant: PretendDesk, browser: Browser, code_page: str
) -> None:
    attempt = AuthorizationAttempt.objects.get()
    page = page_of(browser, code_page)
    assert attempt.user_code in page
    assert "Waiting for the sign-in" in page
    sign_in_elsewhere(tenant, attempt, ANNA)
    clock.shift_to(clock.now() + timedelta(seconds=11))
    waiting = browser.get(code_page, headers={"HX-Request": "true"})
    finish = browser.get(waiting.headers["HX-Redirect"])
    assert finish["Location"].endswith("/?authorized=1")
    assert f"Authorized: signed in as {ANNA}, reading {HELP}" in page_of(
        browser, finish["Location"]
    )
    assert Connection.objects.get().state == State.WORKING


def test_code_works_by_plain_reload(tenant: PretendDesk, browser: Browser, code_page: str) -> None:
    sign_in_elsewhere(tenant, AuthorizationAttempt.objects.get(), ANNA)
    clock.shift_to(clock.now() + timedelta(seconds=11))
    finish = browser.get(code_page)
    assert finish.status_code == 303
    assert browser.get(finish["Location"])["Location"].endswith("/?authorized=1")


def test_code_that_ran_out_ends_with_the_reason(
    tenant: PretendDesk, browser: Browser, code_page: str
) -> None:
    clock.shift_to(clock.now() + timedelta(minutes=16))
    page = page_of(browser, browser.get(code_page)["Location"])
    assert "The code ran out" in page
    assert "Authorize again" in page


def test_code_is_for_the_browser_that_asked_for_it(
    browser: Browser, code_page: str, administrator: Tech, signed_in: SignedIn
) -> None:
    other = at_public_url(signed_in(administrator.person))
    assert other.get(code_page).status_code == 403


def test_device_needs_no_secret_and_says_public_client(browser: Browser) -> None:
    page = text_of(browser.post(NEW, typed(update="1", way_in="device")).content)
    assert "Allow public client flows: Yes" in page
    assert "Client Secret" not in page.partition("Let")[0].partition("What to register")[0]


# Another person, again, and nobody at all


def authorized_mailbox(tenant: PretendDesk, browser: Browser) -> IncomingMailAccount:
    sign_in_here(tenant, browser, authorize(browser), ANNA)
    return IncomingMailAccount.objects.get()


def test_another_person_is_asked_about_before_anything_changes(
    tenant: PretendDesk, browser: Browser
) -> None:
    account = authorized_mailbox(tenant, browser)
    tenant.control("users", address=HELP, full_access=[ANNA, SUPPORT], send_as=[ANNA, SUPPORT])
    go_page = browser.post(f"{address_of(account)}authorize/")["Location"]
    answer = sign_in_here(tenant, browser, go_page, SUPPORT)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"{SUPPORT} signed in. Until now this connection was that of {ANNA}." in page
    assert Connection.objects.get().person_upn == ANNA
    confirm = page.split('action="/oauth/confirm/')[1].split('"')[0]
    back = browser.post(f"/oauth/confirm/{confirm}")
    assert back["Location"].endswith("?authorized=1")
    assert Connection.objects.get().person_upn == SUPPORT


@pytest.mark.parametrize(
    "state", [State.NEEDS_REAUTHORIZATION, State.BLOCKED, State.MISCONFIGURED, State.FAILING]
)
def test_one_button_authorizes_again_from_any_state(
    state: State, tenant: PretendDesk, browser: Browser
) -> None:
    account = authorized_mailbox(tenant, browser)
    Connection.objects.update(state=state, error_code="AADSTS700082", failures=4)
    IncomingMailAccount.objects.update(is_enabled=True, request_type=make_request_type())
    if state != State.FAILING:
        button = f'action="{address_of(account)}authorize/"'
        assert button in browser.get(address_of(account)).content.decode()
        assert button in browser.get(LIST).content.decode()
    go_page = browser.post(f"{address_of(account)}authorize/")["Location"]
    sign_in_here(tenant, browser, go_page, ANNA)
    assert Connection.objects.get().state == State.WORKING


def test_one_button_on_the_way_out(tenant: PretendDesk, browser: Browser) -> None:
    account = authorized_mailbox(tenant, browser)
    way_out = OutgoingMailAccount.objects.create(
        kind="microsoft365", email_address="out@contoso.test", connection=account.connection
    )
    Connection.objects.update(
        state=State.NEEDS_REAUTHORIZATION, error_code="AADSTS700082", authorized_at=clock.now()
    )
    page = f"/setup/outgoing-mail-accounts/{way_out.pk}/"
    assert f'action="{page}authorize/"' in browser.get(page).content.decode()
    answer = browser.post(f"{page}authorize/")
    assert answer["Location"].startswith("/oauth/go/")


def test_attempt_that_never_came_back_is_explained(tenant: PretendDesk, browser: Browser) -> None:
    go_page = authorize(browser)
    account = IncomingMailAccount.objects.get()
    assert "never came back" not in page_of(browser, address_of(account))
    clock.shift_to(clock.now() + timedelta(minutes=11))
    for address in (go_page, address_of(account)):
        page = page_of(browser, address)
        assert "never came back" in page
        for code in ("AADSTS50011", "AADSTS700016", "AADSTS90002"):
            assert code in page


def test_attempt_is_forgotten_once_another_worked(tenant: PretendDesk, browser: Browser) -> None:
    authorize(browser)
    account = IncomingMailAccount.objects.get()
    go_page = browser.post(f"{address_of(account)}authorize/")["Location"]
    sign_in_here(tenant, browser, go_page, ANNA)
    clock.shift_to(clock.now() + timedelta(minutes=30))
    assert "never came back" not in page_of(browser, address_of(account))


# Other providers, clouds, scripts


def test_service_account_is_read_from_its_json(browser: Browser) -> None:
    answer = browser.post(NEW, typed(authorize="1", provider="google", way_in="application"))
    page = text_of(answer.content)
    assert answer.status_code == 422
    assert "Choose the JSON key, or paste it below." in page
    wrong = browser.post(
        NEW,
        typed(authorize="1", provider="google", way_in="application", google_key_text='{"a": 1}'),
    )
    assert "not the JSON key of a service account" in text_of(wrong.content)
    assert "Domain-wide delegation" in text_of(wrong.content)


@pytest.mark.parametrize(
    "endpoint", ["http://login.example.com/token", "login.example.com", "https://"]
)
def test_endpoints_must_keep_a_secret(browser: Browser, endpoint: str) -> None:
    answer = browser.post(NEW, typed(authorize="1", provider="generic", token_endpoint=endpoint))
    page = text_of(answer.content)
    assert answer.status_code == 422
    assert "Enter the whole address, beginning with https://." in page
    assert "Enter the Scopes." in page
    assert "Tenant ID" not in page.partition("What to register")[0]


def test_every_cloud_is_offered_and_what_is_uncertain_can_be_corrected(browser: Browser) -> None:
    page = browser.get(NEW).content.decode()
    for cloud in ("worldwide", "gcc", "gcc-high", "dod", "china", "france", "germany"):
        assert f'<option value="{cloud}"' in page
    dod = browser.post(NEW, incoming_form(update="1", cloud="dod"))
    assert "disagree on the Exchange server" in text_of(dod.content)
    wrong = browser.post(NEW, incoming_form(authorize="1", cloud="dod", exchange_host="https://x"))
    assert "Only the name of the server" in text_of(wrong.content)


def test_script_is_taken_along_without_storing_anything(browser: Browser) -> None:
    answer = browser.post(
        NEW, typed(script="powershell", email_address="desk@contoso.test", client_id="")
    )
    assert 'filename="register-postdesk.ps1"' in answer["Content-Disposition"]
    assert "'Postdesk desk@contoso.test'" in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert browser.post(NEW, typed(script="perl")).status_code == 404
    assert not IncomingMailAccount.objects.exists()


def test_registration_of_whd_is_told_about(browser: Browser) -> None:
    page = text_of(browser.get(NEW).content)
    for words in (
        "I have WHD",
        "same Client ID and Tenant ID",
        "EWS.AccessAsUser.All",
    ):
        assert words in page


def test_mode_that_the_provider_does_not_have_falls_back(browser: Browser) -> None:
    page = browser.post(NEW, typed(update="1", provider="generic", way_in="device"))
    assert "OAuth, signed in as a person" in text_of(page.content)
    assert "OAuth, by a code on another device" not in text_of(page.content)


def test_other_account_uses_the_connection_as_it_is(browser: Browser) -> None:
    connection = make_authorized(way_in="application")
    make_mailbox(connection=connection, outgoing_account=make_way_out())
    form = typed(email_address=SUPPORT, connection=str(connection.pk), update="1", client_secret="")
    page = text_of(browser.post(NEW, form).content)
    assert "is that of the chosen connection" in page
    assert "What to register" not in page
