"""Control calls that change people, applications and the tenant's switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.clock import read_moment, to_iso
from postdesk_sandbox.control.exchange import EXCHANGE_KEYS, describe_exchange, set_exchange
from postdesk_sandbox.control.mail_policies import (
    MAIL_KEYS,
    SCOPE_KEYS,
    describe_scopes,
    set_mail_switches,
    set_scopes,
)
from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.control.registration import (
    REGISTRATION_KEYS,
    SIGN_IN_KEYS,
    describe_registration,
    read_delegated,
    read_roles,
    set_registration,
    set_sign_in_policies,
)
from postdesk_sandbox.scopes import every_delegated_scope, every_role
from postdesk_sandbox.tenant import App, Person, Secret

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.web import Call

USER_KEYS = (
    "address", "display_name", "password", "aliases", "mailbox", "shared", "disabled",
    "mfa_required", "blocked", "admin", "licence",
    "ews_enabled", "may_impersonate", "full_access", "send_as", "remove", "invalidate_sync",
)  # fmt: skip
APP_KEYS = (
    "client_id", "name", "secrets", "redirect_uris", "consent", "delegated", "application",
    "disabled", "remove", *SCOPE_KEYS, *REGISTRATION_KEYS,
)  # fmt: skip
TENANT_KEYS = (
    "mint_message_id", "empty_delta_pages", "withheld_scopes", "auto_sign_in",
    "user_consent_allowed", "access_token_seconds", *MAIL_KEYS, *SIGN_IN_KEYS, *EXCHANGE_KEYS,
)  # fmt: skip
LIMIT_KEYS = (
    "enabled", "concurrent", "requests_per_10_minutes", "retry_after_seconds", "ews_concurrent",
    "ews_streams", "upload_bytes_per_5_minutes",
)  # fmt: skip


def change_user(call: Call, payload: Payload) -> dict[str, object]:
    """Add somebody, or change what is named about them."""
    tenant = call.world.tenant
    address = payload.text("address").lower()
    if payload.flag("remove"):
        if tenant.people.pop(address, None) is None:
            raise ControlError(f"nobody has the address {address}")
        return {"removed": address}
    if not tenant.is_inside(address):
        raise ControlError(f"people of this tenant have addresses @{tenant.domain}")
    person = tenant.people.get(address) or tenant.add_person(address, address.partition("@")[0])
    _set_texts_and_flags(person, payload, now=call.now)
    if payload.flag("invalidate_sync") and (mailbox := call.world.mailbox(address)):
        mailbox.invalidate_sync()
    return describe_person(person)


def _set_password(person: Person, password: str, *, now: datetime) -> None:
    if password != person.password:
        person.password, person.password_changed_at = password, now


def _set_texts_and_flags(person: Person, payload: Payload, *, now: datetime) -> None:
    person.display_name = payload.text("display_name", person.display_name)
    _set_password(person, payload.text("password", person.password), now=now)
    person.aliases = [one.lower() for one in payload.texts("aliases", person.aliases)]
    person.full_access = [one.lower() for one in payload.texts("full_access", person.full_access)]
    person.send_as = [one.lower() for one in payload.texts("send_as", person.send_as)]
    person.mailbox = payload.flag("mailbox", default=person.mailbox)
    person.shared = payload.flag("shared", default=person.shared)
    person.disabled = payload.flag("disabled", default=person.disabled)
    person.mfa_required = payload.flag("mfa_required", default=person.mfa_required)
    person.blocked = payload.flag("blocked", default=person.blocked)
    person.admin = payload.flag("admin", default=person.admin)
    person.licence = payload.text("licence", person.licence)
    person.ews_enabled = payload.flag("ews_enabled", default=person.ews_enabled)
    person.may_impersonate = payload.flag("may_impersonate", default=person.may_impersonate)


def describe_person(person: Person) -> dict[str, object]:
    """Return somebody as the control calls show them."""
    return {
        "address": person.address,
        "display_name": person.display_name,
        "id": person.object_id,
        "aliases": person.aliases,
        "mailbox": person.mailbox,
        "shared": person.shared,
        "disabled": person.disabled,
        "mfa_required": person.mfa_required,
        "blocked": person.blocked,
        "admin": person.admin,
        "licence": person.licence,
        "ews_enabled": person.ews_enabled,
        "may_impersonate": person.may_impersonate,
        "full_access": person.full_access,
        "send_as": person.send_as,
    }


def change_app(call: Call, payload: Payload) -> dict[str, object]:
    """Register an application, or change what is named about it."""
    apps = call.world.tenant.apps
    client_id = payload.text("client_id")
    if payload.flag("remove"):
        if apps.pop(client_id, None) is None:
            raise ControlError(f"there is no application {client_id}")
        return {"removed": client_id}
    app = apps.setdefault(client_id, App(client_id=client_id, name=client_id))
    app.name = payload.text("name", app.name)
    app.disabled = payload.flag("disabled", default=app.disabled)
    app.redirect_uris = payload.texts("redirect_uris", app.redirect_uris)
    if "secrets" in payload:
        app.secrets = [_read_secret(one) for one in payload.raw("secrets") or []]
    set_registration(app, payload)
    set_scopes(app, payload)
    _set_consent(app, payload)
    return describe_app(app)


def _set_consent(app: App, payload: Payload) -> None:
    if "consent" in payload:
        given = payload.flag("consent")
        app.personal_consent.clear()
        app.delegated = every_delegated_scope() if given else set()
        app.application = every_role() if given else app.application
    if "delegated" in payload:
        app.delegated = read_delegated(payload.texts("delegated", []))
    if "application" in payload:
        app.application = read_roles(payload.texts("application", []))


def _read_secret(one: object) -> Secret:
    if isinstance(one, str):
        return Secret(value=one)
    if not isinstance(one, dict) or set(one) - {"value", "expires_at"} or "value" not in one:
        raise ControlError("a secret is a string or {value, expires_at}")
    try:
        ends = read_moment(one["expires_at"]) if one.get("expires_at") else None
    except (ValueError, AttributeError) as error:
        raise ControlError(f"expires_at must be an ISO 8601 moment: {error}") from error
    return Secret(value=str(one["value"]), expires_at=ends)


def describe_app(app: App) -> dict[str, object]:
    """Return an application as the control calls show it, without the secrets' values."""
    return {
        "client_id": app.client_id,
        "name": app.name,
        "disabled": app.disabled,
        "redirect_uris": app.redirect_uris,
        "secrets": [
            {"expires_at": to_iso(one.expires_at) if one.expires_at else None}
            for one in app.secrets
        ],
        "delegated": sorted(app.delegated),
        "application": sorted(app.application),
        **describe_registration(app),
        **describe_scopes(app),
    }


def change_tenant(call: Call, payload: Payload) -> dict[str, object]:
    """Turn the tenant's switches."""
    switches = call.world.tenant.switches
    automatic = payload.text("auto_sign_in", switches.auto_sign_in)
    if automatic and call.world.tenant.person(automatic) is None:
        raise ControlError(f"nobody has the address {automatic}")
    switches.auto_sign_in = automatic
    switches.mint_message_id = payload.flag("mint_message_id", default=switches.mint_message_id)
    switches.empty_delta_pages = payload.flag(
        "empty_delta_pages", default=switches.empty_delta_pages
    )
    set_mail_switches(switches, payload)
    switches.withheld_scopes = payload.texts("withheld_scopes", switches.withheld_scopes)
    switches.user_consent_allowed = payload.flag(
        "user_consent_allowed", default=switches.user_consent_allowed
    )
    switches.access_token_seconds = payload.whole(
        "access_token_seconds", switches.access_token_seconds
    )
    set_sign_in_policies(switches, payload)
    set_exchange(switches.exchange, payload)
    shown = [name for name in TENANT_KEYS if name not in EXCHANGE_KEYS]
    return {name: getattr(switches, name) for name in shown} | describe_exchange(switches.exchange)


def change_limits(call: Call, payload: Payload) -> dict[str, object]:
    """Set the throttling numbers, or switch throttling off and on."""
    limits = call.world.limits
    limits.enabled = payload.flag("enabled", default=limits.enabled)
    limits.concurrent = payload.whole("concurrent", limits.concurrent)
    limits.requests_per_10_minutes = payload.whole(
        "requests_per_10_minutes", limits.requests_per_10_minutes
    )
    limits.upload_bytes_per_5_minutes = payload.whole(
        "upload_bytes_per_5_minutes", limits.upload_bytes_per_5_minutes
    )
    limits.retry_after_seconds = payload.whole("retry_after_seconds", limits.retry_after_seconds)
    limits.ews_concurrent = payload.whole("ews_concurrent", limits.ews_concurrent)
    limits.ews_streams = payload.whole("ews_streams", limits.ews_streams)
    return {name: getattr(limits, name) for name in LIMIT_KEYS}
