"""What the account pages say about registering: whether, what and how."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk.connections.models import Connection
from postdesk.connections.scripts.azure_cli import azure_cli_script
from postdesk.connections.scripts.exchange import exchange_lines
from postdesk.connections.scripts.order import RegistrationOrder
from postdesk.connections.scripts.permissions import (
    ExchangeRole,
    Permission,
    exchange_roles_of,
    permissions_of,
)
from postdesk.connections.scripts.powershell import powershell_script
from postdesk.site.options import redirect_uri

if TYPE_CHECKING:
    from postdesk.web.forms.registration import RegistrationFields

Provider = Connection.Provider
WayIn = Connection.WayIn
_ADMINISTRATOR = {
    (Provider.MICROSOFT, WayIn.APPLICATION): (
        "Yes.",
        "Only an administrator of Microsoft 365 may let an application into a mailbox. About five "
        "minutes, once; afterwards nobody has to sign in.",
    ),
    (Provider.GOOGLE, WayIn.PERSON): (
        "Maybe not.",
        "Whoever may make a project in Google Cloud can do it. Where Workspace allows only known "
        "applications, an administrator marks this one as trusted.",
    ),
    (Provider.GOOGLE, WayIn.APPLICATION): (
        "Yes.",
        "Only a super administrator of Google Workspace may let a service account into mailboxes.",
    ),
    (Provider.GENERIC, WayIn.PERSON): (
        "Ask who runs the provider.",
        "They register this desk there and give you a Client ID and a Client Secret.",
    ),
}
_MAYBE = (
    "Maybe not.",
    "Where your organization lets people register applications and consent for themselves, you can "
    "do all of this alone. Where it does not, an administrator of Microsoft 365 registers the "
    "application or grants consent: about five minutes, once.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script for one shell; ``key`` names it in the button that downloads it."""

    key: str
    title: str
    file_name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """Everything about registering what the form describes now."""

    answer: str
    because: str
    order: RegistrationOrder
    permissions: tuple[Permission, ...]
    roles: tuple[ExchangeRole, ...]
    exchange: str
    scripts: tuple[Script, ...]


def guide_of(form: "RegistrationFields") -> Guide:
    """Return the guide for what is chosen in ``form``."""
    order = order_of(form)
    key = (form.chosen_provider, form.chosen_way_in)
    answer, because = _ADMINISTRATOR.get(key, _MAYBE)
    return Guide(
        answer=answer,
        because=because,
        order=order,
        permissions=permissions_of(order),
        roles=exchange_roles_of(order),
        exchange="\n".join(exchange_lines(order)),
        scripts=scripts_of(order) if form.is_microsoft else (),
    )


def order_of(form: "RegistrationFields") -> RegistrationOrder:
    """Return what has to be registered for what stands in ``form`` now."""
    own = None if form.is_new else form.own
    return RegistrationOrder(
        mailbox=_typed(form, "email_address"),
        redirect_uri=redirect_uri(),
        way_in=form.chosen_way_in.value,
        proof=form.chosen_proof.value,
        cloud=form.chosen_cloud.rpartition(":")[2],
        tenant_id=_typed(form, "tenant_id"),
        client_id=_typed(form, "client_id"),
        protocols=form.mail_protocols(),
        is_shared=form["for_shared_mailbox"].value() in {True, "on"},
        certificate_pem=own.certificate_pem if own else "",
    )


def scripts_of(order: RegistrationOrder) -> tuple[Script, ...]:
    """Return the scripts for the administrator's shell."""
    return (
        Script(
            key="powershell",
            title="Microsoft Graph PowerShell",
            file_name="register-postdesk.ps1",
            text=powershell_script(order),
        ),
        Script(
            key="az",
            title="Azure CLI (az)",
            file_name="register-postdesk.sh",
            text=azure_cli_script(order),
        ),
    )


def _typed(form: "RegistrationFields", name: str) -> str:
    return str(form[name].value() or "").strip()
