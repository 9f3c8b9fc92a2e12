"""Google's side of the pretend world: accounts, OAuth clients and service accounts."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time

from postdesk_sandbox.google_grants import GoogleGrants
from postdesk_sandbox.ids import object_guid

WORKSPACE = "workspace.test"
CONSUMER = "gmail.test"
CLIENT_ID = "100000000001-desk.apps.googleusercontent.com"


@dataclass(slots=True, kw_only=True)
class GoogleAccount:
    """Somebody with a Google account. `domain` is empty for a consumer's."""

    address: str
    display_name: str
    user_id: str
    domain: str
    password: str = "pw"  # noqa: S105 -- everybody in the pretend world has this one
    disabled: bool = False
    # The Gmail service of this account.
    gmail: bool = True
    password_changed_at: datetime | None = None
    # Client id -> scopes that this person once allowed.
    consents: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class GoogleClient:
    """A web application registered in a Google Cloud project, with its consent screen.

    `user_type` is external or internal, `publishing` is testing or production.
    """

    client_id: str
    name: str
    secrets: list[str] = field(default_factory=list)
    redirect_uris: list[str] = field(default_factory=list)
    user_type: str = "external"
    publishing: str = "production"
    test_users: list[str] = field(default_factory=list)
    deleted: bool = False
    disabled: bool = False

    @property
    def is_testing(self) -> bool:
        """Say whether its refresh tokens end after seven days; internal ones never do."""
        return self.user_type == "external" and self.publishing == "testing"

    def knows_secret(self, value: str) -> bool:
        """Compare with every secret of the client."""
        return any(hmac.compare_digest(one.encode(), value.encode()) for one in self.secrets)


@dataclass(slots=True, kw_only=True)
class ServiceAccount:
    """A program's account; its keys are public ones as PEM, by key id.

    `delegated` are the scopes that the administrator of the Workspace allowed its client id
    under "Domain-wide delegation".
    """

    email: str
    unique_id: str
    keys: dict[str, str] = field(default_factory=dict)
    delegated: set[str] = field(default_factory=set)
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class GoogleSwitches:
    """What the administrator of the Workspace, and whoever tests, can turn."""

    # "App access control": Gmail's scopes are restricted and no client is trusted.
    restricts_gmail: bool = False
    # Google Workspace session control: refreshing needs a sign-in younger than this; 0 is off.
    session_seconds: int = 0
    access_token_seconds: int = 3599
    # The address for which sign-in and consent answer themselves.
    auto_sign_in: str = ""


@dataclass(slots=True, kw_only=True)
class GoogleWorld:
    """Everything of Google's that a snapshot holds."""

    accounts: dict[str, GoogleAccount] = field(default_factory=dict)
    clients: dict[str, GoogleClient] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    switches: GoogleSwitches = field(default_factory=GoogleSwitches)
    grants: GoogleGrants = field(default_factory=GoogleGrants)

    @property
    def domains(self) -> set[str]:
        """The domains of the Workspace, all under one administrator."""
        return {WORKSPACE, *(one.domain for one in self.accounts.values() if one.domain)}

    def account(self, address: str) -> GoogleAccount | None:
        """Find somebody by address."""
        return self.accounts.get(address.lower())

    def account_by_id(self, user_id: str) -> GoogleAccount | None:
        """Find somebody by the number that tokens rest on; an address may come back new."""
        return next((one for one in self.accounts.values() if one.user_id == user_id), None)

    def add_account(self, address: str, display_name: str) -> GoogleAccount:
        """Add somebody; an address that was removed comes back as another account."""
        key = address.lower()
        domain = key.rpartition("@")[2]
        self.grants.accounts_made += 1
        account = GoogleAccount(
            address=key,
            display_name=display_name,
            user_id=make_number(key, self.grants.accounts_made),
            domain="" if domain == CONSUMER else domain,
        )
        self.accounts[key] = account
        return account


def make_number(*parts: object) -> str:
    """Return 21 digits as Google's ids have them, made from what names the object."""
    return str(10**20 + int(object_guid("google", *parts).replace("-", ""), 16) % (9 * 10**19))


def fresh_google() -> GoogleWorld:
    """Return what every sandbox begins with: a Workspace, a consumer and one client."""
    world = GoogleWorld()
    world.add_account(f"support@{WORKSPACE}", "Workspace Support")
    world.add_account(f"anna@{WORKSPACE}", "Anna Berg")
    world.add_account(f"desk@{CONSUMER}", "Desk at Gmail")
    world.clients[CLIENT_ID] = GoogleClient(
        client_id=CLIENT_ID,
        name="Postdesk (sandbox client)",
        secrets=["GOCSPX-s3cret"],
        redirect_uris=["http://localhost:8080/oauth/callback", "http://localhost/cb"],
        test_users=sorted(world.accounts),
    )
    return world
