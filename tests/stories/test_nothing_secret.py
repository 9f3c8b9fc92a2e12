"""The real secrets of a life are looked for wherever a person or a program could read them."""

import logging

import pytest
from django.apps import apps
from django.db import connection as database

from postdesk.base import clock
from postdesk.connections.certificates import make_key_pair
from postdesk.connections.models import AccessToken, Connection
from postdesk.connections.registering import Registration
from postdesk.flow import alarm
from postdesk.flow.renewing import renew_idle
from tests.sandbox_client import write_mail

PAGES = (
    "/setup/", "/setup/options/", "/setup/incoming-mail-accounts/", "/setup/alarms/",
    "/setup/outgoing-mail-accounts/", "/readyz", "/metrics", "/oauth/unknown/",
)  # fmt: skip


def secrets_of_now() -> set[str]:
    """Return every secret that the desk holds, in the clear."""
    row = Connection.objects.get()
    found = {row.client_secret, row.refresh_token, row.previous_refresh_token}
    found |= {line for line in row.private_key.splitlines() if len(line) > 40}
    found |= {token.token for token in AccessToken.objects.all()}
    return {secret for secret in found if secret}


def stored_text() -> str:
    """Return every value of every column, as it lies in the database."""
    found = []
    with database.cursor() as cursor:
        for model in apps.get_models():
            table = database.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  a name of ours
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def test_no_secret_is_in_logs_pages_history_or_columns(desk, client, caplog):
    caplog.set_level(logging.DEBUG)
    seen = set()
    pair = make_key_pair(name="Postdesk", now=clock.now())
    desk.sandbox.control("apps", client_id="client-1", certificates=[pair.certificate_pem])
    seen |= secrets_of_now()
    desk.sandbox.inject(write_mail())
    desk.work()
    for fault in ({"status": 503}, {"status": 502, "html": True}, {"drop": True}, {"code": 700082}):
        AccessToken.objects.all().delete()
        desk.sandbox.control("faults", surface="token", times=1, **fault)
        desk.work()
        alarm.decide(now=clock.now())
    assert desk.authorize().succeeded
    Registration(
        cloud="pretend",
        tenant_id="contoso.test",
        client_id="client-1",
        proof="certificate",
        certificate_pem=pair.certificate_pem,
        private_key=pair.private_key,
        certificate_ends_at=pair.ends_at,
    ).store(Connection.objects.get(), now=clock.now())
    AccessToken.objects.all().delete()
    desk.work()
    desk.move_clock(days=1)
    renew_idle(now=clock.now())
    seen |= secrets_of_now() | {"s3cret"}

    client.force_login(desk.administrator.person)
    account = f"/setup/incoming-mail-accounts/{desk.account.pk}/"
    shown = [client.get(page).content.decode() for page in PAGES]
    shown += [client.get(account).content.decode()]
    shown += [client.get(f"{account}history/").content.decode()]
    shown += [client.post(account, {"email_address": "x"}).content.decode()]
    assert len(seen) > 5
    places = {"logs": caplog.text, "pages": "\n".join(shown), "columns": stored_text()}
    leaks = [name for name, text in places.items() for secret in seen if secret in text]
    assert leaks == []


@pytest.mark.parametrize("page", ["/oauth/callback?state=nonsense&code=s3cret-code", "/nowhere/"])
def test_error_pages_repeat_nothing_of_what_was_sent(client, db, page):
    assert "s3cret-code" not in client.get(page, follow=True).content.decode()
