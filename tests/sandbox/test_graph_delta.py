"""Graph: delta, the way in which a desk reads."""

import pytest

from tests.sandbox.visitor import Graph, Visitor, make_mime

START = "/mailFolders/inbox/messages/delta?$select=id,receivedDateTime"
ARCHIVE = {"destinationId": "archive"}


def fill(visitor: Visitor, count: int) -> list[str]:
    return [visitor.inject(make_mime(message_id=f"<{n}@x>")) for n in range(count)]


def test_first_round_pages_through_everything_and_ends_with_a_delta_link(
    visitor: Visitor, graph: Graph
) -> None:
    wanted = fill(visitor, 5)
    small = {"Prefer": 'IdType="ImmutableId", odata.maxpagesize=2'}
    page = graph.get(START, headers=small)
    assert len(page.json()["value"]) == 2
    assert "odata.maxpagesize=2" in page.headers["Preference-Applied"]
    items, _ = graph.delta(START, **small)
    assert [one["id"] for one in items] == wanted
    assert set(items[0]) == {"@odata.type", "@odata.etag", "id", "receivedDateTime"}


def test_next_round_has_only_what_is_new_changed_or_gone(visitor: Visitor, graph: Graph) -> None:
    first, second, third = fill(visitor, 3)
    _, link = graph.delta(START)
    assert graph.delta(link)[0] == []
    graph.call("PATCH", f"/messages/{first}", json={"isRead": True})
    graph.post(f"/messages/{second}/move", json=ARCHIVE)
    graph.call("DELETE", f"/messages/{third}")
    fresh = visitor.inject(make_mime(message_id="<new@x>"))
    items, again = graph.delta(link)
    assert {one["id"]: one.get("@removed") for one in items} == {
        first: None,
        second: {"reason": "deleted"},
        third: {"reason": "deleted"},
        fresh: None,
    }
    assert graph.delta(again)[0] == []


def test_link_may_be_followed_again_with_the_same_result(visitor: Visitor, graph: Graph) -> None:
    _, link = graph.delta(START)
    fresh = visitor.inject(make_mime())
    for _ in range(2):
        assert [one["id"] for one in graph.delta(link)[0]] == [fresh]


def test_what_left_before_the_first_round_is_not_mentioned(visitor: Visitor, graph: Graph) -> None:
    gone, _ = fill(visitor, 2)
    graph.post(f"/messages/{gone}/move", json=ARCHIVE)
    items, _ = graph.delta(START)
    assert gone not in [one["id"] for one in items]


def test_only_created_hides_marks_and_removals(visitor: Visitor, graph: Graph) -> None:
    marked, removed = fill(visitor, 2)
    _, link = graph.delta(START + "&changeType=created")
    graph.call("PATCH", f"/messages/{marked}", json={"isRead": True})
    graph.call("DELETE", f"/messages/{removed}")
    back = graph.post(f"/messages/{removed}/move", json={"destinationId": "inbox"})
    assert [one["id"] for one in graph.delta(link)[0]] == [back.json()["id"]]


def test_date_filter_is_kept_in_the_links(visitor: Visitor, graph: Graph) -> None:
    visitor.inject(make_mime(), received_at="2026-01-01T00:00:00Z")
    start = START + "&$filter=receivedDateTime ge 2026-06-01T00:00:00Z"
    items, link = graph.delta(start)
    assert items == []
    visitor.inject(make_mime(message_id="<old@x>"), received_at="2026-02-01T00:00:00Z")
    fresh = visitor.inject(make_mime(message_id="<new@x>"), received_at="2026-07-01T00:00:00Z")
    assert [one["id"] for one in graph.delta(link)[0]] == [fresh]


def test_filtered_delta_ends_after_five_thousand(visitor: Visitor, graph: Graph) -> None:
    mailbox = visitor.sandbox.state.world.mailbox("support@contoso.test")
    assert mailbox is not None
    now = visitor.sandbox.state.clock.now()
    for _ in range(5003):
        mailbox.add(make_mime(), folder=mailbox.well_known("inbox"), now=now)
    big = {"Prefer": "odata.maxpagesize=1000"}
    capped, _ = graph.delta(START + "&$filter=receivedDateTime ge 2020-01-01T00:00:00Z", **big)
    whole, _ = graph.delta(START, **big)
    assert (len(capped), len(whole)) == (5000, 5003)


def test_empty_pages_may_carry_a_next_link(visitor: Visitor, graph: Graph) -> None:
    visitor.control("tenant", empty_delta_pages=True)
    wanted = fill(visitor, 1)
    page = graph.get(START).json()
    assert page["value"] == []
    assert "@odata.nextLink" in page
    assert [one["id"] for one in graph.delta(START)[0]] == wanted


def test_invalidated_sync_state_is_410(visitor: Visitor, graph: Graph) -> None:
    _, link = graph.delta(START)
    visitor.control("users", address="support@contoso.test", invalidate_sync=True)
    answer = graph.get(link)
    assert answer.status_code == 410
    assert answer.json()["error"]["code"] == "SyncStateNotFound"
    assert graph.get(START).status_code == 200


def test_link_of_an_earlier_life_is_410(visitor: Visitor, graph: Graph) -> None:
    fill(visitor, 3)
    _, link = graph.delta(START)
    visitor.control("reset")
    fill(visitor, 4)
    fresh = Graph(visitor, visitor.tokens()["access_token"])
    assert fresh.get(link).status_code == 410


def test_link_with_another_option_or_a_broken_token_is_refused(graph: Graph) -> None:
    _, link = graph.delta(START)
    assert graph.get(link + "&$top=5").status_code == 400
    assert graph.get(link.partition("?")[0] + "?$deltatoken=AAAA").status_code == 400
    for query in ("$search=x", "$orderby=subject", "$filter=isRead eq true", "changeType=updated"):
        assert graph.get(f"{START}&{query}").status_code == 400


def test_kind_of_id_may_change_without_a_new_round(visitor: Visitor, graph: Graph) -> None:
    _, link = graph.delta(START)
    immutable = visitor.inject(make_mime())
    ordinary = graph.get(link, headers={"Prefer": "x"}).json()["value"][0]["id"]
    assert ordinary != immutable
    assert graph.delta(link)[0][0]["id"] == immutable


def test_items_may_come_twice(visitor: Visitor, graph: Graph) -> None:
    visitor.control("tenant", repeat_delta_items=True)
    wanted = fill(visitor, 6)
    items, link = graph.delta(START, Prefer='IdType="ImmutableId", odata.maxpagesize=3')
    ids = [one["id"] for one in items]
    assert list(dict.fromkeys(ids)) == wanted
    assert len(ids) > len(wanted)
    assert graph.delta(link)[0] == []


@pytest.mark.parametrize("size", [2, 3, 100])
@pytest.mark.parametrize("order", ["newest", "mixed"])
def test_any_order_still_tells_everything_once(
    visitor: Visitor, graph: Graph, order: str, size: int
) -> None:
    visitor.control("tenant", delta_order=order)
    small = {"Prefer": f'IdType="ImmutableId", odata.maxpagesize={size}'}
    wanted = fill(visitor, 7)
    items, link = graph.delta(START, **small)
    assert sorted(one["id"] for one in items) == sorted(wanted)
    if order == "newest":
        assert [one["id"] for one in items] == wanted[::-1]
    gone, moved, marked = wanted[0], wanted[3], wanted[5]
    graph.call("DELETE", f"/messages/{gone}")
    graph.post(f"/messages/{moved}/move", json=ARCHIVE)
    graph.call("PATCH", f"/messages/{marked}", json={"isRead": True})
    fresh = visitor.inject(make_mime(message_id="<new@x>"))
    items, link = graph.delta(link, **small)
    assert {one["id"]: "@removed" in one for one in items} == {
        gone: True, moved: True, marked: False, fresh: False,
    }  # fmt: skip
    assert graph.delta(link)[0] == []


def test_newest_first_leaves_what_changes_meanwhile_for_the_next_round(
    visitor: Visitor, graph: Graph
) -> None:
    visitor.control("tenant", delta_order="newest")
    wanted = fill(visitor, 4)
    small = {"Prefer": 'IdType="ImmutableId", odata.maxpagesize=2'}
    first = graph.get(START, headers=small).json()
    fresh = visitor.inject(make_mime(message_id="<new@x>"))
    rest, link = graph.delta(first["@odata.nextLink"], **small)
    assert [one["id"] for one in first["value"] + rest] == wanted[::-1]
    assert [one["id"] for one in graph.delta(link)[0]] == [fresh]


def test_log_of_a_folder_survives_much_marking(visitor: Visitor, graph: Graph) -> None:
    first, second = fill(visitor, 2)
    _, link = graph.delta(START)
    mailbox = visitor.sandbox.state.world.mailbox("support@contoso.test")
    assert mailbox is not None
    message = mailbox.message(second)
    assert message is not None
    for _ in range(500):
        mailbox.touch(message, now=visitor.sandbox.state.clock.now())
    assert [one["id"] for one in graph.delta(link)[0]] == [second]
    assert [one["id"] for one in graph.delta(START)[0]] == [first, second]
    created = graph.delta(START + "&changeType=created")[0]
    assert [one["id"] for one in created] == [first, second]


def test_folders_are_told_when_they_come_change_and_go(graph: Graph) -> None:
    start = "/mailFolders/delta?$select=displayName"
    items, link = graph.delta(start)
    assert {"Inbox", "Drafts", "Sent Items"} <= {one["displayName"] for one in items}
    assert graph.delta(link)[0] == []
    made = graph.post("/mailFolders", json={"displayName": "Done"}).json()["id"]
    items, link = graph.delta(link)
    assert [(one["id"], one["displayName"]) for one in items] == [(made, "Done")]
    graph.call("PATCH", f"/mailFolders/{made}", json={"displayName": "Finished"})
    items, link = graph.delta(link)
    assert [one["displayName"] for one in items] == ["Finished"]
    for _ in range(2):
        assert graph.call("DELETE", f"/mailFolders/{made}").status_code == 204
    items, link = graph.delta(link)
    assert [one for one in items if one["id"] == made] == [
        {"id": made, "@removed": {"reason": "deleted"}}
    ]
    assert graph.get(f"/mailFolders/{made}").status_code == 404
    assert graph.delta(link)[0] == []


def test_links_of_one_function_do_not_fit_the_other(graph: Graph) -> None:
    _, messages = graph.delta(START)
    _, folders = graph.delta("/mailFolders/delta")
    token = messages.rpartition("=")[2], folders.rpartition("=")[2]
    for link, other in ((messages, token[1]), (folders, token[0])):
        answer = graph.get(f"{link.rpartition('=')[0]}={other}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SyncStateInvalid")


def test_folder_of_exchange_itself_stays(graph: Graph) -> None:
    for method, body in (("DELETE", None), ("PATCH", {"displayName": "In"})):
        answer = graph.call(method, "/mailFolders/inbox", json=body)
        assert answer.status_code == 403
    names = [one["displayName"] for one in graph.get("/mailFolders").json()["value"]]
    assert "Inbox" in names


def test_second_deleted_folder_of_a_name_goes_beside_the_first(graph: Graph) -> None:
    for _ in range(2):
        made = graph.post("/mailFolders", json={"displayName": "Old"}).json()["id"]
        assert graph.call("DELETE", f"/mailFolders/{made}").status_code == 204
    inside = graph.get("/mailFolders/deleteditems/childFolders").json()["value"]
    assert [one["displayName"] for one in inside] == ["Old", "Old1"]
