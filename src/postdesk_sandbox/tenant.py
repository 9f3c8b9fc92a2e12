"""The directory: people, their mailboxes' rights, and registered applications."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time
from urllib.parse import urlsplit

from postdesk_sandbox.exchange_switches import ExchangeSwitches
from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.scopes import every_delegated_scope, every_role, with_twins

TENANT_ID = "11111111-2222-3333-4444-555555555555"
DOMAIN = "contoso.test"
_LOCAL_HOSTS = ("localhost", "127.0.0.1")


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody of the directory, or the account behind a shared mailbox."""

    address: str
    display_name: str
    object_id: str
    password: str = "pw"  # noqa: S105 -- everybody in the pretend tenant has this one
    aliases: list[str] = field(default_factory=list)
    mailbox: bool = True
    shared: bool = False
    disabled: bool = False
    mfa_required: bool = False
    blocked: bool = False
    licence: str = "E3"
    # Set-CASMailbox -EwsEnabled
    ews_enabled: bool = True
    # The role ApplicationImpersonation of an Exchange on premises.
    may_impersonate: bool = False
    admin: bool = True
    full_access: list[str] = field(default_factory=list)
    send_as: list[str] = field(default_factory=list)
    tokens_valid_from: datetime | None = None
    # A new password ends what public clients hold; web applications keep theirs.
    password_changed_at: datetime | None = None

    def answers_to(self, name: str) -> bool:
        """Say whether a name is this person's address or object id."""
        return name.lower() in {self.address, self.object_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One client secret of an application; None means that it never ends."""

    value: str
    expires_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class App:
    """A registered application and what was consented to it."""

    client_id: str
    name: str
    secrets: list[Secret] = field(default_factory=list)
    redirect_uris: list[str] = field(default_factory=list)
    delegated: set[str] = field(default_factory=set)
    application: set[str] = field(default_factory=set)
    personal_consent: dict[str, set[str]] = field(default_factory=dict)
    disabled: bool = False
    # New-ApplicationAccessPolicy -AccessRight RestrictAccess: what consented roles reach; None
    # is no policy, which is every mailbox.
    mailboxes: list[str] | None = None
    # RBAC for Applications: role of Exchange -> the mailboxes of its scope.
    exchange_roles: dict[str, list[str]] = field(default_factory=dict)
    # One certificate each, as PEM.
    certificates: list[str] = field(default_factory=list)
    multi_tenant: bool = False
    # The platform of its redirect URIs: web, public or spa.
    platform: str = "web"
    # "Allow public client flows": device code without a secret.
    public_flows: bool = False
    # What the registration lists; consented to as a whole by /.default and by administrators.
    configured_delegated: set[str] = field(default_factory=every_delegated_scope)
    configured_application: set[str] = field(default_factory=every_role)

    def knows_redirect(self, uri: str) -> bool:
        """Compare as Entra does: exactly, but the port of localhost is ignored."""
        return any(_same_redirect(uri, known) for known in self.redirect_uris)

    def consented_by(self, person: Person) -> set[str]:
        """Return the scopes allowed for a person: by everyone's consent and by their own."""
        return with_twins(self.delegated | self.personal_consent.get(person.object_id, set()))

    def find_secret(self, value: str) -> Secret | None:
        """Return the secret with this value; of equal ones the one that lives longest."""
        fitting = [s for s in self.secrets if hmac.compare_digest(s.value.encode(), value.encode())]
        endless = [s for s in fitting if s.expires_at is None]
        ending = sorted((s for s in fitting if s.expires_at), key=lambda s: str(s.expires_at))
        return next(iter(endless or ending[-1:]), None)


@dataclass(slots=True, kw_only=True)
class Switches:
    """How the tenant behaves where Microsoft's documentation leaves it open."""

    mint_message_id: bool = False
    empty_delta_pages: bool = False
    repeat_delta_items: bool = False
    # "oldest" or "newest" change first, or "mixed" within each page.
    delta_order: str = "oldest"
    # Set-OrganizationConfig -EwsBlockList: programs told by their User-Agent. It shuts the door
    # of Graph as well.
    blocked_agents: list[str] = field(default_factory=list)
    # How long after the mail its non-delivery report comes.
    ndr_delay_seconds: int = 0
    # What the gateway does to mail on its way, by the names of transport/mangling.py.
    gateway: list[str] = field(default_factory=list)
    withheld_scopes: list[str] = field(default_factory=list)
    auto_sign_in: str = ""
    user_consent_allowed: bool = True
    access_token_seconds: int = 3599
    exchange: ExchangeSwitches = field(default_factory=ExchangeSwitches)
    # Lifetime for clients that take part in continuous access evaluation (cp1).
    cae_token_seconds: int = 86399
    # A refresh token dies when it is used; Microsoft's own stay good until their end.
    strict_rotation: bool = False
    # Conditional Access sign-in frequency; 0 is off.
    sign_in_frequency_seconds: int = 0


@dataclass(slots=True, kw_only=True)
class Tenant:
    """One organisation."""

    tenant_id: str = TENANT_ID
    domain: str = DOMAIN
    people: dict[str, Person] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches)

    def is_named(self, name: str) -> bool:
        """Say whether a path segment means this tenant."""
        short = self.domain.partition(".")[0]
        return name.lower() in {self.tenant_id, self.domain, short}

    def person(self, name: str) -> Person | None:
        """Find somebody by address or object id, not by an alias."""
        found = self.people.get(name.lower())
        return found or next((p for p in self.people.values() if p.answers_to(name)), None)

    def owner_of(self, address: str) -> Person | None:
        """Find whose mailbox an address reaches, aliases included."""
        wanted = address.lower()
        return self.people.get(wanted) or next(
            (p for p in self.people.values() if wanted in p.aliases), None
        )

    def is_inside(self, address: str) -> bool:
        """Say whether an address belongs to the tenant's domain."""
        return address.lower().endswith("@" + self.domain)

    def add_person(self, address: str, display_name: str) -> Person:
        """Add somebody with a mailbox and the usual password."""
        key = address.lower()
        person = Person(
            address=key, display_name=display_name, object_id=object_guid("person", key)
        )
        self.people[key] = person
        return person


def fresh_tenant() -> Tenant:
    """Return the tenant that every sandbox begins with."""
    tenant = Tenant()
    tenant.add_person(f"support@{DOMAIN}", "Contoso Support")
    tenant.add_person(f"anna@{DOMAIN}", "Anna Berg")
    shared = tenant.add_person(f"help@{DOMAIN}", "Contoso Help")
    shared.shared = True
    shared.full_access = [f"anna@{DOMAIN}"]
    shared.send_as = [f"anna@{DOMAIN}"]
    tenant.apps["client-1"] = App(
        client_id="client-1",
        name="Postdesk (sandbox app)",
        secrets=[Secret(value="s3cret")],
        redirect_uris=["http://localhost:8080/oauth/callback", "http://localhost/cb"],
        delegated=every_delegated_scope(),
        application=every_role(),
    )
    return tenant


def _same_redirect(asked: str, known: str) -> bool:
    if asked == known:
        return True
    try:
        one, other = urlsplit(asked), urlsplit(known)
    except ValueError:  # such as http://[
        return False
    return (
        one.scheme == other.scheme == "http"
        and one.hostname == other.hostname
        and one.hostname in _LOCAL_HOSTS
        and (one.path, one.query, one.fragment) == (other.path, other.query, other.fragment)
    )
