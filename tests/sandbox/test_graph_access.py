"""Graph: who may do what, and how a refusal looks."""

import base64
import json

import httpx
import pytest

from tests.sandbox.visitor import GRAPH, MAIL_SCOPES, SHARED_SCOPES, Graph, Visitor, make_mime


def error_code(answer: httpx.Response) -> str:
    code: str = answer.json()["error"]["code"]
    return code


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic eA=="])
def test_request_without_a_good_token_is_401(visitor: Visitor, header: str) -> None:
    answer = visitor.http.get("/v1.0/me/messages", headers={"Authorization": header})
    assert answer.status_code == 401
    assert error_code(answer) == "InvalidAuthenticationToken"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_token_ends_by_the_tenants_clock(visitor: Visitor, graph: Graph) -> None:
    visitor.control("clock", advance_seconds=3600)
    answer = graph.get("/messages")
    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]


def test_token_for_another_resource_is_the_wrong_audience(visitor: Visitor) -> None:
    scope = "https://outlook.office.com/SMTP.Send"
    token = visitor.tokens(scopes=scope)["access_token"]
    answer = Graph(visitor, token).get("/messages")
    assert answer.status_code == 401
    assert "audience" in answer.json()["error"]["message"]


def test_missing_permission_is_403(visitor: Visitor) -> None:
    token = visitor.tokens(scopes=f"{GRAPH}/Mail.Read")["access_token"]
    reader = Graph(visitor, token)
    path = f"/messages/{visitor.inject(make_mime())}"
    assert reader.get(path).status_code == 200
    for refused in (
        reader.call("PATCH", path, json={"isRead": True}),
        reader.post_mime("/sendMail", make_mime(sender="support@contoso.test")),
    ):
        assert refused.status_code == 403
        assert error_code(refused) == "ErrorAccessDenied"


def test_shared_mailbox_needs_shared_scope_and_full_access(visitor: Visitor) -> None:
    plain = visitor.tokens("anna@contoso.test", MAIL_SCOPES)["access_token"]
    assert Graph(visitor, plain, "help@contoso.test").get("/messages").status_code == 403
    shared = visitor.tokens("anna@contoso.test", SHARED_SCOPES)["access_token"]
    assert Graph(visitor, shared, "help@contoso.test").get("/messages").status_code == 200
    assert Graph(visitor, shared, "anna@contoso.test").get("/messages").status_code == 200
    assert Graph(visitor, shared, "support@contoso.test").get("/messages").status_code == 403


def test_taken_away_full_access_ends_reading(visitor: Visitor) -> None:
    token = visitor.tokens("anna@contoso.test", SHARED_SCOPES)["access_token"]
    visitor.control("users", address="help@contoso.test", full_access=[])
    answer = Graph(visitor, token, "help@contoso.test").get("/messages")
    assert (answer.status_code, error_code(answer)) == (403, "ErrorAccessDenied")


def test_shared_mailbox_needs_send_as(visitor: Visitor) -> None:
    token = visitor.tokens("anna@contoso.test", SHARED_SCOPES)["access_token"]
    visitor.control("users", address="help@contoso.test", send_as=[])
    mime = make_mime(sender="help@contoso.test", to="client@fabrikam.example")
    answer = Graph(visitor, token, "help@contoso.test").post_mime("/sendMail", mime)
    assert (answer.status_code, error_code(answer)) == (403, "ErrorSendAsDenied")


def test_unknown_user_and_user_without_mailbox(visitor: Visitor, graph: Graph) -> None:
    headers = graph.headers
    unknown = visitor.http.get("/v1.0/users/nobody@contoso.test/messages", headers=headers)
    assert (unknown.status_code, error_code(unknown)) == (404, "ErrorInvalidUser")
    visitor.control("users", address="support@contoso.test", mailbox=False)
    without = graph.get("/messages")
    assert (without.status_code, error_code(without)) == (404, "MailboxNotEnabledForRESTAPI")


def test_alias_is_no_name_for_a_mailbox(visitor: Visitor, graph: Graph) -> None:
    visitor.control("users", address="support@contoso.test", aliases=["desk@contoso.test"])
    answer = visitor.http.get("/v1.0/users/desk@contoso.test/messages", headers=graph.headers)
    assert error_code(answer) == "ErrorInvalidUser"
    addresses = graph.get("", params={"$select": "proxyAddresses"}).json()["proxyAddresses"]
    assert addresses == ["SMTP:support@contoso.test", "smtp:desk@contoso.test"]


def test_application_reads_and_sends_for_every_mailbox(visitor: Visitor) -> None:
    answer = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default")
    token = answer.json()["access_token"]
    for mailbox in ("support@contoso.test", "help@contoso.test"):
        app = Graph(visitor, token, mailbox)
        assert app.get("/messages").status_code == 200
        mime = make_mime(sender=mailbox, to="client@fabrikam.example")
        assert app.post_mime("/sendMail", mime).status_code == 202
    me = visitor.http.get("/v1.0/me/messages", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 400


def test_application_without_the_role_is_403(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", application=["User.Read.All"])
    answer = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default")
    app = Graph(visitor, answer.json()["access_token"])
    assert error_code(app.get("/messages")) == "ErrorAccessDenied"


def test_error_body_names_the_callers_request(graph: Graph) -> None:
    answer = graph.get("/messages/none", headers={"client-request-id": "req-1"})
    inner = answer.json()["error"]["innerError"]
    assert inner["client-request-id"] == "req-1"
    assert inner["request-id"] == answer.headers["request-id"]


def test_request_above_four_megabytes_is_413(graph: Graph) -> None:
    answer = graph.post(
        "/messages",
        content=b"A" * (4 * 1024 * 1024 + 4),
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status_code == 413


def application(visitor: Visitor, mailbox: str = "support@contoso.test") -> Graph:
    answer = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default")
    return Graph(visitor, answer.json()["access_token"], mailbox)


def test_access_policy_keeps_an_application_to_its_mailboxes(visitor: Visitor) -> None:
    visitor.control("apps", client_id="client-1", mailboxes=["help@contoso.test"])
    assert application(visitor, "help@contoso.test").get("/messages").status_code == 200
    answer = application(visitor).get("/messages")
    assert (answer.status_code, error_code(answer)) == (403, "ErrorAccessDenied")
    assert "[RAOP] : Blocked by tenant" in answer.json()["error"]["message"]
    person = Graph(visitor, visitor.tokens()["access_token"])
    assert person.get("/messages").status_code == 200
    visitor.control("apps", client_id="client-1", mailboxes=None)
    assert application(visitor).get("/messages").status_code == 200


def test_role_of_exchange_reaches_the_mailboxes_of_its_scope(visitor: Visitor) -> None:
    roles = {"Application Mail.Read": ["help@contoso.test"]}
    visitor.control("apps", client_id="client-1", application=[], exchange_roles=roles)
    assert application(visitor, "help@contoso.test").get("/messages").status_code == 200
    outside = application(visitor).get("/messages")
    assert error_code(outside) == "ErrorAccessDenied"
    assert "OData" not in outside.json()["error"]["message"]
    draft = application(visitor, "help@contoso.test").post("/messages", json={"subject": "x"})
    assert draft.status_code == 403


def test_consent_beside_a_role_makes_its_scope_void(visitor: Visitor) -> None:
    roles = {"Application Mail.Read": ["help@contoso.test"]}
    visitor.control("apps", client_id="client-1", application=["Mail.Read"], exchange_roles=roles)
    assert application(visitor).get("/messages").status_code == 200


def test_policy_on_programs_shuts_graph_too(visitor: Visitor, graph: Graph) -> None:
    visitor.control("tenant", blocked_agents=["python-httpx"])
    answer = graph.get("/messages")
    assert (answer.status_code, error_code(answer)) == (403, "ErrorAccessDenied")
    assert answer.json()["error"]["message"] == "Access to OData is disabled."
    allowed = graph.get("/messages", headers={"User-Agent": "Postdesk/1"})
    assert allowed.status_code == 200


def test_person_without_licence_has_no_mailbox_and_a_shared_one_needs_none(
    visitor: Visitor,
) -> None:
    for address, status in (("support@contoso.test", 404), ("help@contoso.test", 200)):
        visitor.control("users", address=address, licence="")
        answer = application(visitor, address).get("/messages")
        assert answer.status_code == status
    assert error_code(application(visitor).get("/messages")) == "MailboxNotEnabledForRESTAPI"


def test_control_call_refuses_unknown_roles_and_wrong_scopes(visitor: Visitor) -> None:
    for wrong in (
        {"exchange_roles": {"Mail.Read": []}},
        {"exchange_roles": {"Application Mail.Read": "x"}},
        {"exchange_roles": []},
        {"mailboxes": "x"},
    ):
        answer = visitor.http.post("/_sandbox/apps", json={"client_id": "client-1", **wrong})
        assert answer.status_code == 400


def test_revoked_session_is_challenged_at_once_where_the_client_can_answer(
    visitor: Visitor,
) -> None:
    claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
    scope = f"{MAIL_SCOPES} offline_access"
    plain = Graph(visitor, visitor.tokens()["access_token"])
    granted = visitor.sign_in(scope=scope, claims=claims)
    able = Graph(
        visitor, visitor.redeem(granted, scope=scope, claims=claims).json()["access_token"]
    )
    assert able.get("/messages").status_code == 200
    visitor.control("clock", advance_seconds=5)
    visitor.control("revoke", address="support@contoso.test")
    assert plain.get("/messages").status_code == 200
    answer = able.get("/messages")
    assert answer.status_code == 401
    header = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in header
    encoded = header.partition('claims="')[2].partition('"')[0]
    assert "nbf" in json.loads(base64.b64decode(encoded))["access_token"]


def test_claims_challenge_can_be_ordered_for_the_next_requests(
    visitor: Visitor, graph: Graph
) -> None:
    visitor.control("faults", surface="graph", status=401, claims="e30=", times=2)
    statuses = [graph.get("/messages").status_code for _ in range(3)]
    assert statuses == [401, 401, 200]
