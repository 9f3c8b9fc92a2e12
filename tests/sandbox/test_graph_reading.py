"""Graph: folders, lists, single messages, raw octets, attachments."""

import base64
from typing import Any

import pytest

from tests.sandbox.visitor import GONE, Graph, Visitor, make_mime

LETTER = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <client@fabrikam.example>\r\nTo: support@contoso.test\r\n"
    b"Subject: Report\r\nMessage-ID: <r@fabrikam.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee below \xc3\xbc\r\n"
    b'--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    b'Content-Disposition: attachment; filename="a.pdf"\r\n\r\nJVBERg==\r\n--b--\r\n'
)


def subjects(answer: Any) -> list[str]:
    return [one["subject"] for one in answer.json()["value"]]


def test_message_is_read_as_graph_shows_it(visitor: Visitor, graph: Graph) -> None:
    visitor.inject(LETTER)
    shown = graph.get("/messages").json()["value"][0]
    assert shown["subject"] == "Report"
    assert shown["from"]["emailAddress"] == {"name": "Jürgen", "address": "client@fabrikam.example"}
    assert shown["internetMessageId"] == "<r@fabrikam.example>"
    assert shown["hasAttachments"] is True
    assert shown["isRead"] is False
    assert shown["body"] == {"contentType": "text", "content": "See below ü"}
    assert "internetMessageHeaders" not in shown


def test_value_is_the_stored_octets(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(LETTER)
    answer = graph.get(f"/messages/{identity}/$value")
    assert answer.content == LETTER
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_attachment_is_listed_and_read(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(LETTER)
    listed = graph.get(f"/messages/{identity}/attachments").json()["value"]
    assert [(one["name"], one["contentType"], one["size"]) for one in listed] == [
        ("a.pdf", "application/pdf", 4)
    ]
    assert base64.b64decode(listed[0]["contentBytes"]) == b"%PDF"
    octets = graph.get(f"/messages/{identity}/attachments/{listed[0]['id']}/$value")
    assert octets.content == b"%PDF"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: =?x?q?=FF?=\n\n",
        b"Subject: =?utf-8?b?A?=\nFrom: =?unicode_escape?q?=5Cud800?= <a@b>\n\n",
        b"Content-Type: text/plain; charset=unicode_escape\n\n\\ud800",
        b"Date: Mon, 1 Jan 0001 00:00:00 +2359\nFrom: " + b"(" * 9000 + b"\n\n",
        b"Content-Type: message/rfc822\n\n" * 3000,
        b"From: \r\n",
        b"a" * 70000,
    ],
)
def test_hostile_octets_are_stored_and_shown(visitor: Visitor, graph: Graph, octets: bytes) -> None:
    identity = visitor.inject(octets)
    assert graph.get(f"/messages/{identity}").status_code == 200
    assert graph.get(f"/messages/{identity}/$value").content == octets


def test_list_is_ordered_filtered_and_paged(visitor: Visitor, graph: Graph) -> None:
    for day in (3, 1, 2):
        visitor.inject(
            make_mime(subject=f"day {day}", message_id=f"<{day}@x>"),
            received_at=f"2026-11-0{day}T10:00:00Z",
        )
    inbox = "/mailFolders/inbox/messages"
    assert subjects(graph.get(inbox)) == ["day 3", "day 2", "day 1"]
    ascending = graph.get(inbox, params={"$orderby": "receivedDateTime asc", "$top": "2"})
    assert subjects(ascending) == ["day 1", "day 2"]
    assert subjects(graph.get(ascending.json()["@odata.nextLink"])) == ["day 3"]
    since = {"$filter": "receivedDateTime ge 2026-11-02T00:00:00Z"}
    assert subjects(graph.get(inbox, params=since)) == ["day 3", "day 2"]
    by_id = {"$filter": "internetMessageId eq '<2@x>' and isRead eq false"}
    assert subjects(graph.get("/messages", params=by_id)) == ["day 2"]
    assert subjects(graph.get("/messages", params={"$filter": "isRead eq true"})) == []


def test_select_gives_only_what_was_named(visitor: Visitor, graph: Graph) -> None:
    visitor.inject(LETTER)
    shown = graph.get("/messages", params={"$select": "subject,ISREAD"}).json()["value"][0]
    assert set(shown) == {"@odata.etag", "id", "subject", "isRead"}


def test_order_that_the_filter_does_not_begin_with_is_inefficient(graph: Graph) -> None:
    query = {"$filter": "isRead eq false", "$orderby": "receivedDateTime asc"}
    answer = graph.get("/messages", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InefficientFilter"


@pytest.mark.parametrize(
    "query",
    [
        {"$search": '"fire OR water"'},
        {"$search": "unquoted"},
        {"$expand": "singleValueExtendedProperties"},
        {"$filter": "contains(subject,'fire')"},
        {"$filter": "isRead eq false or isRead eq true"},
        {"$filter": "importance eq 'high'"},
        {"$orderby": "subject"},
        {"$select": "uniqueBody"},
        {"$top": "1001"},
        {"$skip": "-1"},
    ],
)
def test_option_that_is_not_understood_is_an_error(graph: Graph, query: dict[str, str]) -> None:
    answer = graph.get("/messages", params=query)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "innerError"}


def test_what_is_not_implemented_is_written_down(visitor: Visitor, graph: Graph) -> None:
    assert graph.get("/events").status_code == 501
    graph.get("/messages", params={"$search": '"x OR y"'})
    listed = " ".join(one["feature"] for one in visitor.look("unimplemented"))
    assert "events" in listed
    assert "$search" in listed


def test_folders_are_found_by_name_and_created_once(graph: Graph) -> None:
    below = "/mailFolders/inbox/childFolders"
    wanted = {"$filter": "displayName eq 'Pro''cessed'"}
    assert graph.get(below, params=wanted).json()["value"] == []
    made = graph.post(below, json={"displayName": "Pro'cessed"})
    assert made.status_code == 201
    found = graph.get(below, params=wanted).json()["value"]
    assert [one["id"] for one in found] == [made.json()["id"]]
    again = graph.post(below, json={"displayName": "pro'cessed"})
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "ErrorFolderExists"


def test_folder_counts(visitor: Visitor, graph: Graph) -> None:
    first = visitor.inject(make_mime())
    visitor.inject(make_mime(message_id="<2@x>"))
    graph.call("PATCH", f"/messages/{first}", json={"isRead": True})
    query = {"$select": "displayName,totalItemCount,unreadItemCount"}
    folder = graph.get("/mailFolders/inbox", params=query).json()
    assert folder["displayName"] == "Inbox"
    assert (folder["totalItemCount"], folder["unreadItemCount"]) == (2, 1)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/messages/{GONE}", 404, "ErrorItemNotFound"),
        (f"/mailFolders/{GONE}", 404, "ErrorFolderNotFound"),
        ("/messages/none", 400, "ErrorInvalidIdMalformed"),
        ("/mailFolders/Nowhere", 400, "ErrorInvalidIdMalformed"),
    ],
)
def test_id_that_names_nothing_and_id_that_is_none(
    graph: Graph, path: str, status: int, code: str
) -> None:
    answer = graph.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_search_finds_words_and_words_of_one_property(visitor: Visitor, graph: Graph) -> None:
    visitor.inject(LETTER)
    visitor.inject(make_mime(message_id="<2@x>"))
    for search, wanted in (
        ('"below"', ["Report"]),
        ('"from:client subject:printer"', ["Printer on fire"]),
        ('"body:printer"', []),
    ):
        assert subjects(graph.get("/messages", params={"$search": search})) == wanted


def test_search_excludes_filter_and_order(graph: Graph) -> None:
    for option, code in (
        ({"$filter": "isRead eq true"}, "SearchWithFilter"),
        ({"$orderby": "receivedDateTime"}, "SearchWithOrderBy"),
    ):
        answer = graph.get("/messages", params={"$search": '"x"', **option})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_attachments_are_expanded(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(LETTER)
    for path in (f"/messages/{identity}", "/messages"):
        shown = graph.get(path, params={"$expand": "attachments", "$select": "subject"}).json()
        shown = shown["value"][0] if "value" in shown else shown
        assert [one["contentBytes"] for one in shown["attachments"]] == ["JVBERg=="]


def test_count_is_a_bare_number(visitor: Visitor, graph: Graph) -> None:
    for number in range(3):
        visitor.inject(make_mime(message_id=f"<{number}@x>"))
    visitor.inject(LETTER, folder="archive")
    assert graph.get("/messages/$count").text == "4"
    assert graph.get("/mailFolders/inbox/messages/$count").text == "3"
    query = {"$filter": "internetMessageId eq '<1@x>'"}
    assert graph.get("/mailFolders/inbox/messages/$count", params=query).text == "1"


def test_ids_are_translated_both_ways(visitor: Visitor, graph: Graph) -> None:
    immutable = visitor.inject(LETTER)
    ordinary = graph.get("/messages", headers={"Prefer": "x"}).json()["value"][0]["id"]
    for source, target, given, wanted in (
        ("restId", "restImmutableEntryId", ordinary, immutable),
        ("restImmutableEntryId", "restId", immutable, ordinary),
    ):
        body = {"inputIds": [given, GONE], "sourceIdType": source, "targetIdType": target}
        answer = graph.post("/translateExchangeIds", json=body)
        assert answer.json()["value"] == [{"sourceId": given, "targetId": wanted}]
    refused = graph.post("/translateExchangeIds", json=body | {"targetIdType": "entryId"})
    assert refused.status_code == 400


def test_paths_in_key_syntax_mean_the_same(visitor: Visitor, graph: Graph) -> None:
    identity = visitor.inject(LETTER)
    path = f"/beta/users('support%40contoso.test')/mailfolders('Inbox')/messages('{identity}')"
    answer = visitor.http.get(path, headers=graph.headers)
    assert answer.json()["subject"] == "Report"


def test_user_is_shown_by_address_id_and_me(visitor: Visitor, graph: Graph) -> None:
    me = visitor.http.get("/v1.0/me", headers=graph.headers).json()
    assert me["userPrincipalName"] == "support@contoso.test"
    assert graph.get("").json() == me
    by_id = visitor.http.get(f"/v1.0/users/{me['id']}", headers=graph.headers)
    assert by_id.json() == me
    other = visitor.http.get("/v1.0/users/anna@contoso.test", headers=graph.headers)
    assert other.status_code == 403
    assert other.json()["error"]["code"] == "Authorization_RequestDenied"


def test_links_keep_the_host_that_was_asked(visitor: Visitor, graph: Graph) -> None:
    for number in range(3):
        visitor.inject(make_mime(message_id=f"<{number}@x>"))
    answer = graph.get(
        "/messages", params={"$top": "1"}, headers={"Host": "graph.microsoft.com"}
    ).json()
    assert answer["@odata.nextLink"].startswith("https://graph.microsoft.com/v1.0/users/")
