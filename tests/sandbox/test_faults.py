"""Faults on demand, throttling, and lines that break."""

import threading
import time

import httpx
import pytest

from postdesk_sandbox.server import Sandbox
from tests.sandbox.visitor import Graph, Visitor, make_mime

ANSWER = make_mime(sender="support@contoso.test", to="client@fabrikam.example")


def test_any_token_code_can_be_ordered_with_all_its_fields(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    visitor.control(
        "faults",
        surface="token",
        times=2,
        code=53003,
        error="interaction_required",
        suberror="message_only",
        claims='{"access_token":{}}',
    )
    for _ in range(2):
        answer = visitor.refresh(token)
        assert answer.status_code == 400
        assert answer.json()["error"] == "interaction_required"
        assert answer.json()["error_codes"] == [53003]
        assert answer.json()["suberror"] == "message_only"
        assert answer.json()["claims"] == '{"access_token":{}}'
    assert visitor.refresh(token).status_code == 200


def test_code_outside_the_catalogue_is_said_as_ordered(visitor: Visitor) -> None:
    visitor.control("faults", surface="token", code=123456, error="server_error", message="Odd.")
    answer = visitor.refresh("x").json()
    assert answer["error"] == "server_error"
    assert answer["error_description"].startswith("AADSTS123456: Odd.")


def test_token_endpoint_may_answer_html_with_retry_after(visitor: Visitor) -> None:
    visitor.control("faults", surface="token", status=429, retry_after=7, html=True)
    answer = visitor.refresh("x")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Content-Type"] == "text/html"


def test_ordered_code_on_the_authorize_page(visitor: Visitor) -> None:
    visitor.control("faults", surface="authorize", code=50105)
    answer = visitor.authorize()
    assert answer.status_code == 400
    assert "AADSTS50105:" in answer.text
    assert visitor.authorize().status_code == 200


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "ApplicationThrottled"), (503, "serviceNotAvailable"), (410, "SyncStateNotFound")],
)
def test_graph_status_can_be_ordered_for_a_path(
    visitor: Visitor, graph: Graph, status: int, code: str
) -> None:
    visitor.control("faults", surface="graph", status=status, path="/mailFolders", retry_after=3)
    assert graph.get("/messages").status_code == 200
    answer = graph.get("/mailFolders/inbox")
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.headers["Retry-After"] == "3"
    assert graph.get("/mailFolders/inbox").status_code == 200


def test_graph_code_and_claims_can_be_ordered(visitor: Visitor, graph: Graph) -> None:
    visitor.control("faults", surface="graph", status=403, code="ExtensionError", message="[RAOP]")
    answer = graph.get("/messages")
    assert answer.json()["error"]["code"] == "ExtensionError"
    assert answer.json()["error"]["message"] == "[RAOP]"
    visitor.control("faults", surface="graph", status=401, claims="e30=")
    challenge = graph.get("/messages").headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in challenge
    assert 'claims="e30="' in challenge


def test_dropped_line_does_nothing_unless_the_work_comes_first(
    visitor: Visitor, graph: Graph
) -> None:
    visitor.control("faults", surface="graph", drop=True, method="POST")
    with pytest.raises(httpx.TransportError):
        graph.post_mime("/sendMail", ANSWER)
    assert visitor.look("sent") == []
    visitor.control("faults", surface="graph", drop=True, after_work=True, path="sendMail")
    with pytest.raises(httpx.TransportError):
        graph.post_mime("/sendMail", ANSWER)
    assert len(visitor.look("sent")) == 1
    assert graph.post_mime("/sendMail", ANSWER).status_code == 202


def test_answer_may_be_lost_after_the_work(visitor: Visitor, graph: Graph) -> None:
    visitor.control("faults", surface="graph", status=504, after_work=True)
    assert graph.post_mime("/sendMail", ANSWER).status_code == 504
    assert len(visitor.look("sent")) == 1


def test_faults_can_be_taken_back(visitor: Visitor, graph: Graph) -> None:
    visitor.control("faults", surface="graph", status=503, times=-1)
    assert graph.get("/messages").status_code == 503
    assert graph.get("/messages").status_code == 503
    visitor.control("faults", clear=True)
    assert graph.get("/messages").status_code == 200


def test_fifth_request_at_once_is_throttled(visitor: Visitor, graph: Graph) -> None:
    visitor.control("faults", surface="graph", delay_seconds=1.0, times=4)
    path = f"{visitor.sandbox.url}/v1.0/users/support@contoso.test/messages"
    done: list[int] = []

    def ask() -> None:
        with httpx.Client(trust_env=False, timeout=20) as line:
            done.append(line.get(path, headers=graph.headers).status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    fifth = graph.get("/messages")
    for thread in threads:
        thread.join()
    assert fifth.status_code == 429
    assert fifth.headers["Retry-After"] == "5"
    assert "MailboxConcurrency" in fifth.json()["error"]["message"]
    assert done == [200, 200, 200, 200]
    assert graph.get("/messages").status_code == 200


def test_requests_are_counted_over_ten_minutes_of_the_tenants_clock(
    visitor: Visitor, graph: Graph
) -> None:
    visitor.control("limits", requests_per_10_minutes=3, retry_after_seconds=9)
    statuses = [graph.get("/messages").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert graph.get("/messages").headers["Retry-After"] == "9"
    visitor.control("clock", advance_seconds=601)
    assert graph.get("/messages").status_code == 200
    visitor.control("limits", enabled=False)
    assert {graph.get("/messages").status_code for _ in range(5)} == {200}


def test_one_line_serves_many_requests(sandbox: Sandbox) -> None:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as line:
        ports = set()
        for _ in range(3):
            answer = line.post("/_sandbox/limits", json={})
            stream = answer.extensions["network_stream"]
            ports.add(stream.get_extra_info("client_addr"))
    assert len(ports) == 1
