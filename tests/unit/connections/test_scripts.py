"""Scripts for the administrator's shell: complete, least rights, and deaf to hostile words."""

import base64
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from postdesk.connections.scripts.azure_cli import azure_cli_script
from postdesk.connections.scripts.exchange import exchange_lines
from postdesk.connections.scripts.order import RegistrationOrder
from postdesk.connections.scripts.permissions import exchange_roles_of, permissions_of
from postdesk.connections.scripts.powershell import powershell_script
from postdesk.connections.scripts.quoting import in_powershell, in_shell

HOSTILE = [
    "'; touch pwned; '", '"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "a\ntouch pwned\n",
    "\u2018; touch pwned; \u2019",
    "EXCHANGE\ntouch pwned", "$env:PATH", "\\'; touch pwned #", "--help",
]  # fmt: skip
BASE64 = base64.b64encode(b"the public part of a key pair" * 5).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{BASE64}\n-----END CERTIFICATE-----\n"
PERSON = RegistrationOrder(
    mailbox="support@contoso.test",
    redirect_uri="https://desk.example.com/oauth/callback",
    tenant_id="contoso.test",
)
APPLICATION = replace(PERSON, way_in="application")
_LITERAL = re.compile("'(?:[^'\u2018\u2019\u201a\u201b]|['\u2018\u2019\u201a\u201b]{2})*'")
FAKE_AZ = """#!/bin/sh
{ printf '%s\\037' "$@"; printf '\\036'; } >> "$CALLS"
echo 11111111-2222-3333-4444-555555555555
"""
FAKE_PWSH = """#!/bin/sh
cp "$3" "$STEPS"
"""


@pytest.fixture
def shell(tmp_path: Path):
    """Run a script with stand-ins for az, pwsh and sleep; return az's calls and pwsh's steps."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {"az": FAKE_AZ, "pwsh": FAKE_PWSH, "sleep": "#!/bin/sh\n"}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

    def run(script: str) -> tuple[list[list[str]], str]:
        calls, steps = tmp_path / "calls", tmp_path / "steps"
        calls.write_text("")
        steps.write_text("")
        environment = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "CALLS": str(calls),
            "STEPS": str(steps),
        }
        subprocess.run(
            ["/bin/sh", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=60
        )
        assert not (tmp_path / "pwned").exists()
        said = [call.split("\x1f")[:-1] for call in calls.read_text().split("\x1e")[:-1]]
        return said, steps.read_text()

    return run


def call_of(calls: list[list[str]], *beginning: str) -> list[str]:
    return next(call for call in calls if tuple(call[: len(beginning)]) == beginning)


def test_person_s_application_is_single_tenant_with_our_redirect_uri(shell):
    calls, steps = shell(azure_cli_script(PERSON))
    assert call_of(calls, "ad", "app", "create")[3:-4] == [
        "--display-name", "Postdesk support@contoso.test", "--sign-in-audience", "AzureADMyOrg",
        "--web-redirect-uris", "https://desk.example.com/oauth/callback",
    ]  # fmt: skip
    assert ["ad", "app", "permission", "admin-consent"] in [call[:4] for call in calls]
    assert "--years" in call_of(calls, "ad", "app", "credential", "reset")
    assert steps == ""


def test_same_rights_in_both_scripts():
    wanted = {
        "Mail.ReadWrite", "Mail.Send", "Mail.ReadWrite.Shared", "Mail.Send.Shared", "User.Read",
        "offline_access",
    }  # fmt: skip
    order = replace(PERSON, is_shared=True)
    assert {one.name for one in permissions_of(order)} == wanted
    for script in (powershell_script(order), azure_cli_script(order)):
        assert {name for name in wanted if re.search(rf"[ '(]{name}[', )]", script)} == wanted


def test_application_gets_its_rights_in_exchange_and_none_in_entra(shell):
    assert permissions_of(APPLICATION) == ()
    assert [role.name for role in exchange_roles_of(APPLICATION)] == [
        "Application Mail.ReadWrite", "Application Mail.Send",
    ]  # fmt: skip
    calls, steps = shell(azure_cli_script(APPLICATION))
    assert not [call for call in calls if "permission" in call]
    assert "--web-redirect-uris" not in call_of(calls, "ad", "app", "create")
    for text in (steps, powershell_script(APPLICATION)):
        assert (
            "-RecipientRestrictionFilter 'PrimarySmtpAddress -eq ''support@contoso.test'''" in text
        )
        assert "-Role 'Application Mail.ReadWrite'" in text
        assert "Do NOT consent" in text
    assert "New-MgServicePrincipalAppRoleAssignment" not in powershell_script(APPLICATION)


def test_application_over_imap_and_smtp_needs_consent_and_full_access():
    order = replace(APPLICATION, protocols=("imap", "smtp"))
    script = powershell_script(order)
    assert "@('IMAP.AccessAsApp', 'SMTP.SendAsApp')" in script
    assert "New-MgServicePrincipalAppRoleAssignment" in script
    assert "-User $spId -AccessRights FullAccess" in script
    assert "-Trustee $spId -AccessRights SendAs" in script
    assert "-SmtpClientAuthenticationDisabled $false" in script


@pytest.mark.parametrize("way_in", ["person", "application"])
def test_allow_list_of_ews_is_touched_only_for_ews(way_in: str):
    order = replace(PERSON, way_in=way_in)
    assert "EwsAllowedAppIDs" not in "\n".join(exchange_lines(order))
    lines = "\n".join(exchange_lines(replace(order, protocols=("ews",))))
    assert "(Get-OrganizationConfig).EwsAllowedAppIDs" in lines
    assert "Set-OrganizationConfig -EwsAllowedAppIDs" in lines


def test_device_code_needs_public_client_flows_and_no_secret(shell):
    order = replace(PERSON, way_in="device")
    calls, _ = shell(azure_cli_script(order))
    create = call_of(calls, "ad", "app", "create")
    assert create[create.index("--is-fallback-public-client") + 1] == "true"
    assert "--web-redirect-uris" not in create
    for script in (azure_cli_script(order), powershell_script(order)):
        assert "credential reset" not in script
        assert "Add-MgApplicationPassword" not in script
    assert "-IsFallbackPublicClient" in powershell_script(order)


def test_certificate_travels_whole_and_alone(shell):
    hostile = f"x\nCERTIFICATE\ntouch pwned\n{PEM}\ntouch pwned"
    order = replace(PERSON, proof="certificate", certificate_pem=hostile)
    calls, _ = shell(azure_cli_script(order))
    assert "--cert" in call_of(calls, "ad", "app", "credential", "reset")
    assert "touch" not in azure_cli_script(order)
    assert f"[Convert]::FromBase64String('{BASE64}')" in powershell_script(order)
    assert "SecretText" not in powershell_script(order)


def test_known_application_is_extended_and_keeps_what_it_has(shell):
    order = replace(PERSON, client_id="99999999-2222-3333-4444-555555555555")
    calls, _ = shell(azure_cli_script(order))
    assert not [call for call in calls if call[:3] == ["ad", "app", "create"]]
    update = call_of(calls, "ad", "app", "update")
    assert update[-2:] == ["11111111-2222-3333-4444-555555555555", order.redirect_uri]
    script = powershell_script(order)
    assert "New-MgApplication " not in script
    assert "@($app.Web.RedirectUris) + 'https://desk.example.com/oauth/callback'" in script


@pytest.mark.parametrize(
    ("cloud", "graph", "exchange", "azure"),
    [
        ("worldwide", "Global", "O365Default", "AzureCloud"),
        ("gcc", "Global", "O365Default", "AzureCloud"),
        ("gcc-high", "USGov", "O365USGovGCCHigh", "AzureUSGovernment"),
        ("dod", "USGovDoD", "O365USGovDoD", "AzureUSGovernment"),
        ("china", "China", "O365China", "AzureChinaCloud"),
    ],
)
def test_scripts_speak_to_the_cloud_of_the_tenant(cloud, graph, exchange, azure):
    order = replace(APPLICATION, cloud=cloud)
    assert f"-Environment {graph} " in powershell_script(order)
    assert f"-ExchangeEnvironmentName {exchange} " in powershell_script(order)
    assert f"az cloud set --name {azure}\n" in azure_cli_script(order)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_in_the_shell(shell, words: str):
    every = dict.fromkeys(["mailbox", "redirect_uri", "tenant_id", "client_id"], words)
    for known in (every, every | {"client_id": ""}):
        order = replace(PERSON, is_shared=True, **known)
        for way_in in ("person", "application"):
            _, steps = shell(azure_cli_script(replace(order, way_in=way_in)))
            assert_only_literals(steps)


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("field", ["mailbox", "redirect_uri", "tenant_id", "client_id", "cloud"])
def test_hostile_words_stay_words_in_powershell(field: str, words: str):
    for way_in in ("person", "device", "application"):
        order = replace(PERSON, way_in=way_in, protocols=("graph", "ews"), **{field: words})
        assert_only_literals(powershell_script(order))


def assert_only_literals(script: str) -> None:
    """Outside of comments and of literals in single quotes, none of the hostile words is left."""
    for line in script.splitlines():
        if not line.startswith("#"):
            rest = _LITERAL.sub("''", line)
            assert "pwned" not in rest, line
            assert "env:PATH" not in rest, line


def test_quoting_survives_every_kind_of_quote():
    assert in_powershell("O'Neil \u2018x\u2019") == "'O''Neil \u2018\u2018x\u2019\u2019'"
    assert in_shell("O'Neil") == "'O'\"'\"'Neil'"
