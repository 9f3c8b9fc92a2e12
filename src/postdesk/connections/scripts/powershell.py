"""The script for Microsoft Graph PowerShell."""

from collections.abc import Iterable
from itertools import groupby

from postdesk.connections.scripts.exchange import exchange_lines
from postdesk.connections.scripts.order import RegistrationOrder
from postdesk.connections.scripts.permissions import Permission, permissions_of
from postdesk.connections.scripts.quoting import certificate_base64, in_powershell, one_line

_ENVIRONMENTS = {"gcc-high": "USGov", "dod": "USGovDoD", "china": "China"}
_MERGE = (
    "foreach ($old in $app.RequiredResourceAccess) {",
    "    $same = $access | Where-Object { $_.ResourceAppId -eq $old.ResourceAppId }",
    "    if (-not $same) { $access += @{ ResourceAppId = $old.ResourceAppId; "
    "ResourceAccess = @($old.ResourceAccess) }; continue }",
    "    $new = $same.ResourceAccess | ForEach-Object { $_.Id }",
    "    $same.ResourceAccess += @($old.ResourceAccess | Where-Object { $_.Id -notin $new })",
    "}",
)


def powershell_script(order: RegistrationOrder) -> str:
    """Return the whole script; every foreign word in it is a literal."""
    lines = [
        f"# Registers {one_line(order.name)} at Microsoft Entra, with the least rights.",
        "# Needs the role Cloud Application Administrator or higher.",
        "# Install-Module Microsoft.Graph.Applications, Microsoft.Graph.Identity.SignIns "
        "-Scope CurrentUser",
        "$ErrorActionPreference = 'Stop'",
        *_connect(order),
        "",
        *_access(order),
        "",
        *_application(order),
        "$appId = $app.AppId",
        "$sp = Get-MgServicePrincipal -Filter \"appId eq '$appId'\"",
        "if (-not $sp) { $sp = New-MgServicePrincipal -AppId $appId }",
        "$spId = $sp.Id",
        *_consent(order),
        "",
        *_credential(order),
        *_with_gap(exchange_lines(order)),
        "",
        *_result(order),
    ]
    return "\n".join(lines) + "\n"


def _connect(order: RegistrationOrder) -> list[str]:
    tenant = f" -TenantId {in_powershell(order.tenant_id)}" if order.tenant_id else ""
    environment = _ENVIRONMENTS.get(order.cloud, "Global")
    return [
        f"Connect-MgGraph -Environment {environment}{tenant} -NoWelcome -Scopes "
        "'Application.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', "
        "'AppRoleAssignment.ReadWrite.All'"
    ]


def _access(order: RegistrationOrder) -> list[str]:
    lines = ["$access = @()", "$grants = @()"]
    permissions = sorted(permissions_of(order), key=lambda one: one.api)
    for api, of_api in groupby(permissions, key=lambda one: one.api):
        lines += _access_to(api, list(of_api))
    return lines


def _access_to(api: str, permissions: list[Permission]) -> list[str]:
    is_delegated = permissions[0].is_delegated
    names = ", ".join(in_powershell(one.name) for one in permissions)
    of_api = "$api.Oauth2PermissionScopes" if is_delegated else "$api.AppRoles"
    kind = "Scope" if is_delegated else "Role"
    return [
        f"$api = Get-MgServicePrincipal -Filter \"appId eq '{api}'\"",
        f"$wanted = @({of_api} | Where-Object {{ $_.Value -in @({names}) }})",
        "$access += @{ ResourceAppId = $api.AppId; ResourceAccess = @($wanted | ForEach-Object "
        f"{{ @{{ Id = $_.Id; Type = '{kind}' }} }}) }}",
        "$grants += @{ Api = $api; Wanted = $wanted }",
    ]


def _application(order: RegistrationOrder) -> list[str]:
    if order.client_id:
        return _extended(order)
    return [
        f"$app = New-MgApplication -DisplayName {in_powershell(order.name)} "
        f"-SignInAudience AzureADMyOrg -RequiredResourceAccess $access{_platform(order)}"
    ]


def _platform(order: RegistrationOrder) -> str:
    if order.is_public_client:
        return " -IsFallbackPublicClient"
    if order.is_application:
        return ""
    return f" -Web @{{ RedirectUris = @({in_powershell(order.redirect_uri)}) }}"


def _extended(order: RegistrationOrder) -> list[str]:
    """Add to an application that exists; nothing that it has is taken away."""
    lines = [
        f"$clientId = {in_powershell(order.client_id)}",
        "$app = Get-MgApplication -All | Where-Object { $_.AppId -eq $clientId }",
        "if (-not $app) { throw 'This tenant has no application with that Client ID.' }",
        *_MERGE,
        "Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess $access",
    ]
    if order.is_public_client:
        lines.append("Update-MgApplication -ApplicationId $app.Id -IsFallbackPublicClient")
    elif not order.is_application:
        uri = in_powershell(order.redirect_uri)
        lines += [
            f"$uris = @($app.Web.RedirectUris) + {uri} | Select-Object -Unique",
            "Update-MgApplication -ApplicationId $app.Id -Web @{ RedirectUris = @($uris) }",
        ]
    return lines


def _consent(order: RegistrationOrder) -> list[str]:
    if not permissions_of(order):
        return []
    if order.is_application:
        return [
            "# Admin consent for the application.",
            "foreach ($grant in $grants) { foreach ($role in $grant.Wanted) {",
            "    New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $spId "
            "-PrincipalId $spId -ResourceId $grant.Api.Id -AppRoleId $role.Id | Out-Null",
            "} }",
        ]
    return [
        "# Admin consent. Leave it out where people may consent for themselves.",
        "foreach ($grant in $grants) {",
        "    $scope = ($grant.Wanted | ForEach-Object { $_.Value }) -join ' '",
        "    New-MgOauth2PermissionGrant -ClientId $spId -ConsentType AllPrincipals "
        "-ResourceId $grant.Api.Id -Scope $scope | Out-Null",
        "}",
    ]


def _credential(order: RegistrationOrder) -> list[str]:
    if order.uses_secret:
        return [
            "# A secret for a year; Postdesk warns in time.",
            "$secret = Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential "
            "@{ DisplayName = 'Postdesk'; EndDateTime = (Get-Date).AddYears(1) }",
        ]
    if not order.uses_certificate:
        return []
    public = certificate_base64(order.certificate_pem)
    if not public:
        return ["# Make the key pair in Postdesk first: its public part then stands here."]
    return [
        "# The public part of the key pair; those that are there stay.",
        "$keys = @($app.KeyCredentials | Where-Object { $_ }) + @{ Type = 'AsymmetricX509Cert'; "
        "Usage = 'Verify'; DisplayName = 'Postdesk'; "
        f"Key = [Convert]::FromBase64String('{public}') }}",
        "Update-MgApplication -ApplicationId $app.Id -KeyCredentials $keys",
    ]


def _result(order: RegistrationOrder) -> list[str]:
    lines = [
        "# Enter these in Postdesk:",
        '"Tenant ID:      $((Get-MgContext).TenantId)"',
        '"Client ID:      $appId"',
    ]
    if order.uses_secret:
        lines += [
            '"Client Secret:  $($secret.SecretText)"',
            "\"Secret ends on: $($secret.EndDateTime.ToString('yyyy-MM-dd'))\"",
        ]
    return lines


def _with_gap(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return ["", *found] if found else []
