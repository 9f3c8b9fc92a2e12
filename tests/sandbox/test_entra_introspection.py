"""What mail servers beside the tenant are told about a token."""

from typing import Any

import pytest

from tests.sandbox.visitor import GRAPH, OIDC, Visitor

OUTLOOK, EXCHANGE = "https://outlook.office.com", "https://outlook.office365.com"
IMAP = f"{OUTLOOK}/IMAP.AccessAsUser.All"
SUPPORT, ANNA, HELP = "support@contoso.test", "anna@contoso.test", "help@contoso.test"
INACTIVE = {"active": False}


def introspect(visitor: Visitor, token: str, **more: str) -> dict[str, Any]:
    answer = visitor.http.post("/_sandbox/introspect", data={"token": token, **more})
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


def token_for(visitor: Visitor, account: str = SUPPORT, scope: str = IMAP) -> str:
    return str(visitor.tokens(account, scope)["access_token"])


def test_good_token_is_active_with_name_and_scope(visitor: Visitor) -> None:
    told = introspect(visitor, token_for(visitor))
    assert told["active"] is True
    assert told["username"] == SUPPORT
    assert told["scope"] == "IMAP.AccessAsUser.All"
    assert told["client_id"] == "client-1"
    assert told["aud"] == OUTLOOK
    assert told["exp"] > told["iat"]


def test_both_addresses_of_exchange_are_good_and_graph_is_not(visitor: Visitor) -> None:
    other = token_for(visitor, scope=f"{EXCHANGE}/IMAP.AccessAsUser.All")
    assert introspect(visitor, other)["active"] is True
    assert introspect(visitor, token_for(visitor, scope=f"{GRAPH}/Mail.Read")) == INACTIVE


def test_token_ends_by_the_tenants_clock(visitor: Visitor) -> None:
    token = token_for(visitor)
    visitor.control("clock", advance_seconds=3598)
    assert introspect(visitor, token)["active"] is True
    visitor.control("clock", advance_seconds=2)
    assert introspect(visitor, token) == INACTIVE


def test_revocation_counts_at_once_and_a_new_token_is_good(visitor: Visitor) -> None:
    token = token_for(visitor)
    visitor.control("revoke", address=SUPPORT)
    assert introspect(visitor, token) == INACTIVE
    assert introspect(visitor, token_for(visitor))["active"] is True


@pytest.mark.parametrize("change", ["disabled", "blocked", "remove"])
def test_person_who_may_not_sign_in_is_inactive(visitor: Visitor, change: str) -> None:
    token = token_for(visitor)
    visitor.control("users", address=SUPPORT, **{change: True})
    assert introspect(visitor, token) == INACTIVE


def test_removed_application_is_inactive(visitor: Visitor) -> None:
    token = token_for(visitor)
    visitor.control("apps", client_id="client-1", remove=True)
    assert introspect(visitor, token) == INACTIVE


@pytest.mark.parametrize(
    ("protocol", "scope", "active"),
    [
        ("imap", "IMAP.AccessAsUser.All", True),
        ("smtp", "IMAP.AccessAsUser.All", False),
        ("smtp", "SMTP.Send", True),
        ("pop", "POP.AccessAsUser.All", True),
        ("pop", "SMTP.Send", False),
    ],
)
def test_each_protocol_has_its_permission(
    visitor: Visitor, protocol: str, scope: str, *, active: bool
) -> None:
    token = token_for(visitor, scope=f"{OUTLOOK}/{scope}")
    assert introspect(visitor, token, protocol=protocol)["active"] is active


def test_exchange_web_services_alone_opens_no_mail_protocol(visitor: Visitor) -> None:
    token = token_for(visitor, scope=f"{EXCHANGE}/EWS.AccessAsUser.All")
    assert introspect(visitor, token) == INACTIVE


def test_shared_mailbox_is_open_to_who_has_full_access(visitor: Visitor) -> None:
    assert introspect(visitor, token_for(visitor, ANNA), mailbox=HELP)["username"] == HELP
    assert introspect(visitor, token_for(visitor, SUPPORT), mailbox=HELP) == INACTIVE
    assert introspect(visitor, token_for(visitor, ANNA), mailbox="x@y.example") == INACTIVE


def test_application_alone_names_its_mailbox(visitor: Visitor) -> None:
    answer = visitor.post_token(grant_type="client_credentials", scope=f"{OUTLOOK}/.default")
    token = answer.json()["access_token"]
    assert introspect(visitor, token) == INACTIVE
    told = introspect(visitor, token, mailbox=HELP)
    assert told["username"] == HELP
    assert "IMAP.AccessAsApp" in told["scope"].split()


def test_id_token_and_nonsense_are_inactive(visitor: Visitor) -> None:
    id_token = visitor.tokens(SUPPORT, f"{IMAP} {OIDC}")["id_token"]
    for token in (id_token, "", "a.b.c", "nonsense"):
        assert introspect(visitor, token) == INACTIVE


def test_token_may_come_as_bearer_or_in_the_address(visitor: Visitor) -> None:
    token = token_for(visitor)
    bearer = {"Authorization": f"Bearer {token}"}
    assert visitor.http.get("/_sandbox/introspect", headers=bearer).json()["active"] is True
    query = {"token": token}
    assert visitor.http.get("/_sandbox/introspect", params=query).json()["active"] is True


def test_unknown_protocol_is_an_error(visitor: Visitor) -> None:
    answer = visitor.http.post("/_sandbox/introspect", data={"token": "x", "protocol": "nntp"})
    assert answer.status_code == 400
    assert "imap, pop, smtp" in answer.json()["error"]
