"""Graph: marks, moves, copies, deletes; the two kinds of ids."""

from typing import Any

import httpx
import pytest

from tests.sandbox.visitor import GONE, Graph, Visitor, make_mime


def test_read_mark_and_categories_are_set_together_or_not_at_all(
    visitor: Visitor, graph: Graph
) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    changed = graph.call("PATCH", path, json={"isRead": True, "categories": ["Ticket"]})
    assert changed.status_code == 200
    assert (changed.json()["isRead"], changed.json()["categories"]) == (True, ["Ticket"])
    wrong = graph.call("PATCH", path, json={"isRead": False, "categories": "Ticket"})
    assert wrong.status_code == 400
    assert graph.get(path).json()["isRead"] is True


def test_other_properties_are_refused(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    assert graph.call("PATCH", path, json={"subject": "new"}).status_code == 400
    assert graph.get(path).json()["subject"] == "Printer on fire"


def test_stale_etag_is_a_conflict(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    etag = graph.get(path).json()["@odata.etag"]
    fresh = graph.call("PATCH", path, json={"isRead": True}, headers={"If-Match": etag})
    assert fresh.status_code == 200
    stale = graph.call("PATCH", path, json={"isRead": False}, headers={"If-Match": etag})
    assert stale.status_code == 412
    assert stale.json()["error"]["code"] == "ErrorIrresolvableConflict"


def test_ordinary_id_changes_on_move_and_the_immutable_one_stays(
    visitor: Visitor, graph: Graph
) -> None:
    immutable = visitor.inject(make_mime())
    plain = {"Prefer": "odata.maxpagesize=5"}
    ordinary = graph.get(f"/messages/{immutable}", headers=plain).json()["id"]
    assert ordinary != immutable
    moved = graph.post(f"/messages/{immutable}/move", json={"destinationId": "archive"})
    assert moved.status_code == 201
    assert moved.json()["id"] == immutable
    assert graph.get(f"/messages/{ordinary}").status_code == 404
    assert graph.get(f"/messages/{immutable}", headers=plain).json()["id"] != ordinary
    archive = graph.get("/mailFolders/archive").json()["id"]
    assert graph.get(f"/messages/{immutable}").json()["parentFolderId"] == archive


def test_move_to_a_folder_that_is_not_there(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(make_mime())}/move"
    answer = graph.post(path, json={"destinationId": "AQMkADEx" + "A" * 43})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "ErrorFolderNotFound"


def test_copy_has_ids_of_its_own(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(make_mime())
    twin = graph.post(f"/messages/{identity}/copy", json={"destinationId": "archive"})
    assert twin.status_code == 201
    assert twin.json()["id"] != identity
    assert graph.get(f"/messages/{twin.json()['id']}/$value").content == make_mime()
    assert graph.get(f"/messages/{identity}").status_code == 200


def test_delete_goes_to_deleted_items_and_from_there_away(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    assert graph.call("DELETE", path).status_code == 204
    assert graph.get("/mailFolders/deleteditems").json()["totalItemCount"] == 1
    assert graph.call("DELETE", path).status_code == 204
    assert graph.get(path).status_code == 404


def test_message_below_another_folder_is_not_found(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(make_mime())
    assert graph.get(f"/mailFolders/inbox/messages/{identity}").status_code == 200
    assert graph.get(f"/mailFolders/archive/messages/{identity}").status_code == 404


def test_batch_answers_each_request_with_its_own_status(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(make_mime())
    root = f"/users/support@contoso.test/messages/{identity}"
    requests = [
        {"id": "1", "method": "PATCH", "url": root, "body": {"isRead": True},
         "headers": {"Content-Type": "application/json"}},
        {"id": "2", "method": "GET", "url": f"{root}?$select=isRead", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": f"/users/support@contoso.test/messages/{GONE}"},
        {"id": "4", "method": "GET", "url": root, "dependsOn": ["3"]},
    ]  # fmt: skip
    answer = visitor.http.post("/v1.0/$batch", json={"requests": requests}, headers=graph.headers)
    responses = {one["id"]: one for one in answer.json()["responses"]}
    assert {key: one["status"] for key, one in responses.items()} == {
        "1": 200, "2": 200, "3": 404, "4": 424,
    }  # fmt: skip
    assert responses["2"]["body"]["isRead"] is True


@pytest.mark.parametrize("count", [0, 21])
def test_batch_holds_one_to_twenty_requests(visitor: Visitor, graph: Graph, count: int) -> None:
    requests = [{"id": str(n), "method": "GET", "url": "/me"} for n in range(count)]
    answer = visitor.http.post("/v1.0/$batch", json={"requests": requests}, headers=graph.headers)
    assert answer.status_code == 400


def ask_batch(visitor: Visitor, graph: Graph, *requests: Any) -> dict[str, Any]:
    answer = visitor.http.post("/v1.0/$batch", json={"requests": requests}, headers=graph.headers)
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def read_step(name: str, path: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "method": "GET", "url": f"/users/support@contoso.test{path}", **more}


def test_fault_hits_one_request_of_a_batch(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    visitor.control("faults", surface="graph", status=429, path=path, retry_after=7)
    steps = [read_step("1", "/mailFolders/inbox"), read_step("2", path), read_step("3", path)]
    found = ask_batch(visitor, graph, *steps)
    assert [one["status"] for one in found.values()] == [200, 429, 200]
    assert found["2"]["headers"]["Retry-After"] == "7"
    assert found["2"]["body"]["error"]["code"] == "ApplicationThrottled"


def test_requests_of_a_batch_count_one_by_one(visitor: Visitor, graph: Graph) -> None:
    visitor.control("limits", requests_per_10_minutes=2)
    steps = [read_step(str(n), "/mailFolders/inbox") for n in range(3)]
    found = ask_batch(visitor, graph, *steps, read_step("after", "/messages", dependsOn=["2"]))
    assert [one["status"] for one in found.values()] == [200, 200, 429, 424]


def test_lost_answer_within_a_batch_cuts_the_line_after_the_work(
    visitor: Visitor, graph: Graph
) -> None:
    path = f"/messages/{visitor.inject(make_mime())}"
    visitor.control("faults", surface="graph", path=path, drop=True, after_work=True)
    step = {**read_step("1", path), "method": "PATCH", "body": {"isRead": True}}
    with pytest.raises(httpx.TransportError):
        ask_batch(visitor, graph, step)
    assert graph.get(path).json()["isRead"] is True


@pytest.mark.parametrize(
    "step",
    [
        7,
        {},
        {"id": "1", "method": "GET", "url": 5},
        {"id": "1", "method": "GET", "url": "/me", "headers": []},
        {"id": "1", "method": "GET", "url": "/me", "headers": {"X": "a\r\nb"}},
        {"id": "1", "method": "GET", "url": "/me", "dependsOn": "1"},
        {"id": "1", "method": "GET", "url": "/me", "dependsOn": ["later"]},
    ],
)
def test_wrong_request_refuses_the_whole_batch(visitor: Visitor, graph: Graph, step: Any) -> None:
    answer = visitor.http.post("/v1.0/$batch", json={"requests": [step]}, headers=graph.headers)
    assert answer.status_code == 400


def test_batch_within_a_batch_is_not_done(visitor: Visitor, graph: Graph) -> None:
    step = {"id": "1", "method": "POST", "url": "/$batch", "body": {"requests": []}}
    assert ask_batch(visitor, graph, step)["1"]["status"] == 501
