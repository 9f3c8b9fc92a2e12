"""Messages moved, deleted and marked behind the client's back, as clients come to see it."""

import pytest

from tests.sandbox.visitor import GONE, Graph, Visitor, make_mime

SUPPORT = "support@contoso.test"
DELTA = "/mailFolders/inbox/messages/delta"


def test_moved_message_leaves_the_folder_and_keeps_its_immutable_id(
    visitor: Visitor, graph: Graph
) -> None:
    identity = visitor.inject(make_mime())
    _, link = graph.delta(DELTA)
    answer = visitor.control("move", mailbox=SUPPORT, id=identity, folder="Archive")
    assert answer == {"id": identity, "folder": "Archive", "is_read": False, "categories": []}
    changes, _ = graph.delta(link)
    assert [(one["id"], "@removed" in one) for one in changes] == [(identity, True)]
    archived = graph.get("/mailFolders/archive/messages").json()["value"]
    assert [one["id"] for one in archived] == [identity]


def test_deleted_message_goes_to_deleted_items_and_from_there_for_good(
    visitor: Visitor, graph: Graph
) -> None:
    identity = visitor.inject(make_mime())
    visitor.control("delete", mailbox=SUPPORT, id=identity)
    assert visitor.look("mailbox", address=SUPPORT)[0]["folder"] == "Deleted Items"
    assert visitor.control("delete", mailbox=SUPPORT, id=identity)["removed"] is True
    assert graph.get(f"/messages/{identity}").status_code == 404


def test_permanent_delete_leaves_nothing(visitor: Visitor) -> None:
    identity = visitor.inject(make_mime())
    visitor.control("delete", mailbox=SUPPORT, id=identity, permanently=True)
    assert visitor.look("mailbox", address=SUPPORT) == []


def test_flags_are_seen_by_graph_as_a_change(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(make_mime())
    _, link = graph.delta(DELTA)
    visitor.control("flag", mailbox=SUPPORT, id=identity, is_read=True, categories=["Ticket"])
    changes, _ = graph.delta(link)
    assert [(one["isRead"], one["categories"]) for one in changes] == [(True, ["Ticket"])]
    visitor.control("flag", mailbox=SUPPORT, id=identity, is_read=False)
    message = graph.get(f"/messages/{identity}").json()
    assert (message["isRead"], message["categories"]) == (False, ["Ticket"])


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("move", {"folder": "Nowhere"}, "there is no folder Nowhere"),
        ("move", {}, "folder is missing"),
        ("move", {"id": GONE, "folder": "archive"}, "there is no message"),
        ("delete", {"mailbox": "x@y.example"}, "has no mailbox"),
        ("delete", {"permanently": "yes"}, "wrong type"),
        ("flag", {}, "give is_read, categories or both"),
        ("flag", {"flagged": True}, "unknown key flagged"),
    ],
)
def test_wrong_call_changes_nothing_and_says_why(
    visitor: Visitor, name: str, payload: dict[str, object], told: str
) -> None:
    identity = visitor.inject(make_mime())
    values = {"mailbox": SUPPORT, "id": identity} | payload
    answer = visitor.http.post(f"/_sandbox/{name}", json=values)
    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert visitor.look("mailbox", address=SUPPORT)[0]["folder"] == "Inbox"
