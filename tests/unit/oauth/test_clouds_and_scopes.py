"""Clouds as data, and permissions asked for and granted."""

from postdesk.oauth.clouds import CLOUDS, WORLDWIDE, find_cloud, offered_clouds, pretend_tenant
from postdesk.oauth.pkce import challenge_of, new_verifier
from postdesk.oauth.scopes import scopes_missing, scopes_needed


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
