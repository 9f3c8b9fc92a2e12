"""Graph: change notifications, from the handshake to the end of a subscription."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.listener import Listener
from tests.sandbox.visitor import GRAPH, SHARED_SCOPES, Graph, Visitor, make_mime

INBOX = "users/support@contoso.test/mailFolders('inbox')/messages"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def moment(visitor: Visitor, **later: float) -> str:
    now = datetime.fromisoformat(visitor.look("clock")["now"])
    return (now + timedelta(**later)).isoformat()


def subscribe(visitor: Visitor, graph: Graph, listener: Listener, **changes: Any) -> httpx.Response:
    body = {
        "changeType": "created",
        "notificationUrl": f"{listener.url}/notify",
        "lifecycleNotificationUrl": f"{listener.url}/lifecycle",
        "resource": INBOX,
        "expirationDateTime": moment(visitor, days=2),
        "clientState": "s3cret-state",
    } | changes
    kept = {name: value for name, value in body.items() if value is not None}
    return visitor.http.post("/v1.0/subscriptions", json=kept, headers=graph.headers)


def test_new_mail_is_told(visitor: Visitor, graph: Graph, listener: Listener) -> None:
    made = subscribe(visitor, graph, listener)
    assert made.status_code == 201, made.text
    assert len(listener.tokens) == 2
    identity = visitor.inject(make_mime())
    (posted,) = listener.wait_for(1)
    (told,) = posted.told
    assert posted.path == "/notify"
    assert (told["subscriptionId"], told["clientState"]) == (made.json()["id"], "s3cret-state")
    assert (told["changeType"], told["resourceData"]["id"]) == ("created", identity)
    assert told["tenantId"] == "11111111-2222-3333-4444-555555555555"
    assert told["resource"].endswith(f"/Messages/{identity}")
    assert graph.get(f"/messages/{told['resourceData']['id']}").status_code == 200


def test_only_the_wanted_changes_of_the_wanted_folder_are_told(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    subscribe(visitor, graph, listener, changeType="updated,deleted")
    visitor.inject(make_mime(message_id="<2@x>"))
    visitor.inject(make_mime(message_id="<3@x>"), folder="archive")
    graph.call("PATCH", path, json={"isRead": True})
    graph.post(f"{path}/move", json={"destinationId": "archive"})
    kinds = [told["changeType"] for posted in listener.wait_for(2) for told in posted.told]
    assert kinds == ["updated", "deleted"]


def test_seen_from_the_whole_mailbox_a_move_is_no_removal(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    resource = "/users/support@contoso.test/messages"
    subscribe(visitor, graph, listener, resource=resource, changeType="created,updated,deleted")
    graph.post(f"{path}/move", json={"destinationId": "archive"})
    graph.post(f"{path}/permanentDelete")
    kinds = [told["changeType"] for posted in listener.wait_for(2) for told in posted.told]
    assert kinds == ["updated", "deleted"]


def test_endpoint_may_ask_the_tenant_while_it_is_validated(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    asked: list[int] = []

    def ask() -> None:
        answer = httpx.get(f"{visitor.sandbox.url}/_sandbox/clock", trust_env=False, timeout=5)
        asked.append(answer.status_code)

    listener.during = ask
    assert subscribe(visitor, graph, listener).status_code == 201
    assert asked == [200, 200]


def test_endpoint_that_does_not_echo_the_token_as_text_is_refused(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    listener.echoes = False
    answer = subscribe(visitor, graph, listener)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ValidationError")
    assert "must respond with 200 OK" in answer.json()["error"]["message"]
    listener.echoes, listener.kind = True, "text/html"
    assert subscribe(visitor, graph, listener).status_code == 400
    closed = {"notificationUrl": "http://127.0.0.1:9/notify"}
    assert subscribe(visitor, graph, listener, **closed).status_code == 400
    assert visitor.look("subscriptions") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"notificationUrl": "https://desk.example.org/notify"},
        {"notificationUrl": "http://127.0.0.1.example.org/notify"},
        {"notificationUrl": "http://user@127.0.0.1/notify"},
        {"notificationUrl": "file:///etc/passwd"},
        {"notificationUrl": ""},
        {"notificationUrl": None},
        {"changeType": "moved"},
        {"resource": "users/support@contoso.test/events"},
        {"resource": "groups"},
        {"clientState": "x" * 129},
        {"includeResourceData": True},
        {"expirationDateTime": "tomorrow"},
        {"expirationDateTime": "2020-01-01T00:00:00Z"},
        {"somethingElse": 1},
    ],
)
def test_wrong_subscription_is_400(
    visitor: Visitor, graph: Graph, listener: Listener, changes: dict[str, Any]
) -> None:
    assert subscribe(visitor, graph, listener, **changes).status_code == 400
    assert listener.tokens == []


def test_life_is_under_seven_days_and_over_45_minutes(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    late = {"expirationDateTime": moment(visitor, minutes=10_090)}
    assert subscribe(visitor, graph, listener, **late).status_code == 400
    full = {"expirationDateTime": moment(visitor, minutes=10_080)}
    assert subscribe(visitor, graph, listener, **full).status_code == 201
    short = subscribe(visitor, graph, listener, expirationDateTime=moment(visitor, minutes=5))
    assert short.json()["expirationDateTime"] > moment(visitor, minutes=40)


def test_subscription_ends_unless_it_is_renewed(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    identity = subscribe(visitor, graph, listener).json()["id"]
    path = f"/v1.0/subscriptions/{identity}"
    renewed = {"expirationDateTime": moment(visitor, days=4)}
    answer = visitor.http.patch(path, json=renewed, headers=graph.headers)
    assert answer.status_code == 200
    visitor.control("clock", advance_seconds=3 * 86400)
    fresh = Graph(visitor, visitor.tokens()["access_token"])
    assert visitor.http.get(path, headers=fresh.headers).json()["id"] == identity
    visitor.control("clock", advance_seconds=2 * 86400)
    fresh = Graph(visitor, visitor.tokens()["access_token"])
    for method in ("GET", "PATCH", "DELETE"):
        answer = visitor.http.request(method, path, json=renewed, headers=fresh.headers)
        assert answer.status_code == 404


def test_deleted_subscription_tells_nothing(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    path = f"/v1.0/subscriptions/{subscribe(visitor, graph, listener).json()['id']}"
    assert visitor.http.delete(path, headers=graph.headers).status_code == 204
    listed = visitor.http.get("/v1.0/subscriptions", headers=graph.headers).json()
    assert listed["value"] == []
    visitor.inject(make_mime())
    assert listener.wait_for(1, seconds=0.3) == []


def test_notifications_get_lost_come_late_and_come_twice(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    subscribe(visitor, graph, listener)
    visitor.control("faults", surface="notification", drop=True)
    visitor.inject(make_mime(message_id="<lost@x>"))
    assert listener.wait_for(1, seconds=0.3) == []
    visitor.control("faults", surface="notification", twice=True)
    visitor.inject(make_mime(message_id="<twice@x>"))
    first, second = listener.wait_for(2)
    assert first == second
    visitor.control("faults", surface="notification", delay_seconds=0.5)
    began = time.monotonic()
    visitor.inject(make_mime(message_id="<late@x>"))
    assert len(listener.wait_for(3)) == 3
    assert time.monotonic() - began >= 0.5


def test_refused_notification_comes_again(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    subscribe(visitor, graph, listener)
    listener.status = 500
    visitor.inject(make_mime())
    listener.wait_for(1)
    listener.status = 202
    first, second = listener.wait_for(2)
    assert first == second


def test_authorization_challenge_holds_notifications_until_it_is_met(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    identity = subscribe(visitor, graph, listener).json()["id"]
    visitor.control("subscriptions", lifecycle="reauthorizationRequired")
    (posted,) = listener.wait_for(1)
    assert posted.path == "/lifecycle"
    assert posted.told[0]["lifecycleEvent"] == "reauthorizationRequired"
    assert posted.told[0]["clientState"] == "s3cret-state"
    visitor.inject(make_mime())
    assert len(listener.wait_for(2, seconds=0.3)) == 1
    path = f"/v1.0/subscriptions/{identity}/reauthorize"
    assert visitor.http.post(path, headers=graph.headers).status_code == 204
    visitor.inject(make_mime(message_id="<2@x>"))
    assert listener.wait_for(2)[1].path == "/notify"


def test_missed_and_removed_are_told(visitor: Visitor, graph: Graph, listener: Listener) -> None:
    identity = subscribe(visitor, graph, listener).json()["id"]
    visitor.control("subscriptions", lifecycle="missed", id=identity)
    visitor.control("subscriptions", lifecycle="subscriptionRemoved")
    events = [posted.told[0]["lifecycleEvent"] for posted in listener.wait_for(2)]
    assert events == ["missed", "subscriptionRemoved"]
    path = f"/v1.0/subscriptions/{identity}"
    assert visitor.http.get(path, headers=graph.headers).status_code == 404


def test_kind_of_id_is_that_of_the_creation(
    visitor: Visitor, graph: Graph, listener: Listener
) -> None:
    graph.headers["Prefer"] = "x"
    subscribe(visitor, graph, listener)
    immutable = visitor.inject(make_mime())
    told = listener.wait_for(1)[0].told[0]
    assert told["resourceData"]["id"] != immutable
    assert told["resourceData"]["id"] == graph.get("/messages").json()["value"][0]["id"]


def test_person_subscribes_to_the_own_mailbox_and_an_application_to_any(
    visitor: Visitor, listener: Listener
) -> None:
    shared = {"resource": "users/help@contoso.test/messages"}
    anna = Graph(visitor, visitor.tokens("anna@contoso.test", SHARED_SCOPES)["access_token"])
    answer = subscribe(visitor, anna, listener, **shared)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ErrorAccessDenied")
    token = visitor.post_token(grant_type="client_credentials", scope=f"{GRAPH}/.default").json()
    application = Graph(visitor, token["access_token"])
    assert subscribe(visitor, application, listener, **shared).status_code == 201
    mine = subscribe(visitor, anna, listener, resource="me/messages")
    assert mine.status_code == 201
