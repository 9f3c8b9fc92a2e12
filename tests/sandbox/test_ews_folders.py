"""Folders by Exchange Web Services, in one's own mailbox and in a shared one."""

from tests.sandbox.ews_desk import Desk, Reply, distinguished
from tests.sandbox.visitor import Graph, Visitor, make_mime

HELP = "help@contoso.test"


def get(desk: Desk, *references: str, base: str = "Default", more: str = "") -> Reply:
    wanted = f"<t:AdditionalProperties>{more}</t:AdditionalProperties>" if more else ""
    return desk.ask(
        f"<m:GetFolder><m:FolderShape><t:BaseShape>{base}</t:BaseShape>{wanted}</m:FolderShape>"
        f"<m:FolderIds>{''.join(references)}</m:FolderIds></m:GetFolder>"
    )


def find(desk: Desk, parent: str, traversal: str = "Shallow", inside: str = "") -> Reply:
    return desk.ask(
        f'<m:FindFolder Traversal="{traversal}"><m:FolderShape><t:BaseShape>Default</t:BaseShape>'
        f"</m:FolderShape>{inside}<m:ParentFolderIds>{parent}</m:ParentFolderIds></m:FindFolder>"
    )


def test_counts_are_those_of_the_mailbox(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    reply = get(desk, distinguished("inbox")).good()
    assert reply.text("t:DisplayName") == "Inbox"
    assert (reply.text("t:TotalCount"), reply.text("t:UnreadCount")) == ("1", "1")


def test_change_key_of_a_folder_changes_with_what_it_holds(desk: Desk) -> None:
    def key() -> str:
        found: str = get(desk, distinguished("inbox")).all("t:FolderId")[0].get("ChangeKey")
        return found

    before = key()
    assert key() == before
    desk.visitor.inject(make_mime())
    assert key() != before


def test_folders_beside_mail_are_there_and_empty(desk: Desk) -> None:
    names = ("calendar", "contacts", "tasks", "notes", "journal", "root")
    reply = get(desk, *map(distinguished, names)).good()
    assert [one.tag.rpartition("}")[2] for one in reply.all("m:Folders/*")] == [
        "CalendarFolder",
        "ContactsFolder",
        "TasksFolder",
        "Folder",
        "Folder",
        "Folder",
    ]
    assert set(reply.texts("t:TotalCount")) == {"0"}
    assert desk.find("calendar").good().ids == []


def test_unknown_folder_is_an_error_of_its_own_in_the_batch(desk: Desk) -> None:
    references = (distinguished("inbox"), distinguished("allcategorizeditems"))
    reply = get(desk, *references, '<t:FolderId Id="AQMk"/>')
    assert reply.codes == ["NoError", "ErrorFolderNotFound", "ErrorInvalidIdMalformed"]


def test_archive_of_graph_is_no_distinguished_folder(desk: Desk) -> None:
    assert get(desk, distinguished("archive")).codes == ["ErrorFolderNotFound"]
    below = find(desk, distinguished("msgfolderroot")).good()
    assert "Archive" in below.texts("t:DisplayName")


def test_graph_and_ews_show_the_same_folders(desk: Desk, graph: Graph) -> None:
    folder = desk.create_folder("Processed").split('"')[1]
    seen = {
        one["displayName"]: one["id"] for one in graph.get("/mailFolders?$top=50").json()["value"]
    }
    assert folder.rstrip("=").replace("+", "-").replace("/", "_") == seen["Processed"]


def test_deep_search_sees_what_lies_below(desk: Desk) -> None:
    outer = desk.create_folder("Outer")
    desk.ask(
        f"<m:CreateFolder><m:ParentFolderId>{outer}</m:ParentFolderId><m:Folders><t:Folder>"
        "<t:DisplayName>Inner</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    ).good()
    shallow = find(desk, distinguished("msgfolderroot")).good().texts("t:DisplayName")
    deep = find(desk, distinguished("root"), "Deep").good().texts("t:DisplayName")
    assert "Inner" not in shallow
    assert {"Top of Information Store", "Outer", "Inner"} <= set(deep)


def test_folder_is_found_by_its_name(desk: Desk) -> None:
    restriction = (
        '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/>'
        '<t:FieldURIOrConstant><t:Constant Value="Sent Items"/></t:FieldURIOrConstant>'
        "</t:IsEqualTo></m:Restriction>"
    )
    reply = find(desk, distinguished("msgfolderroot"), inside=restriction).good()
    assert reply.texts("t:DisplayName") == ["Sent Items"]


def test_second_folder_of_the_same_name_is_refused(desk: Desk) -> None:
    desk.create_folder("Processed")
    again = desk.ask(
        f"<m:CreateFolder><m:ParentFolderId>{distinguished('msgfolderroot')}</m:ParentFolderId>"
        "<m:Folders><t:Folder><t:DisplayName>PROCESSED</t:DisplayName></t:Folder></m:Folders>"
        "</m:CreateFolder>"
    )
    assert again.codes == ["ErrorFolderExists"]


def test_calendar_cannot_be_created(desk: Desk) -> None:
    reply = desk.ask(
        f"<m:CreateFolder><m:ParentFolderId>{distinguished('msgfolderroot')}</m:ParentFolderId>"
        "<m:Folders><t:CalendarFolder><t:DisplayName>x</t:DisplayName></t:CalendarFolder>"
        "</m:Folders></m:CreateFolder>"
    )
    assert reply.codes == ["ErrorInvalidRequest"]
    assert len(desk.missed) == 1


def test_deleting_goes_to_the_bin_first_and_then_away(desk: Desk) -> None:
    folder = desk.create_folder("Old")
    desk.delete_folder(folder, "MoveToDeletedItems").good()
    assert find(desk, distinguished("deleteditems")).good().texts("t:DisplayName") == ["Old"]
    desk.delete_folder(folder, "MoveToDeletedItems").good()
    assert get(desk, folder).codes == ["ErrorFolderNotFound"]


def test_distinguished_folder_stays(desk: Desk) -> None:
    assert desk.delete_folder(distinguished("inbox")).codes == ["ErrorDeleteDistinguishedFolder"]


def test_full_access_opens_a_shared_mailbox_and_nobody_elses(desk: Desk, visitor: Visitor) -> None:
    visitor.inject(make_mime(subject="shared"), mailbox=HELP)
    anna = Desk(visitor, "anna@contoso.test")
    shared = distinguished("inbox", HELP)
    assert get(anna, shared).good().text("t:TotalCount") == "1"
    assert get(desk, shared).codes == ["ErrorAccessDenied"]
    by_id = f'<t:FolderId Id="{get(anna, shared).all("t:FolderId")[0].get("Id")}"/>'
    assert get(anna, by_id).good().text("t:TotalCount") == "1"
    assert get(desk, by_id).codes == ["ErrorAccessDenied"]


def test_address_without_a_mailbox_is_told(desk: Desk) -> None:
    unknown = distinguished("inbox", "nobody@contoso.test")
    assert get(desk, unknown).codes == ["ErrorNonExistentMailbox"]


def test_person_without_a_mailbox_has_to_name_one(visitor: Visitor) -> None:
    visitor.control("users", address="anna@contoso.test", mailbox=False)
    anna = Desk(visitor, "anna@contoso.test")
    assert get(anna, distinguished("inbox")).codes == ["ErrorMissingEmailAddress"]
    assert get(anna, distinguished("inbox", HELP)).good().text("t:DisplayName") == "Inbox"


def test_extended_properties_of_folders_are_told(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    more = "".join(
        f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
        for tag, kind in (("0x3613", "String"), ("0x3603", "Integer"), ("0x360a", "Boolean"))
    )
    reply = get(desk, distinguished("inbox"), base="IdOnly", more=more).good()
    assert reply.texts("t:Value") == ["IPF.Note", "1", "false"]


def test_property_of_an_item_is_none_of_a_folder(desk: Desk) -> None:
    more = '<t:FieldURI FieldURI="item:Subject"/>'
    reply = get(desk, distinguished("inbox"), more=more)
    assert reply.codes == ["ErrorInvalidPropertyRequest"]
