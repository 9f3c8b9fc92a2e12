"""The life of a connection: renewed in time, refused in words, mended by one click."""

import threading
from datetime import timedelta

import pytest

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.connections import authorize, tokens
from postdesk.connections.models import AccessToken, AuthorizationAttempt, Connection
from postdesk.connections.registering import Registration
from postdesk.flow.renewing import renew_idle
from postdesk.mail.history import history_of
from postdesk.mail.reading import due_accounts
from postdesk.tickets.models import Ticket
from tests.conftest import MOMENT
from tests.sandbox_client import ANNA, HELP, write_mail


def test_ninety_one_days_of_silence_are_explained_and_mended_with_every_mail_of_the_gap(desk):
    desk.sandbox.inject(write_mail(message_id="<before@client.example>"))
    desk.work()
    desk.move_clock(days=91)
    for number in range(3):
        desk.sandbox.inject(
            write_mail(subject=f"Gap {number}", message_id=f"<gap{number}@client.example>")
        )
    desk.work()

    line = history_of(desk.account).first()
    assert line.text.startswith(
        "OAuth token request failed (statusCode: 400): invalid_grant [700082] AADSTS700082"
    )
    assert line.code == "AADSTS700082"
    assert line.explanation
    assert line.remedy
    assert due_accounts(now=clock.now() + timedelta(days=1)) == []
    assert Ticket.objects.count() == 1

    assert desk.authorize().succeeded
    desk.work()

    assert Ticket.objects.count() == 4
    assert desk.account.state == "working"
    assert history_of(desk.account).first().kind == "ok"


def test_idle_connection_is_renewed_daily_so_that_ninety_days_never_pass(desk):
    for _day in range(100):
        desk.move_clock(days=1)
        renew_idle(now=clock.now())

    desk.sandbox.inject(write_mail())
    desk.work()

    assert Ticket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_renewal_of_many_threads_asks_the_provider_once(desk):
    AccessToken.objects.all().delete()
    asked_before = token_requests(desk)
    found = []

    def ask():
        from django.db import connection

        found.append(tokens.bearer_for(desk.account.connection_id, now=clock.now()))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 6
    assert len(set(found)) == 1
    assert token_requests(desk) - asked_before == 1


def token_requests(desk):
    """Return how many token requests the tenant saw."""
    journal = desk.sandbox.look("journal")
    rows = journal["journal"] if isinstance(journal, dict) else journal
    return sum("oauth2/v2.0/token" in row["path"] for row in rows)


def test_new_refresh_token_is_stored_and_the_previous_one_kept(desk):
    connection = desk.account.connection
    connection.refresh_from_db()
    first = connection.refresh_token
    tokens.renew(connection, now=clock.now())
    connection.refresh_from_db()

    assert connection.refresh_token != first
    assert connection.previous_refresh_token == first


def test_previous_refresh_token_is_tried_before_a_refusal_is_believed(desk):
    connection = desk.account.connection
    connection.refresh_from_db()
    connection.previous_refresh_token = connection.refresh_token
    connection.refresh_token = "damaged"
    connection.save()

    assert tokens.renew(connection, now=clock.now())


def test_wrong_secret_is_a_correction_not_a_new_sign_in(desk):
    desk.sandbox.control("apps", client_id="client-1", secrets=[{"value": "another"}])
    AccessToken.objects.all().delete()
    desk.work()

    connection = Connection.objects.get()
    assert connection.state == Connection.State.MISCONFIGURED
    assert connection.error_code == "AADSTS7000215"
    typed = Registration(
        cloud="pretend", tenant_id="contoso.test", client_id="client-1", client_secret="another"
    )
    typed.store(connection, now=clock.now())
    desk.sandbox.inject(write_mail())
    desk.work()

    assert Ticket.objects.count() == 1


def test_saving_the_registration_keeps_tokens_that_were_renewed_meanwhile(desk):
    seen_by_the_form = Connection.objects.get()
    tokens.renew(Connection.objects.get(), now=clock.now())
    renewed = Connection.objects.get().refresh_token
    assert renewed != seen_by_the_form.refresh_token
    typed = Registration(
        cloud="pretend",
        tenant_id="contoso.test",
        client_id="client-1",
        secret_ends_on=MOMENT.date(),
    )
    typed.store(seen_by_the_form, now=clock.now())

    stored = Connection.objects.get()
    assert stored.refresh_token == renewed
    assert stored.secret_ends_on == MOMENT.date()


def test_sign_in_keeps_a_secret_that_was_changed_in_another_window(desk, monkeypatch):
    real = authorize._redeem

    def redeem_while_somebody_saves(attempt):
        Connection.objects.update(secret_ends_on=MOMENT.date())
        return real(attempt)

    monkeypatch.setattr(authorize, "_redeem", redeem_while_somebody_saves)
    assert desk.authorize().succeeded
    assert Connection.objects.get().secret_ends_on == MOMENT.date()


def test_refusal_that_comes_after_a_new_sign_in_is_not_believed(desk, monkeypatch):
    def refuse_while_somebody_signs_in(_connection, **_asked):
        assert desk.authorize().succeeded
        raise NeedsPerson("Refused.", remedy="Sign in.", code="AADSTS700082")

    monkeypatch.setattr(tokens, "ask_provider", refuse_while_somebody_signs_in)
    with pytest.raises(TryLater):
        tokens.renew(Connection.objects.get(), now=clock.now())

    assert Connection.objects.get().state == Connection.State.WORKING
    assert AccessToken.objects.exists()


def test_provider_that_asks_for_silence_is_not_asked_again_by_the_daily_renewal(desk, monkeypatch):
    def ask_for_silence(_connection, **_asked):
        raise TryLater("Request loop detected.", retry_after=900)

    monkeypatch.setattr(tokens, "ask_provider", ask_for_silence)
    tomorrow = clock.now() + timedelta(days=1)
    clock.shift_to(tomorrow)
    renew_idle(now=clock.now())

    def waiting(minutes):
        moment = tomorrow + timedelta(minutes=minutes)
        return tokens.connections_to_renew(now=moment, idle=timedelta(hours=20))

    assert waiting(minutes=14) == []
    assert len(waiting(minutes=16)) == 1


def test_second_look_while_a_sign_in_is_being_finished_says_so(desk, monkeypatch):
    seen = []
    real = authorize._redeem

    def redeem_while_somebody_reloads(attempt):
        seen.append(AuthorizationAttempt.objects.get(pk=attempt.pk))
        return real(attempt)

    monkeypatch.setattr(authorize, "_redeem", redeem_while_somebody_reloads)
    finished = desk.authorize()

    assert "is being finished" in seen[0].message
    assert finished.message.startswith("Authorized")


def test_shared_mailbox_is_read_by_a_person_who_may(make_desk):
    desk = make_desk(mailbox=HELP, for_shared_mailbox=True)
    attempt = desk.authorize(account=ANNA)

    assert attempt.message == f"Authorized: signed in as {ANNA}, reading {HELP}."
    desk.sandbox.inject(write_mail(to=HELP), mailbox=HELP)
    desk.work()
    assert Ticket.objects.count() == 1
    [letter] = desk.sandbox.sent()
    assert letter["from"] == HELP


def test_wrong_person_is_refused_and_the_working_sign_in_stays(desk):
    attempt = desk.authorize(account=ANNA)

    assert not attempt.succeeded
    assert "anna@contoso.test signed in, but cannot read the mailbox" in attempt.message
    desk.sandbox.inject(write_mail())
    desk.work()
    assert Ticket.objects.count() == 1


def test_wrong_tenant_is_told_before_the_browser_leaves(make_desk):
    desk = make_desk()
    Connection.objects.update(tenant_id="nobody.test")
    desk.account.connection.refresh_from_db()

    with pytest.raises(NeedsPerson) as refused:
        desk.authorize()
    assert refused.value.code == "AADSTS90002"


def test_secret_and_tokens_are_unreadable_in_the_database(desk):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret, refresh_token FROM connections_connection")
        secret, refresh_token = cursor.fetchone()
    assert "s3cret" not in secret
    stored = Connection.objects.get()
    assert stored.client_secret == "s3cret"
    assert stored.refresh_token not in refresh_token
