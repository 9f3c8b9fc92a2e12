"""Asking an administrator at Microsoft: the one-time link, and what comes back by it.

Whoever holds the link may hand over a registration for one connection, once, within a day, and can
read nothing here that is secret. A working sign-in is never broken by it: another application is
refused while the present one works.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from postdesk.base.ids import hash_token, new_token
from postdesk.base.storable import storable
from postdesk.connections.administrator_models import LONGEST_NOTE, AdministratorRequest
from postdesk.connections.models import Connection
from postdesk.connections.providing import cloud_of
from postdesk.connections.registering import Registration
from postdesk.site.options import redirect_uri

GOOD_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=90)
Consent = AdministratorRequest.Consent
_GUID_LENGTH = 36


class LinkClosed(Exception):
    """The link is unknown, was used, has ended, or a newer one took its place."""


class DeliveryRefused(Exception):
    """What was handed over cannot be taken; the message says why, ``field`` where."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What an administrator hands over. ``uses_certificate``: our public one was uploaded."""

    tenant_id: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    secret_ends_on: date | None = None
    uses_certificate: bool = False
    note: str = ""


@transaction.atomic
def make_link(connection: Connection, *, mailbox: str, by: AbstractBaseUser, now: datetime) -> str:
    """Return the token of a new link; links made before for this connection end."""
    AdministratorRequest.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    AdministratorRequest.objects.filter(connection=connection, ends_at__gt=now).update(ends_at=now)
    token = new_token()
    AdministratorRequest.objects.create(
        connection=connection,
        mailbox=mailbox,
        token_hash=hash_token(token),
        consent_hash=hash_token(_consent_state(token)),
        created_by_id=by.pk,
        created_at=now,
        ends_at=now + GOOD_FOR,
    )
    return token


def find_request(token: str, *, now: datetime) -> AdministratorRequest:
    """Return the request behind a link that has not ended, done or not; raises LinkClosed."""
    row = (
        AdministratorRequest.objects.select_related("connection")
        .filter(token_hash=hash_token(token), ends_at__gt=now)
        .first()
    )
    if row is None:
        raise LinkClosed
    return row


def newest_request(connection: Connection | None) -> AdministratorRequest | None:
    """Return what was asked last for this connection, or None."""
    if connection is None or connection.pk is None:
        return None
    rows = AdministratorRequest.objects.filter(connection=connection).order_by("-id")
    return rows.select_related("created_by").first()


def note_opened(request: AdministratorRequest, *, now: datetime) -> bool:
    """Write down when the page was opened first; True for that first time."""
    rows = AdministratorRequest.objects.filter(pk=request.pk, opened_at=None)
    return bool(rows.update(opened_at=now))


@transaction.atomic
def take_delivery(token: str, delivery: Delivery, *, now: datetime) -> AdministratorRequest:
    """Store what was handed over in the connection, and close the link.

    Raises LinkClosed, or DeliveryRefused for what would break a sign-in that works.
    """
    row = (
        AdministratorRequest.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(token_hash=hash_token(token), ends_at__gt=now, done_at=None)
        .first()
    )
    if row is None:
        raise LinkClosed
    typed = _registration(row.connection, delivery)
    _check_harmless(row.connection, typed)
    _check_certificate(row.connection, delivery)
    row.connection = typed.store(row.connection, by="One-time page", now=now)
    row.done_at = now
    row.note = storable(delivery.note, most=LONGEST_NOTE)
    row.save(update_fields=["done_at", "note"])
    return row


def consent_url(request: AdministratorRequest, *, token: str) -> str:
    """Return where the administrator consents for the whole tenant, "" without an application.

    The state of the address is made of the link's token, so neither is stored.
    """
    connection = request.connection
    if connection.provider != Connection.Provider.MICROSOFT:
        return ""
    if not (connection.tenant_id and connection.client_id):
        return ""
    return cloud_of(connection).admin_consent_url(
        connection.tenant_id,
        client_id=connection.client_id,
        redirect_uri=redirect_uri(),
        state=_consent_state(token),
    )


@transaction.atomic
def note_consent(answer: Mapping[str, str], *, now: datetime) -> AdministratorRequest | None:
    """Write down what the page of admin consent brought back; None when its state is not ours.

    The first answer counts; a grant may still follow a refusal.
    """
    row = (
        AdministratorRequest.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(consent_hash=hash_token(answer.get("state", "")), ends_at__gt=now)
        .first()
    )
    if row is None:
        return None
    if row.consent != Consent.GRANTED:
        row.consent = _read_consent(row.connection, answer)
        row.consent_at = now
        row.save(update_fields=["consent", "consent_at"])
    return row


def _read_consent(connection: Connection, answer: Mapping[str, str]) -> str:
    if "error" in answer or answer.get("admin_consent", "").lower() != "true":
        return Consent.DECLINED
    ours, theirs = connection.tenant_id.lower(), answer.get("tenant", "").lower()
    is_guid = len(ours) == _GUID_LENGTH and "." not in ours
    return Consent.ELSEWHERE if is_guid and theirs and theirs != ours else Consent.GRANTED


def _consent_state(token: str) -> str:
    return hash_token(f"admin consent {token}")


def _registration(connection: Connection, delivery: Delivery) -> Registration:
    is_secret = bool(delivery.client_secret)
    proof = connection.proof
    if delivery.uses_certificate or is_secret:
        proofs = Connection.Proof
        proof = proofs.CERTIFICATE if delivery.uses_certificate else proofs.SECRET
    return Registration(
        provider=connection.provider,
        way_in=connection.way_in,
        proof=proof,
        cloud=connection.cloud,
        tenant_id=delivery.tenant_id,
        client_id=delivery.client_id,
        client_secret=delivery.client_secret,
        secret_ends_on=delivery.secret_ends_on if is_secret else connection.secret_ends_on,
        exchange_host=connection.exchange_host,
        authorize_endpoint=connection.authorize_endpoint,
        token_endpoint=connection.token_endpoint,
        scopes_typed=connection.scopes_typed,
        protocols=tuple(connection.protocols),
        for_shared_mailbox=connection.for_shared_mailbox,
    )


def _check_harmless(connection: Connection, typed: Registration) -> None:
    if connection.is_usable and typed.is_other_application(connection):
        raise DeliveryRefused(
            "This desk works with another application already, and this page does not replace it. "
            "Hand over a secret for that application, or tell whoever sent you the link.",
            field="client_id",
        )


def _check_certificate(connection: Connection, delivery: Delivery) -> None:
    if delivery.uses_certificate and not connection.private_key:
        raise DeliveryRefused(
            "This desk has made no certificate yet, so it cannot use one. Hand over a secret.",
            field="uses_certificate",
        )
