"""The inbox over Graph: listing, fetching, settling, and what each error means."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.unit.drivers.canned_graph import BASE, MAILBOX, ROOT, fails, says

from postdesk.base.errors import NeedsPerson, ThisMessage, TryLater
from postdesk.drivers import graph as graph_module
from postdesk.drivers.base import Settlement

DELTA = "GET /mailFolders/inbox/messages/delta"
LINK = f"https://graph.microsoft.com{ROOT}/mailFolders/inbox/messages/delta"
FOLDERS = "/mailFolders/msgfolderroot/childFolders"
INBOX = {"displayName": "Posteingang", "totalItemCount": 7, "unreadItemCount": 2}


def page(*items, next_token=""):
    body = {"value": list(items)}
    if next_token:
        body["@odata.nextLink"] = f"{LINK}?$skiptoken={next_token}"
    else:
        body["@odata.deltaLink"] = f"{LINK}?$deltatoken=d1"
    return says(200, body)


def item(remote_id, received="2026-11-23T13:59:01Z"):
    return {"id": remote_id, "receivedDateTime": received}


def query(request):
    return parse_qs(urlsplit(str(request.url)).query)


def test_first_listing_asks_for_ids_and_dates_only_and_for_immutable_ids(inbox, graph):
    graph.will(DELTA, page(item("a")))

    listing = inbox.list_new("")

    request = graph.seen[0]
    assert query(request) == {"$select": ["id,receivedDateTime"]}
    assert request.headers["Prefer"] == 'IdType="ImmutableId", odata.maxpagesize=50'
    assert request.headers["Authorization"] == "Bearer token"
    assert request.headers["client-request-id"]
    assert listing.messages[0].remote_id == "a"
    assert listing.messages[0].received_at == datetime(2026, 11, 23, 13, 59, 1, tzinfo=UTC)
    assert (listing.more, listing.reset) == (False, False)
    assert listing.cursor == f"{LINK}?$deltatoken=d1"


def test_link_is_followed_unchanged_and_says_that_more_waits(inbox, graph):
    graph.will(DELTA, page(item("b"), next_token="s2"))

    listing = inbox.list_new(f"{LINK}?$skiptoken=s1%2B%2F")

    assert str(graph.seen[0].url).endswith("?$skiptoken=s1%2B%2F")
    assert listing.more
    assert listing.cursor == f"{LINK}?$skiptoken=s2"


def test_empty_page_and_removed_messages_are_no_messages(inbox, graph):
    gone = {"id": "x", "@removed": {"reason": "deleted"}}
    graph.will(DELTA, page(gone, next_token="s2"), page())

    first = inbox.list_new("")
    second = inbox.list_new(first.cursor)

    assert first.messages == second.messages == ()
    assert first.more
    assert not second.more


@pytest.mark.parametrize("received", [None, 7, "yesterday", ""])
def test_message_with_an_odd_date_is_listed_without_one(inbox, graph, received):
    graph.will(DELTA, page(item("a", received)))

    assert inbox.list_new("").messages[0].received_at is None


@pytest.mark.parametrize(
    "forgotten",
    [
        fails(410, "SyncStateNotFound"),
        fails(410, "resyncRequired"),
        fails(400, "syncStateNotFound"),
        says(410, b"gone"),
        says(400, {"error": {"code": "BadRequest", "innerError": {"code": "SyncStateInvalid"}}}),
    ],
)
def test_forgotten_cursor_begins_anew_and_says_so(inbox, graph, forgotten):
    graph.will(DELTA, forgotten, page(item("a")))

    listing = inbox.list_new(f"{LINK}?$deltatoken=old")

    assert listing.reset
    assert [message.remote_id for message in listing.messages] == ["a"]
    assert query(graph.seen[1]) == {"$select": ["id,receivedDateTime"]}


@pytest.mark.parametrize(
    "cursor",
    [
        "https://evil.test/v1.0/users/x?$deltatoken=1",
        "http://graph.microsoft.com/v1.0/",
        "https://graph.microsoft.com:444/v1.0/",
        "https://graph.microsoft.com@evil.test/",
        "//graph.microsoft.com/",
        "http://[",
        "nonsense",
    ],
)
def test_token_never_follows_a_link_to_another_server(inbox, graph, cursor):
    graph.will(DELTA, page(item("a")))

    listing = inbox.list_new(cursor)

    assert listing.reset
    assert [request.url.host for request in graph.seen] == ["graph.microsoft.com"]


@pytest.mark.parametrize(
    "body", [{}, {"value": []}, {"value": 5, "@odata.deltaLink": "x"}, [], b"<"]
)
def test_listing_in_a_foreign_form_is_tried_later(inbox, graph, body):
    graph.will(DELTA, says(200, body))

    with pytest.raises(TryLater):
        inbox.list_new("")


def test_message_is_fetched_octet_for_octet(inbox, graph):
    octets = b"Subject: \xff\r\n\r\n.\n\x00\r\n"
    graph.will("GET /messages/AAk=/$value", says(200, octets))

    raw = inbox.fetch("AAk=")

    assert raw.octets == octets
    assert raw.remote_id == "AAk="
    assert graph.seen[0].headers["Prefer"] == 'IdType="ImmutableId"'


def test_id_with_odd_characters_stays_one_path_segment(inbox, graph):
    graph.will("GET /messages/a/../b?c#d/$value", says(200, b"x"))

    inbox.fetch("a/../b?c#d")

    assert graph.seen[0].url.raw_path.endswith(b"/messages/a%2F..%2Fb%3Fc%23d/$value")


def test_gone_message_is_none(inbox, graph):
    graph.will("GET /messages/a/$value", fails(404, "ErrorItemNotFound"))

    assert inbox.fetch("a") is None


@pytest.mark.parametrize(
    "answer", [says(404, b"<html>nothing here</html>"), says(404, {}), says(403, b"blocked")]
)
def test_page_of_a_proxy_is_not_taken_for_a_gone_message(inbox, graph, answer):
    graph.will("GET /messages/a/$value", answer)
    graph.will("GET /mailFolders/inbox", says(407, b"proxy"))

    with pytest.raises(TryLater):
        inbox.fetch("a")


def test_message_that_graph_cannot_render_is_held_alone(inbox, graph):
    graph.will("GET /messages/a/$value", fails(400, "ErrorInvalidIdMalformed", "Id is malformed."))

    with pytest.raises(ThisMessage) as caught:
        inbox.fetch("a")

    assert caught.value.code == "ErrorInvalidIdMalformed"


def test_forbidden_message_in_an_open_mailbox_is_held_alone(inbox, graph):
    graph.will("GET /messages/a/$value", fails(403, "ErrorAccessDenied"))
    graph.will("GET /mailFolders/inbox", says(200, INBOX))

    with pytest.raises(ThisMessage):
        inbox.fetch("a")


def test_forbidden_message_in_a_closed_mailbox_needs_a_person(inbox, graph):
    graph.will("GET /messages/a/$value", fails(403, "ErrorAccessDenied"))
    graph.will("GET /mailFolders/inbox", fails(403, "ErrorAccessDenied"))

    with pytest.raises(NeedsPerson):
        inbox.fetch("a")


def test_message_beyond_all_size_is_held_alone(inbox, graph, monkeypatch):
    monkeypatch.setattr(graph_module, "_LARGEST_MESSAGE_BYTES", 10)
    graph.will("GET /messages/a/$value", says(200, b"x" * 11))

    with pytest.raises(ThisMessage):
        inbox.fetch("a")


def test_refused_token_is_renewed_once(inbox, graph):
    graph.will("GET /messages/a/$value", fails(401, "InvalidAuthenticationToken"), says(200, b"x"))

    assert inbox.fetch("a").octets == b"x"
    assert graph.bearers == [False, True]
    assert graph.seen[1].headers["Authorization"] == "Bearer fresh-token"


def test_second_refusal_needs_a_person(inbox, graph):
    graph.will("GET /messages/a/$value", fails(401, "InvalidAuthenticationToken", "expired"))

    with pytest.raises(NeedsPerson) as caught:
        inbox.fetch("a")

    assert graph.bearers == [False, True]
    assert "Authorize" in caught.value.remedy
    assert caught.value.raw == (
        "Graph request failed (statusCode: 401): InvalidAuthenticationToken expired"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fails(403, "ErrorAccessDenied"), "may not open"),
        (fails(403, "Authorization_RequestDenied"), "lacks a permission"),
        (
            fails(
                403,
                "ErrorAccessDenied",
                "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly "
                "AccessPolicy settings.",
            ),
            "application access policy",
        ),
        (fails(403, "ExtensionError", "Access to OData is disabled."), "only listed programs"),
        (fails(404, "MailboxNotEnabledForRESTAPI"), "no active mailbox"),
        (fails(404, "ErrorInvalidUser"), "knows no mailbox"),
        (fails(404, "ResourceNotFound"), "knows no mailbox"),
        (fails(404, "erroraccessdenied"), "may not open"),
        (fails(507, "ErrorQuotaExceeded"), "is full"),
        (
            says(403, {"error": {"code": "x", "innerError": {"code": "ErrorAccessDenied"}}}),
            "may not open",
        ),
    ],
)
def test_what_a_person_must_mend_names_the_mailbox_and_the_remedy(inbox, graph, answer, words):
    graph.will(DELTA, answer)

    with pytest.raises(NeedsPerson) as caught:
        inbox.list_new("")

    assert words in caught.value.what
    assert MAILBOX in caught.value.what
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (fails(429, "ApplicationThrottled", Retry_After="17"), 17.0),
        (fails(429, "ErrorAccessDenied"), None),
        (says(503, b"<html>", Retry_After="120"), 120.0),
        (
            says(
                503,
                b"",
                Retry_After="Mon, 23 Nov 2026 14:01:30 GMT",
                Date="Mon, 23 Nov 2026 14:00:00 GMT",
            ),
            90.0,
        ),
        (says(503, b"", Retry_After="Mon, 23 Nov 2026 14:01:30 GMT"), None),
        (says(503, b"", Retry_After="999999999999999999999"), 3600.0),
        (says(503, b"", Retry_After="-5"), None),
        (fails(500, "ErrorInternalServerError"), None),
        (fails(504, "UnknownError"), None),
        (fails(409, "ErrorIrresolvableConflict"), None),
        (says(302, b"", Location="https://evil.test/"), None),
        (httpx.ConnectTimeout("x"), None),
        (httpx.ReadTimeout("x"), None),
    ],
)
def test_what_passes_by_itself_is_tried_later_after_the_wait_asked_for(inbox, graph, answer, wait):
    graph.will(DELTA, answer)

    with pytest.raises(TryLater) as caught:
        inbox.list_new("")

    assert caught.value.retry_after == wait


def test_keep_touches_nothing(inbox, graph):
    inbox.settle("a", Settlement.KEEP)

    assert graph.seen == []


def test_mark_read_patches_the_message(inbox, graph):
    graph.will("PATCH /messages/a", says(200, {}))

    inbox.settle("a", Settlement.MARK_READ)

    assert graph.body(0) == {"isRead": True}


def test_delete_deletes_and_a_gone_message_is_no_error(inbox, graph):
    graph.will("DELETE /messages/a", says(204), fails(404, "ErrorItemNotFound"))

    inbox.settle("a", Settlement.DELETE)
    inbox.settle("a", Settlement.DELETE)

    assert graph.asked() == ["DELETE /messages/a"] * 2


def test_settling_in_a_closed_mailbox_needs_a_person(inbox, graph):
    graph.will("DELETE /messages/a", fails(403, "ErrorAccessDenied"))

    with pytest.raises(NeedsPerson):
        inbox.settle("a", Settlement.DELETE)


def test_move_finds_the_folder_once_and_quotes_its_name(inbox, graph):
    graph.will(f"GET {FOLDERS}", says(200, {"value": [{"id": "f1"}]}))
    graph.will("POST /messages/a/move", says(201, {}))
    graph.will("POST /messages/b/move", says(201, {}))

    inbox.settle("a", Settlement.MOVE, folder="Anna's done")
    inbox.settle("b", Settlement.MOVE, folder="Anna's done")

    assert graph.asked() == [f"GET {FOLDERS}", "POST /messages/a/move", "POST /messages/b/move"]
    assert query(graph.seen[0]) == {"$filter": ["displayName eq 'Anna''s done'"]}
    assert graph.body(1) == {"destinationId": "f1"}


def test_move_makes_the_folder_when_it_is_absent(inbox, graph):
    graph.will(f"GET {FOLDERS}", says(200, {"value": []}))
    graph.will(f"POST {FOLDERS}", says(201, {"id": "new"}))
    graph.will("POST /messages/a/move", says(201, {}))

    inbox.settle("a", Settlement.MOVE, folder="Processed")

    assert graph.body(1) == {"displayName": "Processed"}
    assert graph.body(2) == {"destinationId": "new"}


def test_folder_that_another_worker_made_meanwhile_is_taken(inbox, graph):
    found = says(200, {"value": [{"id": "theirs"}]})
    graph.will(f"GET {FOLDERS}", says(200, {"value": []}), found)
    graph.will(f"POST {FOLDERS}", fails(409, "ErrorFolderExists"))
    graph.will("POST /messages/a/move", says(201, {}))

    inbox.settle("a", Settlement.MOVE, folder="Processed")

    assert graph.body(3) == {"destinationId": "theirs"}


def test_well_known_folder_needs_no_look_up(inbox, graph):
    graph.will("POST /messages/a/move", says(201, {}))

    inbox.settle("a", Settlement.MOVE, folder="Archive")

    assert graph.body(0) == {"destinationId": "archive"}


def test_folder_deleted_meanwhile_is_looked_up_again(inbox, graph):
    graph.will(
        f"GET {FOLDERS}",
        says(200, {"value": [{"id": "old"}]}),
        says(200, {"value": [{"id": "new"}]}),
    )
    graph.will("POST /messages/a/move", says(201, {}))
    graph.will("POST /messages/b/move", fails(404, "ErrorFolderNotFound"), says(201, {}))
    inbox.settle("a", Settlement.MOVE, folder="Done")

    inbox.settle("b", Settlement.MOVE, folder="Done")

    assert graph.body(4) == {"destinationId": "new"}


def test_moving_a_gone_message_is_no_error(inbox, graph):
    graph.will(f"GET {FOLDERS}", says(200, {"value": [{"id": "f"}]}))
    graph.will("POST /messages/a/move", fails(404, "ErrorItemNotFound"))

    inbox.settle("a", Settlement.MOVE, folder="Done")

    assert graph.asked().count("POST /messages/a/move") == 1


def test_move_without_a_folder_asks_for_its_name(inbox):
    with pytest.raises(NeedsPerson) as caught:
        inbox.settle("a", Settlement.MOVE)

    assert "folder" in caught.value.remedy


def test_probe_says_what_is_there_and_all_addresses(inbox, graph):
    graph.will("GET /mailFolders/inbox", says(200, INBOX))
    graph.will(
        "GET ",
        says(
            200,
            {
                "mail": "Help@contoso.test",
                "userPrincipalName": "help@contoso.onmicrosoft.test",
                "proxyAddresses": ["SMTP:help@contoso.test", "smtp:it@contoso.test", "x500:/o", 5],
            },
        ),
    )

    facts = inbox.probe()

    assert (facts.folder_name, facts.message_count) == ("Posteingang", 7)
    assert facts.addresses == (
        "help@contoso.test",
        "help@contoso.onmicrosoft.test",
        "it@contoso.test",
    )


@pytest.mark.parametrize(
    "answer",
    [
        fails(403, "Authorization_RequestDenied"),
        fails(503, "x"),
        httpx.ReadTimeout("x"),
        says(200, []),
    ],
)
def test_probe_contents_itself_with_the_known_address(inbox, graph, answer):
    graph.will("GET /mailFolders/inbox", says(200, INBOX))
    graph.will("GET ", answer)

    assert inbox.probe().addresses == (MAILBOX,)


def test_probe_of_a_foreign_mailbox_needs_a_person(inbox, graph):
    graph.will("GET /mailFolders/inbox", fails(403, "ErrorAccessDenied"))

    with pytest.raises(NeedsPerson) as caught:
        inbox.probe()

    assert "Full Access" in caught.value.remedy
    assert BASE not in caught.value.what
