"""The script for the Azure CLI (az) in a POSIX shell; Exchange's part runs in PowerShell."""

from postdesk.connections.scripts.exchange import exchange_lines
from postdesk.connections.scripts.order import RegistrationOrder
from postdesk.connections.scripts.permissions import Permission, permissions_of
from postdesk.connections.scripts.quoting import certificate_lines, in_shell, one_line

_CLOUDS = {
    "gcc-high": "AzureUSGovernment",
    "dod": "AzureUSGovernment",
    "china": "AzureChinaCloud",
}


def azure_cli_script(order: RegistrationOrder) -> str:
    """Return the whole script; every foreign word in it is a literal."""
    tenant = f" --tenant {in_shell(order.tenant_id)}" if order.tenant_id else ""
    lines = [
        "#!/bin/sh",
        f"# Registers {one_line(order.name)} at Microsoft Entra, with the least rights.",
        "# Needs the role Cloud Application Administrator or higher.",
        "set -euf",
        f"az cloud set --name {_CLOUDS.get(order.cloud, 'AzureCloud')}",
        f"az login --allow-no-subscriptions{tenant} > /dev/null",
        "",
        *_application(order),
        'az ad sp show --id "$app_id" > /dev/null 2>&1 || az ad sp create --id "$app_id" '
        "> /dev/null",
        *_permissions(order),
        "",
        *_credential(order),
        *_exchange(order),
        *_result(order),
    ]
    return "\n".join(lines) + "\n"


def _application(order: RegistrationOrder) -> list[str]:
    if order.client_id:
        return _extended(order)
    return [
        f"app_id=$(az ad app create --display-name {in_shell(order.name)} "
        f"--sign-in-audience AzureADMyOrg{_platform(order)} --query appId -o tsv)"
    ]


def _platform(order: RegistrationOrder) -> str:
    if order.is_public_client:
        return " --is-fallback-public-client true"
    if order.is_application:
        return ""
    return f" --web-redirect-uris {in_shell(order.redirect_uri)}"


def _extended(order: RegistrationOrder) -> list[str]:
    """Add to an application that exists; nothing that it has is taken away."""
    lines = [f"app_id={in_shell(order.client_id)}"]
    if order.is_public_client:
        lines.append('az ad app update --id "$app_id" --is-fallback-public-client true')
    elif not order.is_application:
        lines += [
            'uris=$(az ad app show --id "$app_id" --query "web.redirectUris" -o tsv)',
            "# A redirect URI has no spaces, so words of the list are its entries.",
            f'az ad app update --id "$app_id" --web-redirect-uris $uris '
            f"{in_shell(order.redirect_uri)}",
        ]
    return lines


def _permissions(order: RegistrationOrder) -> list[str]:
    permissions = permissions_of(order)
    if not permissions:
        return []
    return [
        "",
        "add() {  # service, list of it, permission, kind",
        '  id=$(az ad sp show --id "$1" --query "$2[?value==\'$3\'].id" -o tsv)',
        '  az ad app permission add --id "$app_id" --api "$1" --api-permissions "$id=$4" '
        "2> /dev/null",
        "}",
        *(_addition(one) for one in permissions),
        "# Admin consent. Leave it out where people may consent for themselves."
        if not order.is_application
        else "# Admin consent for the application.",
        "sleep 15  # until Entra knows the new application everywhere",
        'az ad app permission admin-consent --id "$app_id"',
    ]


def _addition(permission: Permission) -> str:
    where, kind = (
        ("oauth2PermissionScopes", "Scope") if permission.is_delegated else ("appRoles", "Role")
    )
    return f"add {permission.api} {where} {in_shell(permission.name)} {kind}"


def _credential(order: RegistrationOrder) -> list[str]:
    if order.uses_secret:
        return [
            "# A secret for a year; Postdesk warns in time.",
            'secret=$(az ad app credential reset --id "$app_id" --append '
            "--display-name Postdesk --years 1 --query password -o tsv)",
        ]
    if not order.uses_certificate:
        return []
    if not order.certificate_pem:
        return ["# Make the key pair in Postdesk first: its public part then stands here."]
    return [
        "# The public part of the key pair; those that are there stay.",
        "pem=$(mktemp)",
        "cat > \"$pem\" <<'CERTIFICATE'",
        *certificate_lines(order.certificate_pem),
        "CERTIFICATE",
        'az ad app credential reset --id "$app_id" --append --cert "@$pem" > /dev/null',
        'rm -f "$pem"',
    ]


def _exchange(order: RegistrationOrder) -> list[str]:
    lines = exchange_lines(order)
    if not lines:
        return []
    return [
        "",
        "# az knows nothing of Exchange: this part runs in PowerShell, which Cloud Shell has too.",
        'app_object=$(az ad sp show --id "$app_id" --query id -o tsv)',
        "export app_id app_object",
        "steps=$(mktemp -d)/steps.ps1",
        "cat > \"$steps\" <<'EXCHANGE'",
        "$ErrorActionPreference = 'Stop'",
        "$appId = $env:app_id",
        "$spId = $env:app_object",
        *lines,
        "EXCHANGE",
        'pwsh -NoLogo -File "$steps"',
        'rm -f "$steps"',
    ]


def _result(order: RegistrationOrder) -> list[str]:
    lines = [
        "",
        "# Enter these in Postdesk:",
        'echo "Tenant ID:      $(az account show --query tenantId -o tsv)"',
        'echo "Client ID:      $app_id"',
    ]
    if order.uses_secret:
        lines += [
            'echo "Client Secret:  $secret"',
            'echo "Secret ends on: a year from today"',
        ]
    return lines
