"""Clouds as data, and permissions asked for and granted."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from msal import authority as msal_authority

from postdesk.oauth.clouds import (
    CLOUDS,
    WORLDWIDE,
    find_cloud,
    google_reroutes,
    offered_clouds,
    pretend_cloud,
    pretend_tenant,
)
from postdesk.oauth.pkce import challenge_of, new_verifier
from postdesk.oauth.protocols import MailProtocol, Resource, resource_of
from postdesk.oauth.scopes import (
    application_scope,
    scopes_for_sign_in,
    scopes_missing,
    scopes_of,
)

SANDBOX = "http://127.0.0.1:8180"
# Key -> sign-in, Graph, Exchange (EWS, IMAP, POP), submission, device page.
HOSTS = {
    "worldwide": (
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "outlook.office365.com",
        "smtp.office365.com",
        "https://microsoft.com/devicelogin",
    ),
    "gcc": (
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "outlook.office365.com",
        "smtp.office365.com",
        "https://microsoft.com/devicelogin",
    ),
    "gcc-high": (
        "login.microsoftonline.us",
        "graph.microsoft.us",
        "outlook.office365.us",
        "smtp.office365.us",
        "https://microsoft.com/deviceloginus",
    ),
    "dod": (
        "login.microsoftonline.us",
        "dod-graph.microsoft.us",
        "outlook-dod.office365.us",
        "outlook-dod.office365.us",
        "https://microsoft.com/deviceloginus",
    ),
    "china": (
        "login.partner.microsoftonline.cn",
        "microsoftgraph.chinacloudapi.cn",
        "partner.outlook.cn",
        "smtp.partner.outlook.cn",
        "https://microsoft.com/deviceloginchina",
    ),
    "france": (
        "login.sovcloud-identity.fr",
        "graph.svc.sovcloud.fr",
        "outlook.sovcloud.fr",
        "outlook.sovcloud.fr",
        "https://login.sovcloud-identity.fr/common/oauth2/deviceauth",
    ),
    "germany": (
        "login.sovcloud-identity.de",
        "graph.svc.sovcloud.de",
        "outlook.sovcloud.de",
        "outlook.sovcloud.de",
        "https://login.sovcloud-identity.de/common/oauth2/deviceauth",
    ),
    "singapore": (
        "login.sovcloud-identity.sg",
        "graph.svc.sovcloud.sg",
        "outlook.sovcloud.sg",
        "outlook.sovcloud.sg",
        "https://login.sovcloud-identity.sg/common/oauth2/deviceauth",
    ),
}
# Authorities of msal that are no cloud of their own: older names, and the closed German cloud.
OLD_NAMES = {
    "login.microsoft.com",
    "login.windows.net",
    "sts.windows.net",
    "login.chinacloudapi.cn",
    "login.microsoftonline.de",
    "login-us.microsoftonline.com",
    "login.usgovcloudapi.net",
}
every_cloud = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.key)


def scopes_needed(cloud, *, shared):
    return scopes_for_sign_in(cloud, protocols=[MailProtocol.GRAPH], shared=shared)


@every_cloud
def test_cloud_has_its_own_hosts(cloud):
    assert (
        cloud.authority_host,
        cloud.graph_host,
        cloud.exchange_host,
        cloud.smtp_host,
        cloud.device_page,
    ) == HOSTS[cloud.key]
    assert cloud.ews_url == f"https://{cloud.exchange_host}/EWS/Exchange.asmx"
    assert cloud.imap_host == cloud.exchange_host


@every_cloud
def test_scopes_name_the_hosts_of_the_cloud(cloud):
    _, graph, outlook, _, _ = HOSTS[cloud.key]
    protocols = list(MailProtocol)

    asked = scopes_for_sign_in(cloud, protocols=protocols, shared=False)

    assert asked == (
        f"https://{graph}/Mail.ReadWrite",
        f"https://{graph}/Mail.Send",
        f"https://{graph}/User.Read",
        f"https://{outlook}/EWS.AccessAsUser.All",
        f"https://{outlook}/IMAP.AccessAsUser.All",
        f"https://{outlook}/POP.AccessAsUser.All",
        f"https://{outlook}/SMTP.Send",
    )
    assert application_scope(cloud, Resource.GRAPH) == f"https://{graph}/.default"
    assert application_scope(cloud, Resource.OUTLOOK) == f"https://{outlook}/.default"
    assert scopes_missing(asked, asked) == ()


def test_every_authority_that_msal_knows_is_a_cloud_here():
    known = msal_authority.WELL_KNOWN_AUTHORITY_HOSTS - OLD_NAMES

    assert known == {cloud.authority_host for cloud in CLOUDS}


@every_cloud
def test_pretend_twin_keeps_the_names_and_reroutes_each_host(cloud):
    twin = find_cloud(f"pretend:{cloud.key}", sandbox_url=f"{SANDBOX}/")

    assert twin == pretend_cloud(cloud, SANDBOX)
    assert (twin.graph_url, twin.ews_url) == (cloud.graph_url, cloud.ews_url)
    assert twin.reroutes == dict.fromkeys(HOSTS[cloud.key][:3], SANDBOX)
    assert twin.authorize_url("t") == f"{SANDBOX}/t/oauth2/v2.0/authorize"
    assert twin.device_page == f"{SANDBOX}/devicelogin"
    assert cloud.reroutes == {}


@every_cloud
def test_administrator_consents_at_the_cloud_itself(cloud):
    page = urlsplit(
        cloud.admin_consent_url(
            "contoso.test", client_id="c", redirect_uri="https://desk/x?y", state="s&t"
        )
    )

    assert (page.hostname, page.path) == (cloud.authority_host, "/contoso.test/adminconsent")
    assert parse_qs(page.query) == {
        "client_id": ["c"],
        "redirect_uri": ["https://desk/x?y"],
        "state": ["s&t"],
    }


def test_another_exchange_host_leaves_the_name_of_the_resource():
    cloud = replace(WORLDWIDE, exchange_host="mail.contoso.test")

    assert cloud.ews_url == "https://mail.contoso.test/EWS/Exchange.asmx"
    assert application_scope(cloud, Resource.OUTLOOK) == "https://outlook.office365.com/.default"


def test_google_is_rerouted_with_a_sandbox_only():
    assert google_reroutes("") == {}
    assert google_reroutes(f"{SANDBOX}/")["oauth2.googleapis.com"] == SANDBOX


def test_only_graph_has_a_token_of_its_own():
    graph = {protocol for protocol in MailProtocol if resource_of(protocol) is Resource.GRAPH}

    assert graph == {MailProtocol.GRAPH}


def test_request_for_a_token_names_one_resource():
    protocols = [MailProtocol.GRAPH, MailProtocol.SMTP]

    assert scopes_of(WORLDWIDE, Resource.OUTLOOK, protocols=protocols, shared=True) == (
        "https://outlook.office365.com/SMTP.Send",
    )
    assert all(
        scope.startswith("https://graph.microsoft.com/")
        for scope in scopes_of(WORLDWIDE, Resource.GRAPH, protocols=protocols, shared=True)
    )


def test_permission_of_exchange_counts_by_either_of_its_addresses():
    needed = scopes_for_sign_in(WORLDWIDE, protocols=[MailProtocol.IMAP], shared=False)

    assert scopes_missing(needed, ["https://outlook.office.com/IMAP.AccessAsUser.All"]) == ()
    assert scopes_missing(needed, ["IMAP.AccessAsUser.All"]) == ()
    assert scopes_missing(needed, ["https://graph.microsoft.com/IMAP.AccessAsUser.All"]) == (
        "IMAP.AccessAsUser.All",
    )


def test_scopes_of_other_providers_are_compared_as_they_stand():
    assert scopes_missing(["https://mail.google.com/"], ["openid"]) == ("https://mail.google.com/",)
    assert scopes_missing(["https://mail.google.com/"], ["https://mail.google.com/"]) == ()


def test_every_cloud_is_offered():
    assert offered_clouds() == CLOUDS
    assert find_cloud("dod").name == "DoD"
    assert find_cloud("mars") is None


def test_pretend_tenant_is_offered_first_with_a_sandbox():
    clouds = offered_clouds(sandbox_url="http://127.0.0.1:8180")

    assert [cloud.key for cloud in clouds][:2] == ["pretend", "worldwide"]
    assert find_cloud("pretend", sandbox_url="http://127.0.0.1:8180") == clouds[0]
    assert find_cloud("pretend") is None


def test_pretend_tenant_keeps_microsofts_names_and_reroutes_them():
    cloud = pretend_tenant("http://127.0.0.1:8180/")

    assert cloud.graph_url == WORLDWIDE.graph_url
    assert cloud.authority_url("t") == WORLDWIDE.authority_url("t")
    assert cloud.reroutes["graph.microsoft.com"] == "http://127.0.0.1:8180"
    assert cloud.reroutes["login.microsoftonline.com"] == "http://127.0.0.1:8180"


def test_clouds_have_distinct_keys_and_bare_hosts():
    assert len({cloud.key for cloud in CLOUDS}) == len(CLOUDS)
    for cloud in CLOUDS:
        for host in (cloud.authority_host, cloud.graph_host, cloud.exchange_host):
            assert "/" not in host
            assert host == host.lower()


def test_shared_mailbox_needs_two_permissions_more():
    own = scopes_needed(WORLDWIDE, shared=False)
    shared = scopes_needed(WORLDWIDE, shared=True)

    assert own == (
        "https://graph.microsoft.com/Mail.ReadWrite",
        "https://graph.microsoft.com/Mail.Send",
        "https://graph.microsoft.com/User.Read",
    )
    assert set(shared) - set(own) == {
        "https://graph.microsoft.com/Mail.ReadWrite.Shared",
        "https://graph.microsoft.com/Mail.Send.Shared",
    }


def test_granted_scopes_count_with_and_without_the_resource_and_in_any_case():
    needed = scopes_needed(WORLDWIDE, shared=False)

    assert scopes_missing(needed, ["mail.readwrite", "https://graph.microsoft.com/Mail.Send"]) == (
        "User.Read",
    )
    assert scopes_missing(needed, needed) == ()


def test_scope_of_another_resource_is_not_taken_for_graphs():
    needed = scopes_needed(WORLDWIDE, shared=False)
    granted = ["https://outlook.office365.com/Mail.Send", "Mail.ReadWrite", "User.Read"]

    assert scopes_missing(needed, granted) == ("Mail.Send",)


def test_challenge_is_that_of_the_rfc():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B

    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(new_verifier()) <= 128
