"""Every way in to every provider, with mail in and an answer out."""

import httpx
import pytest

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson
from postdesk.connections import authorize, device, tokens
from postdesk.connections.applying import connect_application
from postdesk.connections.certificates import make_key_pair
from postdesk.connections.models import AccessToken, Connection, StateChange
from postdesk.connections.registering import Registration
from postdesk.flow.renewing import renew_idle
from postdesk.oauth.google import GOOGLE_MAIL_SCOPE
from postdesk.oauth.protocols import Resource
from postdesk.tickets.models import Ticket
from tests.sandbox.client_keys import client_key
from tests.sandbox.google_desk import CLIENT_ID as GOOGLE_CLIENT
from tests.sandbox.google_desk import SERVICE
from tests.sandbox_client import ANNA, SUPPORT, write_mail

CLOUDS = ["gcc", "gcc-high", "dod", "china", "france", "germany", "singapore"]


def register(desk, **typed) -> Connection:
    """Type a registration over the desk's connection."""
    given = {"cloud": "pretend", "tenant_id": "contoso.test", "client_id": "client-1", **typed}
    connection = Registration(**given).store(desk.account.connection, now=clock.now())
    desk.account.connection = connection
    desk.account.refresh_from_db()
    return connection


def mail_becomes_a_ticket(desk) -> bool:
    """Say whether a mail that comes now becomes a ticket with an acknowledgement."""
    before = Ticket.objects.count()
    desk.sandbox.inject(write_mail(message_id=f"<{before}.{clock.now():%s}@client.example>"))
    desk.work()
    return Ticket.objects.count() == before + 1


def upload(desk, certificate_pem: str) -> None:
    """Give the public part of a key pair to the application at the tenant."""
    desk.sandbox.control("apps", client_id="client-1", certificates=[certificate_pem])


def certified(certificate) -> dict[str, object]:
    """Return what the form hands over for a certificate."""
    return {
        "proof": Connection.Proof.CERTIFICATE,
        "certificate_pem": certificate.certificate_pem,
        "private_key": certificate.private_key,
        "certificate_ends_at": certificate.ends_at,
    }


def test_application_with_a_secret_reads_and_answers_and_nobody_signs_in(make_desk):
    desk = make_desk()
    connection = register(desk, way_in="application", client_secret="s3cret")
    connect_application(connection, mailbox=SUPPORT, now=clock.now())

    assert mail_becomes_a_ticket(desk)
    stored = Connection.objects.get()
    assert stored.state == Connection.State.WORKING
    assert stored.refresh_token == ""
    assert stored.person_upn == ""
    assert desk.sandbox.sent()


def test_application_with_a_certificate_made_here(make_desk):
    desk = make_desk()
    pair = make_key_pair(name="Postdesk", now=clock.now())
    upload(desk, pair.certificate_pem)
    connection = register(desk, way_in="application", **certified(pair))
    connect_application(connection, mailbox=SUPPORT, now=clock.now())

    assert mail_becomes_a_ticket(desk)


def test_certificate_signs_by_the_clock_of_the_tenant(make_desk):
    desk = make_desk()
    pair = make_key_pair(name="Postdesk", now=clock.now())
    upload(desk, pair.certificate_pem)
    connection = register(desk, way_in="application", **certified(pair))
    connect_application(connection, mailbox=SUPPORT, now=clock.now())
    desk.move_clock(days=200)

    assert mail_becomes_a_ticket(desk)


def test_person_with_a_certificate(make_desk):
    desk = make_desk()
    pair = make_key_pair(name="Postdesk", now=clock.now())
    upload(desk, pair.certificate_pem)
    register(desk, **certified(pair))

    assert desk.authorize().succeeded
    assert mail_becomes_a_ticket(desk)


def test_device_code_needs_no_address_of_ours(make_desk):
    desk = make_desk()
    desk.sandbox.control("apps", client_id="client-1", public_flows=True)
    connection = register(desk, way_in="device")
    attempt = device.start_device(
        connection,
        mailbox=SUPPORT,
        person=desk.administrator.person,
        session_key="a-session",
        return_to="/",
        now=clock.now(),
    )
    desk.move_clock(seconds=6)
    assert device.poll_device(attempt, now=clock.now()).finished_at is None
    enter_code(desk, attempt.user_code)
    desk.move_clock(seconds=11)

    done = device.poll_device(attempt, now=clock.now())

    assert done.succeeded, done.message
    assert mail_becomes_a_ticket(desk)


def start_device(desk):
    """Fetch a code for the desk's mailbox."""
    desk.sandbox.control("apps", client_id="client-1", public_flows=True)
    return device.start_device(
        register(desk, way_in="device"),
        mailbox=SUPPORT,
        person=desk.administrator.person,
        session_key="a-session",
        return_to="/",
        now=clock.now(),
    )


def test_provider_that_finds_us_hasty_is_asked_less_often_from_then_on(make_desk):
    desk = make_desk()
    attempt = start_device(desk)
    desk.sandbox.control("faults", surface="token", error="slow_down", code=70016)
    desk.move_clock(seconds=6)
    slowed = device.poll_device(attempt, now=clock.now())
    assert (slowed.poll_after - clock.now()).total_seconds() == pytest.approx(10, abs=1)
    desk.move_clock(seconds=11)

    again = device.poll_device(slowed, now=clock.now())

    assert again.finished_at is None
    assert (again.poll_after - clock.now()).total_seconds() == pytest.approx(10, abs=1)


def test_passing_trouble_while_a_code_waits_changes_nothing_for_good(make_desk):
    desk = make_desk()
    attempt = start_device(desk)
    desk.sandbox.control("faults", surface="token", status=503, retry_after=30)
    desk.move_clock(seconds=6)
    attempt = device.poll_device(attempt, now=clock.now())
    assert attempt.finished_at is None
    enter_code(desk, attempt.user_code)
    desk.move_clock(seconds=31)

    assert device.poll_device(attempt, now=clock.now()).succeeded


def test_mailbox_in_trouble_ends_a_device_sign_in_with_words(make_desk):
    desk = make_desk()
    attempt = start_device(desk)
    enter_code(desk, attempt.user_code)
    desk.sandbox.control("faults", surface="graph", status=503, times=-1)
    desk.move_clock(seconds=6)

    done = device.poll_device(attempt, now=clock.now())

    assert done.finished_at is not None
    assert not done.succeeded
    assert done.message


def enter_code(desk, user_code: str) -> None:
    """Do what the person with the code does at the provider."""
    steps = ({"step": "password", "password": "pw"}, {"step": "approve"})
    with httpx.Client(trust_env=False) as browser:
        for step in steps:
            browser.post(
                f"{desk.sandbox.url}/devicelogin",
                params={"otc": user_code},
                data={"account": SUPPORT, **step},
            )


def test_code_that_nobody_typed_in_ends_with_words(make_desk):
    desk = make_desk()
    desk.sandbox.control("apps", client_id="client-1", public_flows=True)
    attempt = device.start_device(
        register(desk, way_in="device"),
        mailbox=SUPPORT,
        person=desk.administrator.person,
        session_key="a-session",
        return_to="/",
        now=clock.now(),
    )
    desk.move_clock(seconds=901)

    done = device.poll_device(attempt, now=clock.now())

    assert done.finished_at is not None
    assert not done.succeeded
    assert done.error_code == "AADSTS70019"
    assert done.remedy


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_is_reached_at_its_own_hosts(make_desk, cloud):
    desk = make_desk()
    connection = register(
        desk, cloud=f"pretend:{cloud}", way_in="application", client_secret="s3cret"
    )
    connect_application(connection, mailbox=SUPPORT, now=clock.now())

    assert mail_becomes_a_ticket(desk)


def test_one_sign_in_gives_a_token_for_each_resource(make_desk):
    desk = make_desk()
    register(desk, protocols=("graph", "smtp"), client_secret="s3cret")
    assert desk.authorize().succeeded

    for_graph = tokens.bearer_for(desk.account.connection_id, now=clock.now())
    for_smtp = tokens.bearer_for(
        desk.account.connection_id, resource=Resource.OUTLOOK, now=clock.now()
    )

    assert for_graph != for_smtp
    assert AccessToken.objects.count() == 2
    assert mail_becomes_a_ticket(desk)


def test_google_person_is_renewed_without_a_new_refresh_token(make_desk):
    desk = make_desk()
    connection = Registration(
        provider="google",
        client_id=GOOGLE_CLIENT,
        client_secret="GOCSPX-s3cret",
        protocols=("imap",),
    ).store(None, now=clock.now())
    desk.sandbox.control("google", auto_sign_in="support@workspace.test")
    attempt = authorize.start(
        connection,
        mailbox="support@workspace.test",
        person=desk.administrator.person,
        session_key="a-session",
        return_to="/",
        now=clock.now(),
    )
    answer = desk.sandbox.sign_in(attempt.authorize_url)
    handle = authorize.store_answer(answer, now=clock.now())
    done = authorize.finish(
        handle, person=desk.administrator.person, session_key="a-session", now=clock.now()
    )
    assert done.succeeded, done.message
    before = Connection.objects.get(pk=connection.pk)
    desk.move_clock(days=1)

    renew_idle(now=clock.now())

    after = Connection.objects.get(pk=connection.pk)
    assert after.refreshed_at > before.refreshed_at
    assert after.refresh_token == before.refresh_token
    assert after.person_upn == "support@workspace.test"


def test_google_service_account_opens_each_mailbox_by_a_token_of_its_own(make_desk):
    desk = make_desk()
    key = client_key("service")
    desk.sandbox.control(
        "google_service_accounts",
        email=SERVICE,
        keys={"key-1": key.certificate_pem},
        delegated=[GOOGLE_MAIL_SCOPE],
    )
    connection = Registration(
        provider="google",
        way_in="application",
        client_id=SERVICE,
        proof="certificate",
        private_key=key.key_pem,
        key_id="key-1",
        protocols=("imap", "smtp"),
    ).store(None, now=clock.now())
    mailbox = "support@workspace.test"
    connect_application(connection, mailbox=mailbox, now=clock.now())

    token = tokens.bearer_for(connection.pk, mailbox=mailbox, now=clock.now())

    known = desk.sandbox.http.post(
        f"{desk.sandbox.url}/_sandbox/introspect", data={"token": token, "protocol": "imap"}
    ).json()
    assert known["username"] == mailbox
    assert Connection.objects.get(pk=connection.pk).state == Connection.State.WORKING


def test_another_person_than_before_is_used_only_after_a_yes(desk):
    desk.sandbox.control("users", address=ANNA, full_access=[SUPPORT])
    before = Connection.objects.get()
    asked = desk.authorize(account=ANNA)

    assert not asked.succeeded
    assert ANNA in asked.message
    assert Connection.objects.get().refresh_token == before.refresh_token


def test_new_secret_overlaps_with_the_one_before(desk):
    register(desk, client_secret="not-known-there-yet")
    AccessToken.objects.all().delete()
    assert mail_becomes_a_ticket(desk)
    desk.sandbox.control("apps", client_id="client-1", secrets=[{"value": "not-known-there-yet"}])
    AccessToken.objects.all().delete()

    assert mail_becomes_a_ticket(desk)
    assert Connection.objects.get().previous_credential == ""


def test_application_that_lost_its_right_says_so_and_nobody_is_sent_to_sign_in(make_desk):
    desk = make_desk()
    connection = register(desk, way_in="application", client_secret="wrong")

    with pytest.raises(NeedsPerson):
        connect_application(connection, mailbox=SUPPORT, now=clock.now())

    stored = Connection.objects.get()
    assert stored.state == Connection.State.MISCONFIGURED
    assert stored.error_code == "AADSTS7000215"
    assert StateChange.objects.get().after == "misconfigured"
