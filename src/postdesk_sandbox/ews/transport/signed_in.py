"""Who a request comes from, once the transport has found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import Person, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person, an application for itself (no person), or an application for a person."""

    scheme: str
    person: Person | None = None
    client_id: str = ""

    @property
    def key(self) -> str:
        """The name under which requests at the same time are counted."""
        return self.person.address if self.person else self.client_id


def find_account(tenant: Tenant, name: str, *, domain: str = "") -> Person | None:
    r"""Return who signs in as `user@domain`, `DOMAIN\user`, or `user` of the own domain."""
    if "\\" in name:
        domain, _, name = name.rpartition("\\")
    short = tenant.domain.partition(".")[0]
    if domain and domain.lower() not in {short, tenant.domain}:
        return None
    person = tenant.person(name if "@" in name else f"{name}@{tenant.domain}")
    return None if person is None or person.disabled else person
