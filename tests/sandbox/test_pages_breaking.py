"""The buttons that break something, and those that rearrange a mailbox."""

import html

import httpx
import pytest

from postdesk_sandbox.pages.breakages import BREAKAGES, Breakage
from tests.sandbox.ews_line import ask, person_token
from tests.sandbox.visitor import Graph, Visitor, make_mime

SUPPORT, ANNA = "support@contoso.test", "anna@contoso.test"
LASTING = [one for one in BREAKAGES if one.undo]


def press(visitor: Visitor, **form: str) -> httpx.Response:
    fields = {"address": SUPPORT, "client_id": "client-1"} | form
    return visitor.http.post("/break", data=fields, follow_redirects=True)


def words_of(answer: httpx.Response) -> str:
    return html.unescape(answer.text)


@pytest.mark.parametrize("one", BREAKAGES, ids=lambda one: str(one.key))
def test_every_button_works_and_says_what_happened(visitor: Visitor, one: Breakage) -> None:
    answer = press(visitor, **{"break": one.key})
    assert answer.status_code == 200
    assert f"<b>{one.error}.</b> {one.says} {one.ends}" in words_of(answer)
    assert ("in force" in answer.text) is (one.undo is not None)
    assert ("Take back all faults</button>" in answer.text) is (one.do.call == "faults")


@pytest.mark.parametrize("one", LASTING, ids=lambda one: str(one.key))
def test_undo_ends_what_lasts(visitor: Visitor, one: Breakage) -> None:
    before = [visitor.look("users"), visitor.control("tenant"), visitor.look("apps")]
    press(visitor, **{"break": one.key})
    assert [visitor.look("users"), visitor.control("tenant"), visitor.look("apps")] != before
    answer = press(visitor, undo=one.key)
    assert f"<b>{one.error}</b> is over." in words_of(answer)
    assert [visitor.look("users"), visitor.control("tenant"), visitor.look("apps")] == before


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("unused-sign-in", 700082),
        ("sessions-revoked", 50173),
        ("account-disabled", 50057),
        ("second-factor", 50076),
        ("conditional-access", 53003),
        ("secret-wrong", 7000215),
        ("secret-expired", 7000222),
        ("consent-withdrawn", 65001),
        ("app-disabled", 7000112),
    ],
)
def test_sign_in_breaks_with_the_code_on_the_button(visitor: Visitor, key: str, code: int) -> None:
    token = visitor.tokens()["refresh_token"]
    answer = press(visitor, **{"break": key})
    assert f"<b>AADSTS{code}" in answer.text
    assert visitor.refresh(token).json()["error_codes"] == [code]


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("graph-throttled", 429, "ApplicationThrottled"),
        ("graph-down", 503, "serviceNotAvailable"),
        ("claims-challenge", 401, "InvalidAuthenticationToken"),
        ("mailbox-gone", 404, "MailboxNotEnabledForRESTAPI"),
    ],
)
def test_graph_breaks_with_the_code_on_the_button(
    visitor: Visitor, graph: Graph, key: str, status: int, code: str
) -> None:
    press(visitor, **{"break": key})
    answer = graph.get("/messages")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_access_policy_shuts_the_application_out(visitor: Visitor) -> None:
    scope = "https://graph.microsoft.com/.default"
    token = visitor.post_token(grant_type="client_credentials", scope=scope).json()
    app = Graph(visitor, token["access_token"])
    assert app.get("/messages").status_code == 200
    press(visitor, **{"break": "access-policy"})
    assert "[RAOP]" in app.get("/messages").json()["error"]["message"]


@pytest.mark.parametrize(
    ("key", "status", "told"),
    [("ews-blocked", 403, ""), ("ews-not-allowed", 403, ""), ("ews-busy", 500, "ErrorServerBusy")],
)
def test_ews_breaks_with_the_error_on_the_button(
    visitor: Visitor, key: str, status: int, told: str
) -> None:
    token = person_token(visitor)
    assert ask(visitor, **token).status_code == 200
    press(visitor, **{"break": key})
    answer = ask(visitor, **token)
    assert answer.status_code == status
    assert told in answer.text


def test_lost_delta_link_answers_410(visitor: Visitor, graph: Graph) -> None:
    _, link = graph.delta("/mailFolders/inbox/messages/delta")
    press(visitor, **{"break": "delta-lost"})
    assert graph.get(link).status_code == 410


def test_unanswered_sending_has_sent(visitor: Visitor, graph: Graph) -> None:
    press(visitor, **{"break": "send-unanswered"})
    with pytest.raises(httpx.TransportError):
        graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=ANNA))
    assert len(visitor.look("sent")) == 1


def test_answer_that_breaks_off_is_no_answer(visitor: Visitor, graph: Graph) -> None:
    press(visitor, **{"break": "graph-cut"})
    with pytest.raises(httpx.TransportError):
        graph.get("/messages")


def test_faults_are_listed_and_taken_back(visitor: Visitor, graph: Graph) -> None:
    press(visitor, **{"break": "graph-down"})
    answer = press(visitor, **{"break": "graph-slow"})
    assert "graph: 503 (until taken back)" in answer.text
    assert "graph: 20 s late (5 left)" in answer.text
    answer = press(visitor, undo="take-back")
    assert "None." in answer.text
    assert graph.get("/messages").status_code == 200


def test_button_concerns_the_chosen_person_only(visitor: Visitor) -> None:
    press(visitor, **{"break": "account-disabled", "address": ANNA})
    users = {one["address"]: one["disabled"] for one in visitor.look("users")}
    assert users == {SUPPORT: False, ANNA: True, "help@contoso.test": False}
    assert "in force" not in visitor.http.get("/break", params={"address": SUPPORT}).text
    assert "in force" in visitor.http.get("/break", params={"address": ANNA}).text


def test_unknown_button_is_no_page_and_an_empty_tenant_still_shows_one(visitor: Visitor) -> None:
    assert press(visitor, **{"break": "moon"}).status_code == 404
    assert press(visitor, undo="graph-cut").status_code == 404
    for address in (SUPPORT, ANNA, "help@contoso.test"):
        visitor.control("users", address=address, remove=True)
    visitor.control("apps", client_id="client-1", remove=True)
    assert visitor.http.get("/break").status_code == 200
    refused = press(visitor, **{"break": "account-disabled"})
    assert refused.status_code == 422
    assert "people of this tenant have addresses" in refused.text


def rearrange(visitor: Visitor, *ids: str, **form: str) -> int:
    fields = {"address": SUPPORT, "folder": "inbox", "id": list(ids), **form}
    return visitor.http.post("/mailbox", data=fields).status_code


def test_chosen_messages_are_moved_marked_and_deleted(visitor: Visitor) -> None:
    first, second = visitor.inject(make_mime()), visitor.inject(make_mime(message_id="<2@x>"))
    third = visitor.inject(make_mime(message_id="<3@x>"))
    assert rearrange(visitor, first, second, do="move", destination="archive") == 303
    assert rearrange(visitor, third, do="read") == 303
    listed = visitor.look("mailbox", address=SUPPORT)
    assert [(one["folder"], one["is_read"]) for one in listed] == [
        ("Archive", False), ("Archive", False), ("Inbox", True),
    ]  # fmt: skip
    assert rearrange(visitor, third, do="unread") == 303
    assert rearrange(visitor, third, do="delete") == 303
    last = visitor.look("mailbox", address=SUPPORT)[-1]
    assert (last["folder"], last["is_read"]) == ("Deleted Items", False)
    page = visitor.http.get("/mailbox", params={"address": SUPPORT, "folder": "deleteditems"})
    assert "Delete for good" in page.text
    assert rearrange(visitor, third, do="delete") == 303
    assert len(visitor.look("mailbox", address=SUPPORT)) == 2


def test_rearranging_what_is_gone_is_explained(visitor: Visitor) -> None:
    identity = visitor.inject(make_mime())
    assert rearrange(visitor, "none", do="delete") == 404
    assert rearrange(visitor, identity, do="move", destination="nowhere") == 404
    assert rearrange(visitor, identity, do="eat") == 404
    assert rearrange(visitor, identity, do="delete", address="x@y.example") == 404


def test_refusals_of_pages_carry_the_banner(visitor: Visitor) -> None:
    banner = "Nothing here reaches Microsoft"
    foreign = visitor.http.post("/break", headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, banner in foreign.text) == (403, True)
    wrong = visitor.http.post("/message")
    assert (wrong.status_code, banner in wrong.text) == (405, True)
