"""Graph: drafts changed, answers and forwards composed by Exchange."""

import base64
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from tests.sandbox.visitor import Graph, Visitor, make_mime

QUESTION = make_mime(
    sender="Clara <client@fabrikam.example>",
    to="support@contoso.test, Bo <bo@fabrikam.example>",
    extra="Cc: anna@contoso.test\r\nReferences: <0@x>\r\n",
)


def last_sent(visitor: Visitor) -> EmailMessage:
    return message_from_bytes(base64.b64decode(visitor.look("sent")[-1]["mime"]), policy=default)


def addresses(people: list[dict[str, Any]]) -> list[str]:
    return [one["emailAddress"]["address"] for one in people]


def recipient(address: str, name: str = "") -> dict[str, Any]:
    return {"emailAddress": {"name": name, "address": address}}


def test_draft_is_changed_property_by_property(visitor: Visitor, graph: Graph) -> None:
    draft = graph.post("/messages", json={"subject": "One", "bccRecipients": [recipient("x@y.z")]})
    path = f"/messages/{draft.json()['id']}"
    changes = {
        "subject": "Größe",
        "body": {"contentType": "html", "content": "<p>Two</p>"},
        "toRecipients": [recipient("client@fabrikam.example", "Jürgen")],
        "bccRecipients": [],
        "importance": "high",
        "categories": ["Ticket"],
    }
    changed = graph.call("PATCH", path, json=changes).json()
    assert (changed["subject"], changed["importance"]) == ("Größe", "high")
    assert changed["body"]["content"].strip() == "<p>Two</p>"
    assert changed["bccRecipients"] == []
    assert changed["internetMessageId"] == draft.json()["internetMessageId"]
    graph.post(f"{path}/send")
    mail = last_sent(visitor)
    assert (mail["Subject"], mail["To"]) == ("Größe", "Jürgen <client@fabrikam.example>")


def test_subject_of_received_mail_stays(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(QUESTION)}"
    answer = graph.call("PATCH", path, json={"subject": "Other", "isRead": True})
    assert answer.status_code == 400
    shown = graph.get(path).json()
    assert (shown["subject"], shown["isRead"]) == ("Printer on fire", False)


def test_draft_gets_other_octets(visitor: Visitor, graph: Graph) -> None:
    draft = graph.post_mime("/messages", make_mime(sender="support@contoso.test")).json()
    other = make_mime(subject="Other", sender="support@contoso.test", message_id="<2@contoso.test>")
    plain = {"Content-Type": "text/plain"}
    path = f"/messages/{draft['id']}/$value"
    put = graph.call("PUT", path, content=base64.b64encode(other), headers=plain)
    assert put.status_code == 200
    assert (put.json()["subject"], put.json()["internetMessageId"]) == ("Other", "<2@contoso.test>")
    assert put.json()["id"] == draft["id"]
    bad = graph.call("PUT", path, content=b"!", headers=plain)
    assert bad.json()["error"]["code"] == "ErrorMimeContentInvalidBase64String"
    foreign = make_mime(sender="anna@contoso.test")
    denied = graph.call("PUT", path, content=base64.b64encode(foreign), headers=plain)
    assert denied.json()["error"]["code"] == "ErrorSendAsDenied"


def test_reply_goes_to_the_sender_and_keeps_the_thread(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(QUESTION)}"
    assert graph.post(f"{path}/reply", json={"comment": "Pour <water>."}).status_code == 202
    mail = last_sent(visitor)
    assert mail["To"] == "Clara <client@fabrikam.example>"
    assert mail["Subject"] == "RE: Printer on fire"
    assert mail["In-Reply-To"] == "<1@fabrikam.example>"
    assert mail["References"].split() == ["<0@x>", "<1@fabrikam.example>"]
    body = mail.get_body()
    assert body is not None
    assert "Pour &lt;water&gt;." in body.get_content()
    assert "It burns." in body.get_content()
    assert graph.get("/mailFolders/sentitems").json()["totalItemCount"] == 1


def test_reply_to_all_leaves_oneself_out(visitor: Visitor, graph: Graph) -> None:
    draft = graph.post(f"/messages/{visitor.inject(QUESTION)}/createReplyAll")
    assert draft.status_code == 201
    assert draft.json()["isDraft"] is True
    assert addresses(draft.json()["toRecipients"]) == [
        "client@fabrikam.example",
        "bo@fabrikam.example",
    ]
    assert addresses(draft.json()["ccRecipients"]) == ["anna@contoso.test"]


def test_reply_prefers_reply_to_and_takes_what_was_posted(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(extra="Reply-To: list@fabrikam.example\r\n", subject="RE: Printer")
    path = f"/messages/{visitor.inject(mime)}"
    draft = graph.post(f"{path}/createReply").json()
    assert addresses(draft["toRecipients"]) == ["list@fabrikam.example"]
    assert draft["subject"] == "RE: Printer"
    message = {"toRecipients": [recipient("other@fabrikam.example")], "subject": "Mine"}
    graph.post(f"{path}/reply", json={"message": message, "comment": "Hi"})
    assert last_sent(visitor)["To"] == "other@fabrikam.example"
    assert last_sent(visitor)["Subject"] == "Mine"


def test_forward_takes_the_attachments_along(visitor: Visitor, graph: Graph) -> None:
    mime = (
        b"From: client@fabrikam.example\r\nSubject: Report\r\nMessage-ID: <r@x>\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee\r\n--b\r\n'
        b'Content-Type: application/pdf; name="a.pdf"\r\n'
        b"Content-Disposition: attachment\r\n\r\n%PDF\r\n--b--\r\n"
    )
    path = f"/messages/{visitor.inject(mime)}"
    body = {"comment": "FYI", "toRecipients": [recipient("anna@contoso.test")]}
    assert graph.post(f"{path}/forward", json=body).status_code == 202
    mail = last_sent(visitor)
    assert (mail["Subject"], mail["To"]) == ("FW: Report", "anna@contoso.test")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["a.pdf"]
    nobody = graph.post(f"{path}/forward", json={"comment": "FYI"})
    assert nobody.json()["error"]["code"] == "ErrorInvalidRecipients"


def test_reply_in_mime_is_addressed_and_threaded(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(QUESTION)}"
    mime = b"Subject: Re: Printer\r\nMessage-ID: <a@contoso.test>\r\n\r\nPour water.\r\n"
    assert graph.post_mime(f"{path}/reply", mime).status_code == 202
    mail = last_sent(visitor)
    assert mail["To"] == "client@fabrikam.example"
    assert mail["In-Reply-To"] == "<1@fabrikam.example>"
    assert mail["Message-ID"] == "<a@contoso.test>"


@pytest.mark.parametrize(
    "body",
    [
        {"comment": "x", "message": {"body": {"contentType": "text", "content": "y"}}},
        {"comment": 1},
        {"message": []},
        {"toRecipients": []},
        {"message": {"toRecipients": [{"address": "x"}]}},
    ],
)
def test_reply_that_contradicts_itself_is_400(
    visitor: Visitor, graph: Graph, body: dict[str, Any]
) -> None:
    path = f"/messages/{visitor.inject(QUESTION)}/reply"
    assert graph.post(path, json=body).status_code == 400
    assert visitor.look("sent") == []


def test_permanently_deleted_mail_is_in_no_folder(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(QUESTION)}"
    assert graph.post(f"{path}/permanentDelete").status_code == 204
    assert graph.get(path).status_code == 404
    assert graph.get("/mailFolders/deleteditems").json()["totalItemCount"] == 0


def test_mark_and_categories_of_a_new_draft_are_kept(graph: Graph) -> None:
    draft = graph.post("/messages", json={"isRead": False, "categories": ["Ticket"]}).json()
    assert (draft["isRead"], draft["categories"]) == (False, ["Ticket"])


def test_mail_above_the_mailboxs_limit_is_413(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(sender="support@contoso.test", to="client@fabrikam.example")
    draft = graph.post_mime("/messages", mime).json()["id"]
    mailbox = visitor.sandbox.state.world.mailbox("support@contoso.test")
    assert mailbox is not None
    message = mailbox.message(draft)
    assert message is not None
    mailbox.rewrite(message, mime + bytes(35 * 1024 * 1024), now=visitor.sandbox.state.clock.now())
    answer = graph.post(f"/messages/{draft}/send")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "ErrorMessageSizeExceeded")
    assert visitor.look("sent") == []
