"""Storing what was registered at the provider."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from django.db import transaction

from postdesk.connections import states
from postdesk.connections.models import Connection, graph_only
from postdesk.connections.providing import present_credential
from postdesk.site import audit
from postdesk.site.audit import Action

# Another one of these is another application or another way in: the sign-in is worthless then.
_IDENTITY = (
    "provider", "way_in", "cloud", "tenant_id", "client_id", "token_endpoint",
)  # fmt: skip
_PLAIN = (
    "provider", "way_in", "proof", "cloud", "tenant_id", "client_id", "secret_ends_on",
    "exchange_host", "authorize_endpoint", "token_endpoint", "scopes_typed", "for_shared_mailbox",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What was typed about an application at a provider; an empty credential keeps the stored one.

    ``private_key`` comes with ``certificate_pem``, or, for a Google service account, with
    ``key_id``. ``protocols`` are added to those that other accounts of the connection speak.
    """

    provider: str = Connection.Provider.MICROSOFT
    way_in: str = Connection.WayIn.PERSON
    proof: str = Connection.Proof.SECRET
    cloud: str = "worldwide"
    tenant_id: str = ""
    client_id: str
    client_secret: str = field(default="", repr=False)
    secret_ends_on: date | None = None
    certificate_pem: str = ""
    private_key: str = field(default="", repr=False)
    key_id: str = ""
    certificate_ends_at: datetime | None = None
    exchange_host: str = ""
    authorize_endpoint: str = ""
    token_endpoint: str = ""
    scopes_typed: str = ""
    protocols: tuple[str, ...] = ("graph",)
    for_shared_mailbox: bool = False

    @property
    def has_new_credential(self) -> bool:
        """Say whether a secret or key was typed that replaces the stored one."""
        return bool(self.client_secret or self.private_key)

    def is_other_application(self, connection: Connection) -> bool:
        """Say whether the saved sign-in of ``connection`` would be worthless with this."""
        return any(
            str(getattr(self, name)).strip() != getattr(connection, name) for name in _IDENTITY
        )

    @transaction.atomic
    def store(
        self, connection: Connection | None, *, by: object = None, now: datetime
    ) -> Connection:
        """Write it into ``connection`` or a new row, and return that.

        Another cloud, tenant, client or way in makes the saved sign-in worthless, so it is
        forgotten. A new credential keeps the one before until it has worked, and lets the next
        renewal try at once. The row is read again under a lock: a worker may have renewed the
        tokens since the caller read it.
        """
        row = _lock(connection) or Connection(protocols=[])
        is_other = bool(row.pk) and self.is_other_application(row)
        before = {name: getattr(row, name) for name in _PLAIN} if row.pk else None
        self.apply(row, keep_previous=not is_other)
        if is_other:
            _forget_sign_in(row, now=now)
        row.save()
        self._tell(row, before=before, by=by, now=now)
        return row

    def _tell(
        self, row: Connection, *, before: dict[str, object] | None, by: object, now: datetime
    ) -> None:
        """Write down what was registered or changed, by the names alone."""
        if before is None:
            audit.record(Action.CONNECTION_REGISTERED, actor=by, target=row, now=now)
            return
        changed = [name for name in _PLAIN if before[name] != getattr(row, name)]
        new = "secret replaced" if self.client_secret else "key replaced"
        told = [*changed, *([new] if self.has_new_credential else [])]
        if told:
            detail = ", ".join(told)
            audit.record(Action.CONNECTION_CHANGED, actor=by, target=row, detail=detail, now=now)

    def apply(self, row: Connection, *, keep_previous: bool = True) -> None:
        """Write it into ``row`` in memory, the credential before it kept beside."""
        if self.has_new_credential:
            before = present_credential(row)
            is_kept = keep_previous and bool(row.pk) and before.proof is not None
            # One that is kept already has worked; the one that came after it has not.
            kept = row.previous_credential or json.dumps(asdict(before))
            row.previous_credential = kept if is_kept else ""
            row.retry_refresh_at = None
        for name in _PLAIN:
            value = getattr(self, name)
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        if self.client_secret:
            row.client_secret = self.client_secret.strip()
        if self.private_key:
            row.certificate_pem = self.certificate_pem
            row.private_key = self.private_key
            row.key_id = self.key_id
            row.certificate_ends_at = self.certificate_ends_at
        row.protocols = sorted({*row.protocols, *self.protocols}) or graph_only()


def candidate(connection: Connection | None, registration: Registration) -> Connection:
    """Return the connection as it would be stored, for trying it; never save what comes back."""
    row = Connection.objects.get(pk=connection.pk) if connection is not None else Connection()
    registration.apply(row)
    row.previous_credential = ""
    return row


@transaction.atomic
def add_protocol(connection: Connection, protocol: str) -> None:
    """Let the next sign-in ask for what another account of this connection needs."""
    row = Connection.objects.select_for_update().get(pk=connection.pk)
    if protocol not in row.protocols:
        row.protocols = sorted({*row.protocols, protocol})
        row.save(update_fields=["protocols"])
    connection.protocols = row.protocols


def _lock(connection: Connection | None) -> Connection | None:
    if connection is None:
        return None
    return Connection.objects.select_for_update().filter(pk=connection.pk).first()


def _forget_sign_in(connection: Connection, *, now: datetime) -> None:
    states.forget(connection, now=now)
    connection.failures = 0
    connection.person_upn = connection.person_name = connection.person_id = ""
    connection.person_tenant_id = ""
    connection.refresh_token = connection.previous_refresh_token = ""
    connection.scopes_granted = connection.claims = ""
    connection.access_tokens.all().delete()
