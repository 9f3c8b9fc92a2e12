"""Storing what was registered at the provider."""

from datetime import date

from django.db import transaction

from postdesk.connections.models import Connection


@transaction.atomic
def save_connection(
    connection: Connection | None,
    *,
    cloud: str,
    tenant_id: str,
    client_id: str,
    client_secret: str,
    secret_ends_on: date | None,
    for_shared_mailbox: bool,
) -> Connection:
    """Make or change a connection. An empty ``client_secret`` keeps the stored one.

    Another cloud, tenant or client makes the saved sign-in worthless, so it is forgotten; a new
    secret lets the next renewal try at once. The row is read again under a lock: a worker may have
    renewed the tokens since the caller read it.
    """
    row = _lock(connection) or Connection()
    identity_before = (row.cloud, row.tenant_id, row.client_id)
    row.cloud, row.tenant_id, row.client_id = cloud, tenant_id.strip(), client_id.strip()
    row.secret_ends_on = secret_ends_on
    row.for_shared_mailbox = for_shared_mailbox
    if client_secret:
        row.client_secret = client_secret.strip()
        row.retry_refresh_at = None
    if row.pk and identity_before != (row.cloud, row.tenant_id, row.client_id):
        _forget_sign_in(row)
    row.save()
    return row


def _lock(connection: Connection | None) -> Connection | None:
    if connection is None:
        return None
    return Connection.objects.select_for_update().filter(pk=connection.pk).first()


def _forget_sign_in(connection: Connection) -> None:
    connection.state = Connection.State.NEW
    connection.state_since = None
    connection.error_code = connection.error_raw = ""
    connection.person_upn = connection.person_name = connection.person_id = ""
    connection.refresh_token = connection.previous_refresh_token = ""
    connection.scopes_granted = ""
    connection.access_tokens.all().delete()
