"""Control calls about Google: accounts, clients, service accounts and the Workspace's switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.control.google_reading import (
    check_redirect_uris,
    choose,
    read_delegable,
    read_keys,
)
from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.google.revoking import end_access
from postdesk_sandbox.google_directory import GoogleClient, ServiceAccount, make_number

if TYPE_CHECKING:
    from postdesk_sandbox.google_directory import GoogleAccount
    from postdesk_sandbox.web import Call

SWITCH_KEYS = ("restricts_gmail", "session_seconds", "access_token_seconds", "auto_sign_in")
ACCOUNT_KEYS = (
    "address", "display_name", "password", "disabled", "gmail", "revoke", "remove",
)  # fmt: skip
CLIENT_KEYS = (
    "client_id", "name", "secrets", "redirect_uris", "user_type", "publishing", "test_users",
    "deleted", "disabled",
)  # fmt: skip
SERVICE_KEYS = ("email", "keys", "delegated", "disabled", "remove")
_USER_TYPES = ("external", "internal")
_PUBLISHING = ("testing", "production")


def change_switches(call: Call, payload: Payload) -> dict[str, object]:
    """Turn the switches of Google's Workspace, such as session control."""
    google = call.world.google
    switches = google.switches
    automatic = payload.text("auto_sign_in", switches.auto_sign_in)
    if automatic and google.account(automatic) is None:
        raise ControlError(f"no Google account has the address {automatic}")
    switches.auto_sign_in = automatic
    switches.restricts_gmail = payload.flag("restricts_gmail", default=switches.restricts_gmail)
    switches.session_seconds = _seconds(payload, "session_seconds", switches.session_seconds)
    switches.access_token_seconds = _seconds(
        payload, "access_token_seconds", switches.access_token_seconds
    )
    return {name: getattr(switches, name) for name in SWITCH_KEYS}


def change_account(call: Call, payload: Payload) -> dict[str, object]:
    """Add a Google account or change it; `revoke` takes back what its owner allowed."""
    google = call.world.google
    address = payload.text("address").lower()
    if payload.flag("remove"):
        return {"removed": _remove_account(call, address)}
    name, _, domain = address.partition("@")
    if not name or not domain or "@" in domain:
        raise ControlError("address must be an e-mail address")
    account = google.account(address) or google.add_account(address, name)
    account.display_name = payload.text("display_name", account.display_name)
    password = payload.text("password", account.password)
    if password != account.password:
        account.password, account.password_changed_at = password, call.now
        google.grants.sign_out(account.user_id)
    account.disabled = payload.flag("disabled", default=account.disabled)
    account.gmail = payload.flag("gmail", default=account.gmail)
    if payload.flag("revoke"):
        end_access(google, account)
    return _describe_account(account)


def change_client(call: Call, payload: Payload) -> dict[str, object]:
    """Register an OAuth client or change it: consent screen, publishing status, secrets."""
    clients = call.world.google.clients
    client_id = payload.text("client_id")
    known = clients.get(client_id) or GoogleClient(client_id=client_id, name=client_id)
    user_type = choose(payload, "user_type", known.user_type, _USER_TYPES)
    publishing = choose(payload, "publishing", known.publishing, _PUBLISHING)
    redirect_uris = payload.texts("redirect_uris", known.redirect_uris)
    check_redirect_uris(redirect_uris)
    known.name = payload.text("name", known.name)
    known.secrets = payload.texts("secrets", known.secrets)
    known.redirect_uris = redirect_uris
    known.user_type, known.publishing = user_type, publishing
    testers = payload.texts("test_users", known.test_users)
    known.test_users = [one.lower() for one in testers]
    known.deleted = payload.flag("deleted", default=known.deleted)
    known.disabled = payload.flag("disabled", default=known.disabled)
    clients[client_id] = known
    return _describe_client(known)


def change_service_account(call: Call, payload: Payload) -> dict[str, object]:
    """Add a service account or change it: `keys` are PEM by key id, `delegated` are scopes."""
    services = call.world.google.service_accounts
    email = payload.text("email").lower()
    if payload.flag("remove"):
        if services.pop(email, None) is None:
            raise ControlError(f"there is no service account {email}")
        return {"removed": email}
    known = services.get(email) or ServiceAccount(
        email=email, unique_id=make_number("service", email)
    )
    if "keys" in payload:
        known.keys = read_keys(payload)
    if "delegated" in payload:
        known.delegated = read_delegable(payload)
    known.disabled = payload.flag("disabled", default=known.disabled)
    services[email] = known
    return _describe_service(known)


def show_google(call: Call) -> object:
    """Return Google's accounts, clients, service accounts and switches."""
    google = call.world.google
    return {
        "accounts": [_describe_account(one) for one in google.accounts.values()],
        "clients": [_describe_client(one) for one in google.clients.values()],
        "service_accounts": [_describe_service(one) for one in google.service_accounts.values()],
        "switches": {name: getattr(google.switches, name) for name in SWITCH_KEYS},
    }


def _seconds(payload: Payload, key: str, default: int) -> int:
    seconds = payload.whole(key, default)
    if not 0 <= seconds <= 10**9:
        raise ControlError(f"{key} must lie between 0 and a thousand million")
    return seconds


def _remove_account(call: Call, address: str) -> str:
    google = call.world.google
    if google.accounts.pop(address, None) is None:
        raise ControlError(f"no Google account has the address {address}")
    if google.switches.auto_sign_in == address:
        google.switches.auto_sign_in = ""
    return address


def _describe_account(account: GoogleAccount) -> dict[str, object]:
    return {
        "address": account.address,
        "display_name": account.display_name,
        "id": account.user_id,
        "domain": account.domain,
        "disabled": account.disabled,
        "gmail": account.gmail,
        "consents": {name: sorted(scopes) for name, scopes in account.consents.items()},
    }


def _describe_client(client: GoogleClient) -> dict[str, object]:
    shown = (name for name in CLIENT_KEYS if name != "secrets")
    return {name: getattr(client, name) for name in shown}


def _describe_service(service: ServiceAccount) -> dict[str, object]:
    return {
        "email": service.email,
        "client_id": service.unique_id,
        "keys": sorted(service.keys),
        "delegated": sorted(service.delegated),
        "disabled": service.disabled,
    }
