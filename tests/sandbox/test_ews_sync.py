"""SyncFolderItems: rounds, pages, and states that are damaged or foreign."""

import base64

import pytest

from tests.sandbox.ews_desk import Desk, Identity, Reply, distinguished, item_id, set_field, shape
from tests.sandbox.visitor import Graph, make_mime


def kinds(reply: Reply) -> list[str]:
    return [one.tag.rpartition("}")[2] for one in reply.all("m:Changes/*")]


def fill(desk: Desk, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        desk.visitor.inject(make_mime(subject=str(number), message_id=f"<{number}@x.test>"))


def synced(desk: Desk, count: int) -> tuple[str, list[Identity]]:
    fill(desk, count)
    reply = desk.sync().good()
    assert kinds(reply) == ["Create"] * count
    return reply.text("m:SyncState"), reply.ids


def test_first_round_creates_everything_page_by_page(desk: Desk) -> None:
    fill(desk, 5)
    state, subjects, lasts = "", [], []
    for _ in range(3):
        reply = desk.sync(state=state, size=2, shaped=shape("item:Subject")).good()
        state = reply.text("m:SyncState")
        subjects += reply.texts("t:Subject")
        lasts.append(reply.text("m:IncludesLastItemInRange"))
    assert subjects == ["0", "1", "2", "3", "4"]
    assert lasts == ["false", "false", "true"]
    assert kinds(desk.sync(state=state).good()) == []


def test_read_flag_and_other_changes_are_told_apart(desk: Desk, graph: Graph) -> None:
    state, (first, second) = synced(desk, 2)
    listed = {one["subject"]: one["id"] for one in graph.get("/messages").json()["value"]}
    graph.call("PATCH", f"/messages/{listed['0']}", json={"isRead": True})
    desk.update(second, set_field("item:Subject", "<t:Subject>New</t:Subject>")).good()
    reply = desk.sync(state=state).good()
    assert kinds(reply) == ["ReadFlagChange", "Update"]
    assert [one.id for one in reply.ids] == [first.id, second.id]
    assert reply.text("t:IsRead") == "true"


def test_moved_out_is_deleted_here_and_created_there(desk: Desk) -> None:
    state, (first,) = synced(desk, 1)
    there = desk.sync("junkemail").good().text("m:SyncState")
    moved = desk.move(first, distinguished("junkemail")).good().id
    gone = desk.sync(state=state).good()
    assert (kinds(gone), gone.id.id) == (["Delete"], first.id)
    come = desk.sync("junkemail", state=there).good()
    assert (kinds(come), come.id.id) == (["Create"], moved.id)


def test_hard_deletion_is_told_once(desk: Desk) -> None:
    state, (first,) = synced(desk, 1)
    desk.delete(first).good()
    reply = desk.sync(state=state).good()
    assert (kinds(reply), reply.id.id) == (["Delete"], first.id)
    assert kinds(desk.sync(state=reply.text("m:SyncState")).good()) == []


def test_what_came_and_went_in_between_is_not_told(desk: Desk) -> None:
    state, _ = synced(desk, 1)
    fill(desk, 1, start=1)
    newest = desk.find().ids[0]
    desk.delete(newest).good()
    assert kinds(desk.sync(state=state).good()) == []


def test_new_item_changed_at_once_is_created_and_not_updated(desk: Desk) -> None:
    state, _ = synced(desk, 1)
    fill(desk, 3, start=1)
    second = desk.find().ids[1]
    desk.update(second, set_field("item:Subject", "<t:Subject>New</t:Subject>")).good()
    seen: list[str] = []
    for _ in range(3):
        reply = desk.sync(state=state, size=1, shaped=shape("item:Subject")).good()
        state = reply.text("m:SyncState")
        assert kinds(reply) == ["Create"]
        seen += reply.texts("t:Subject")
    assert seen == ["1", "New", "3"]


def test_change_between_two_pages_comes_in_the_next_round(desk: Desk) -> None:
    fill(desk, 3)
    page = desk.sync(size=2).good()
    desk.update(page.ids[0], set_field("item:Subject", "<t:Subject>New</t:Subject>")).good()
    fill(desk, 1, start=3)
    rest = desk.sync(state=page.text("m:SyncState"), size=2).good()
    assert kinds(rest) == ["Create"]
    after = desk.sync(state=rest.text("m:SyncState")).good()
    assert kinds(after) == ["Update", "Create"]


def test_ignored_items_are_left_out(desk: Desk) -> None:
    fill(desk, 2)
    skipped = desk.find().ids[0]
    reply = desk.sync(ignore=f"<m:Ignore>{item_id(skipped)}</m:Ignore>").good()
    assert len(reply.ids) == 1
    assert reply.id.id != skipped.id


def damaged(state: str) -> list[str]:
    octets = bytearray(base64.b64decode(state))
    octets[-1] ^= 1
    return [state[:20], state[:-4], base64.b64encode(octets).decode(), "H4sIAAAA", "%%%", "AAAA"]


def test_damaged_states_are_refused_in_the_words_of_exchange(desk: Desk) -> None:
    state, _ = synced(desk, 1)
    for one in damaged(state):
        reply = desk.sync(state=one)
        assert reply.codes == ["ErrorInvalidSyncStateData"], one
        assert reply.texts("m:SyncState") == [""]


def test_state_of_another_folder_or_life_is_refused(desk: Desk) -> None:
    state, _ = synced(desk, 1)
    assert desk.sync("junkemail", state=state).codes == ["ErrorInvalidSyncStateData"]
    desk.visitor.control("reset")
    assert desk.sync(state=state).codes == ["ErrorInvalidSyncStateData"]


def test_folder_that_is_gone_cannot_be_synced(desk: Desk) -> None:
    folder = desk.create_folder("Old")
    desk.delete_folder(folder, "HardDelete").good()
    operation = (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{folder}</m:SyncFolderId>"
        "<m:MaxChangesReturned>1</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    assert desk.ask(operation).codes == ["ErrorSyncFolderNotFound"]


@pytest.mark.parametrize("size", [0, 513, -1])
def test_page_beyond_512_breaks_the_schema(desk: Desk, size: int) -> None:
    reply = desk.sync(size=size)
    assert (reply.status, reply.fault) == (500, "ErrorSchemaValidation")


def test_folders_are_created_changed_and_deleted_for_the_hierarchy(desk: Desk) -> None:
    first = hierarchy(desk).good()
    names = first.texts("t:DisplayName")
    assert {"Inbox", "Sent Items", "Calendar", "Top of Information Store"} <= set(names)
    folder = desk.create_folder("Processed")
    second = hierarchy(desk, first.text("m:SyncState")).good()
    assert (kinds(second), second.texts("t:DisplayName")) == (["Create"], ["Processed"])
    desk.delete_folder(folder, "MoveToDeletedItems").good()
    third = hierarchy(desk, second.text("m:SyncState")).good()
    assert kinds(third) == ["Update"]
    desk.delete_folder(folder, "HardDelete").good()
    fourth = hierarchy(desk, third.text("m:SyncState")).good()
    assert kinds(fourth) == ["Delete"]
    assert hierarchy(desk, "AAAA").codes == ["ErrorInvalidSyncStateData"]


def hierarchy(desk: Desk, state: str = "") -> Reply:
    known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return desk.ask(
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"{known}</m:SyncFolderHierarchy>"
    )
