"""What the control calls set of Entra: an application's registration, and sign-in policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.entra.assertion import read_certificate
from postdesk_sandbox.scopes import every_role, full_name

if TYPE_CHECKING:
    from postdesk_sandbox.tenant import App, Switches

REGISTRATION_KEYS = (
    "certificates", "multi_tenant", "platform", "public_flows", "configured_delegated",
    "configured_application",
)  # fmt: skip
SIGN_IN_KEYS = ("cae_token_seconds", "strict_rotation", "sign_in_frequency_seconds")
PLATFORMS = ("web", "public", "spa")


def set_registration(app: App, payload: Payload) -> None:
    """Change what is named. Raises ControlError for what a registration cannot hold."""
    if "certificates" in payload:
        app.certificates = [_checked(pem) for pem in payload.texts("certificates", [])]
    app.multi_tenant = payload.flag("multi_tenant", default=app.multi_tenant)
    app.public_flows = payload.flag("public_flows", default=app.public_flows)
    platform = payload.text("platform", app.platform)
    if platform not in PLATFORMS:
        raise ControlError(f"platform must be one of {', '.join(PLATFORMS)}")
    app.platform = platform
    if "configured_delegated" in payload:
        app.configured_delegated = read_delegated(payload.texts("configured_delegated", []))
    if "configured_application" in payload:
        app.configured_application = read_roles(payload.texts("configured_application", []))


def describe_registration(app: App) -> dict[str, object]:
    """Return the same as the control calls show it; of certificates their thumbprints."""
    found = [read_certificate(pem) for pem in app.certificates]
    return {
        "certificates": [{"x5t": one.sha1, "x5t#S256": one.sha256} for one in found],
        "multi_tenant": app.multi_tenant,
        "platform": app.platform,
        "public_flows": app.public_flows,
        "configured_delegated": sorted(app.configured_delegated),
        "configured_application": sorted(app.configured_application),
    }


def set_sign_in_policies(switches: Switches, payload: Payload) -> None:
    """Change lifetimes, rotation and sign-in frequency of the tenant."""
    switches.strict_rotation = payload.flag("strict_rotation", default=switches.strict_rotation)
    switches.cae_token_seconds = payload.whole("cae_token_seconds", switches.cae_token_seconds)
    switches.sign_in_frequency_seconds = payload.whole(
        "sign_in_frequency_seconds", switches.sign_in_frequency_seconds
    )


def read_delegated(names: list[str]) -> set[str]:
    """Return full names of delegated permissions; bare ones belong to Graph."""
    try:
        return {full_name(one) for one in names}
    except ValueError as error:
        raise ControlError(f"unknown permission {error}") from error


def read_roles(names: list[str]) -> set[str]:
    """Return full names of application permissions; bare ones stand for all resources."""
    known: dict[str, set[str]] = {}
    for role in every_role():
        for name in (role, role.rpartition("/")[2]):
            known.setdefault(name, set()).add(role)
    if unknown := sorted(set(names) - set(known)):
        raise ControlError(f"unknown permission {', '.join(unknown)}")
    return {role for name in names for role in known[name]}


def _checked(pem: str) -> str:
    try:
        read_certificate(pem)
    except ValueError as error:
        raise ControlError(f"a certificate must be PEM with an RSA key: {error}") from error
    return pem
