"""The part that only Exchange Online PowerShell can do: rights on just the mailbox."""

from postdesk.connections.scripts.order import RegistrationOrder
from postdesk.connections.scripts.permissions import exchange_roles_of, needs_mailbox_permission
from postdesk.connections.scripts.quoting import in_filter, in_powershell

_ENVIRONMENTS = {
    "gcc-high": "O365USGovGCCHigh",
    "dod": "O365USGovDoD",
    "china": "O365China",
}
_SWITCHES = {"imap": "-ImapEnabled $true", "pop": "-PopEnabled $true"}


def exchange_lines(order: RegistrationOrder) -> list[str]:
    """Return PowerShell lines that expect ``$appId`` and ``$spId``; none where nothing is to do."""
    parts = [
        *_service_principal(order),
        *_roles(order),
        *_mailbox_permission(order),
        *_person(order),
        *_ews(order),
        *_protocol_switches(order),
    ]
    if not parts:
        return []
    return [
        "# Exchange Online: needs the role Exchange Administrator.",
        "# Install-Module ExchangeOnlineManagement -Scope CurrentUser",
        f"Connect-ExchangeOnline -ExchangeEnvironmentName {_environment(order)} -ShowBanner:$false",
        f"$mailbox = {in_powershell(order.mailbox)}",
        *parts,
    ]


def _environment(order: RegistrationOrder) -> str:
    return _ENVIRONMENTS.get(order.cloud, "O365Default")


def _service_principal(order: RegistrationOrder) -> list[str]:
    if not order.is_application:
        return []
    return [
        "# The object id is that of the enterprise application, not of the app registration.",
        "New-ServicePrincipal -AppId $appId -ObjectId $spId "
        f"-DisplayName {in_powershell(order.name)} | Out-Null",
    ]


def _roles(order: RegistrationOrder) -> list[str]:
    roles = exchange_roles_of(order)
    if not roles:
        return []
    scope = in_powershell(f"{order.name} only")
    condition = in_powershell(f"PrimarySmtpAddress -eq {in_filter(order.mailbox)}")
    return [
        "# RBAC for Applications: this mailbox and no other. Do NOT consent the application",
        "# permissions Mail.ReadWrite or Mail.Send in Entra too: they would open every mailbox.",
        f"New-ManagementScope -Name {scope} -RecipientRestrictionFilter {condition} | Out-Null",
        *(
            f"New-ManagementRoleAssignment -App $spId -Role {in_powershell(role.name)} "
            f"-CustomResourceScope {scope} | Out-Null"
            for role in roles
        ),
        "Test-ServicePrincipalAuthorization $spId -Resource $mailbox",
        "# A change may take from 30 minutes to two hours to work.",
    ]


def _mailbox_permission(order: RegistrationOrder) -> list[str]:
    if not needs_mailbox_permission(order):
        return []
    lines = [
        "# IMAP, POP and SMTP know no roles: the application gets Full Access to the mailbox.",
        "Add-MailboxPermission -Identity $mailbox -User $spId -AccessRights FullAccess | Out-Null",
    ]
    if "smtp" in order.protocols:
        lines.append(
            "Add-RecipientPermission $mailbox -Trustee $spId -AccessRights SendAs "
            "-Confirm:$false | Out-Null"
        )
    return lines


def _person(order: RegistrationOrder) -> list[str]:
    if order.is_application or not order.is_shared:
        return []
    return [
        "# Who signs in for the shared mailbox needs both rights on it.",
        "$person = Read-Host 'E-mail address of the person who will sign in'",
        "Add-MailboxPermission -Identity $mailbox -User $person -AccessRights FullAccess "
        "-AutoMapping $false | Out-Null",
        "Add-RecipientPermission $mailbox -Trustee $person -AccessRights SendAs "
        "-Confirm:$false | Out-Null",
    ]


def _ews(order: RegistrationOrder) -> list[str]:
    if "ews" not in order.protocols:
        return []
    return [
        "# Exchange Web Services: on for the organization and the mailbox, and on the allow list.",
        "# The list is replaced as a whole, so what stands there is read first.",
        "$before = (Get-OrganizationConfig).EwsAllowedAppIDs",
        "$allowed = @(\"$before\" -split ',') + $appId | ForEach-Object { $_.Trim() } | "
        "Where-Object { $_ } | Select-Object -Unique",
        "Set-OrganizationConfig -EwsEnabled:$true",
        "Set-OrganizationConfig -EwsAllowedAppIDs ($allowed -join ',')",
        "Set-CASMailbox -Identity $mailbox -EwsEnabled:$true",
    ]


def _protocol_switches(order: RegistrationOrder) -> list[str]:
    switches = [_SWITCHES[one] for one in order.protocols if one in _SWITCHES]
    if "smtp" in order.protocols:
        switches.append("-SmtpClientAuthenticationDisabled $false")
    return [f"Set-CASMailbox -Identity $mailbox {switch}" for switch in switches]
