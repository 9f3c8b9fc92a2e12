"""What a provider says of itself to anybody: its time, and which tenant a name belongs to."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from postdesk.connections.models import Connection
from postdesk.connections.providing import cloud_of, http_session, microsoft_of

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_GOOGLE = "https://accounts.google.com/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """``now`` is the provider's time, None when it named none; ``tenant_id`` is a GUID or ""."""

    now: datetime | None
    tenant_id: str


def read_provider_facts(connection: Connection) -> ProviderFacts:
    """Ask for the discovery document, whatever its answer; raises NeedsPerson or TryLater."""
    with http_session(connection) as session:
        answer = session.get(_address(connection))
    issuer = answer.read_object().get("issuer")
    found = _GUID.search(issuer) if isinstance(issuer, str) else None
    return ProviderFacts(
        now=_read_date(answer.headers.get("date", "")), tenant_id=found[0].lower() if found else ""
    )


def check_tenant(connection: Connection) -> None:
    """Raise NeedsPerson when Microsoft knows no such tenant, TryLater when it is not well."""
    with http_session(connection) as session:
        microsoft_of(connection, session).check_tenant()


def _address(connection: Connection) -> str:
    if connection.provider == Connection.Provider.GOOGLE:
        return _GOOGLE
    if connection.provider == Connection.Provider.GENERIC:
        return connection.token_endpoint
    authority = cloud_of(connection).authority_url(connection.tenant_id or "common")
    return f"{authority}/v2.0/.well-known/openid-configuration"


def _read_date(header: str) -> datetime | None:
    """Read an HTTP date (RFC 9110 section 5.6.7)."""
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
