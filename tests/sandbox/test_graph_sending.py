"""Graph: drafts and sending, with the header behaviour of Exchange Online."""

import base64
from email import message_from_bytes
from typing import Any

import pytest

from tests.sandbox.visitor import SHARED_SCOPES, Graph, Visitor, make_mime

ANSWER = make_mime(
    subject="Re: Printer on fire",
    sender="Desk <support@contoso.test>",
    to="client@fabrikam.example",
    message_id="<t.1.2.abc@contoso.test>",
    extra=(
        "In-Reply-To: <1@fabrikam.example>\r\nReferences: <0@x> <1@fabrikam.example>\r\n"
        "Auto-Submitted: auto-replied\r\nX-Postdesk-Ticket: 1\r\nBcc: hidden@fabrikam.example\r\n"
    ),
)


def sent_mail(visitor: Visitor) -> Any:
    listed = visitor.look("sent")
    assert len(listed) == 1
    return message_from_bytes(base64.b64decode(listed[0]["mime"]))


def test_mime_draft_keeps_its_message_id_and_is_sent(visitor: Visitor, graph: Graph) -> None:
    draft = graph.post_mime("/messages", ANSWER)
    assert draft.status_code == 201
    assert draft.json()["isDraft"] is True
    assert draft.json()["internetMessageId"] == "<t.1.2.abc@contoso.test>"
    path = f"/messages/{draft.json()['id']}"
    sent = graph.post(f"{path}/send")
    assert sent.status_code == 202
    assert sent.content == b""
    copy = graph.get(path).json()
    assert copy["isDraft"] is False
    assert copy["parentFolderId"] == graph.get("/mailFolders/sentitems").json()["id"]


def test_transport_keeps_threading_and_drops_auto_submitted(visitor: Visitor, graph: Graph) -> None:
    assert graph.post_mime("/sendMail", ANSWER).status_code == 202
    mail = sent_mail(visitor)
    assert mail["Message-ID"] == "<t.1.2.abc@contoso.test>"
    assert mail["In-Reply-To"] == "<1@fabrikam.example>"
    assert mail["References"] == "<0@x> <1@fabrikam.example>"
    assert mail["X-Postdesk-Ticket"] == "1"
    assert mail["Auto-Submitted"] is None
    assert mail["Bcc"] is None
    assert mail["From"] == "Contoso Support <support@contoso.test>"


def test_bcc_is_delivered_and_the_sent_copy_still_names_it(visitor: Visitor, graph: Graph) -> None:
    graph.post_mime("/sendMail", ANSWER)
    hidden = visitor.look("mailbox", address="hidden@fabrikam.example")
    assert [one["subject"] for one in hidden] == ["Re: Printer on fire"]
    query = {"$filter": "internetMessageId eq '<t.1.2.abc@contoso.test>'"}
    copy = graph.get("/mailFolders/sentitems/messages", params=query).json()["value"][0]
    assert copy["bccRecipients"][0]["emailAddress"]["address"] == "hidden@fabrikam.example"


def test_tenant_may_mint_message_ids(visitor: Visitor, graph: Graph) -> None:
    visitor.control("tenant", mint_message_id=True)
    draft = graph.post_mime("/messages", ANSWER).json()
    assert draft["internetMessageId"].endswith("PROD.OUTLOOK.COM>")
    graph.post(f"/messages/{draft['id']}/send")
    assert sent_mail(visitor)["Message-ID"] == draft["internetMessageId"]


def test_mail_to_a_colleague_arrives_in_the_inbox(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(sender="support@contoso.test", to="anna@contoso.test")
    graph.post_mime("/sendMail", mime)
    arrived = visitor.look("mailbox", address="anna@contoso.test")
    assert [(one["folder"], one["subject"]) for one in arrived] == [("Inbox", "Printer on fire")]


def test_json_mints_the_message_id_and_takes_custom_headers(visitor: Visitor, graph: Graph) -> None:
    message = {
        "subject": "Hello",
        "body": {"contentType": "html", "content": "<p>Hi</p>"},
        "toRecipients": [{"emailAddress": {"name": "C", "address": "client@fabrikam.example"}}],
        "internetMessageHeaders": [{"name": "X-Postdesk-Ticket", "value": "7"}],
    }
    answer = graph.post("/sendMail", json={"message": message, "saveToSentItems": False})
    assert answer.status_code == 202
    mail = sent_mail(visitor)
    assert mail["Message-ID"].endswith("PROD.OUTLOOK.COM>")
    assert mail["X-Postdesk-Ticket"] == "7"
    assert mail.get_content_type() == "text/html"
    assert graph.get("/mailFolders/sentitems").json()["totalItemCount"] == 0


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([{"name": "In-Reply-To", "value": "<1@x>"}], "InvalidInternetMessageHeader"),
        ([], "InvalidInternetMessageHeaderCollection"),
        ([{"name": f"X-{n}", "value": "1"} for n in range(6)],
         "InvalidInternetMessageHeaderCollection"),
    ],
)  # fmt: skip
def test_json_headers_have_rules(graph: Graph, headers: list[dict[str, str]], code: str) -> None:
    message = {"toRecipients": [], "internetMessageHeaders": headers}
    answer = graph.post("/messages", json=message)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_bad_base64_is_named(graph: Graph) -> None:
    answer = graph.post("/sendMail", content=b"!!!", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "ErrorMimeContentInvalidBase64String"


def test_mail_without_recipient_is_refused(visitor: Visitor, graph: Graph) -> None:
    answer = graph.post_mime("/sendMail", b"From: support@contoso.test\r\nSubject: x\r\n\r\nx")
    assert answer.json()["error"]["code"] == "ErrorInvalidRecipients"
    assert visitor.look("sent") == []


def test_foreign_from_is_send_as_denied(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(sender="anna@contoso.test", to="client@fabrikam.example")
    answer = graph.post_mime("/sendMail", mime)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "ErrorSendAsDenied"
    assert visitor.look("sent") == []


def test_sent_draft_cannot_be_sent_again(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{graph.post_mime('/messages', ANSWER).json()['id']}/send"
    assert graph.post(path).status_code == 202
    assert graph.post(path).status_code == 400
    assert len(visitor.look("sent")) == 1


def test_shared_mailbox_keeps_the_sent_copy(visitor: Visitor) -> None:
    token = visitor.tokens("anna@contoso.test", SHARED_SCOPES)["access_token"]
    shared = Graph(visitor, token, "help@contoso.test")
    mime = make_mime(sender="help@contoso.test", to="client@fabrikam.example")
    assert shared.post_mime("/sendMail", mime).status_code == 202
    assert shared.get("/mailFolders/sentitems").json()["totalItemCount"] == 1
    own = Graph(visitor, token, "anna@contoso.test")
    assert own.get("/mailFolders/sentitems").json()["totalItemCount"] == 0


def test_ordered_report_comes_back_into_the_sending_mailbox(visitor: Visitor, graph: Graph) -> None:
    visitor.control("faults", surface="ndr", recipient="client@fabrikam.example")
    assert graph.post_mime("/sendMail", ANSWER).status_code == 202
    report = graph.get("/mailFolders/inbox/messages").json()["value"][0]
    raw = message_from_bytes(graph.get(f"/messages/{report['id']}/$value").content)
    assert raw.get_content_type() == "multipart/report"
    kinds = [part.get_content_type() for part in raw.walk()]
    assert kinds[1:3] + kinds[-1:] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert "Final-Recipient: rfc822;client@fabrikam.example" in raw.as_string()
    assert "<t.1.2.abc@contoso.test>" in raw.as_string()
    graph.post_mime("/sendMail", ANSWER)
    assert graph.get("/mailFolders/inbox").json()["totalItemCount"] == 1


def test_unknown_address_of_the_own_domain_comes_back(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(sender="support@contoso.test", to="nobody@contoso.test, anna@contoso.test")
    assert graph.post_mime("/sendMail", mime).status_code == 202
    assert len(visitor.look("mailbox", address="anna@contoso.test")) == 1
    report = graph.get("/mailFolders/inbox/messages").json()["value"][0]
    raw = message_from_bytes(graph.get(f"/messages/{report['id']}/$value").content)
    assert "Status: 5.1.10" in raw.as_string()
    assert "Final-Recipient: rfc822;nobody@contoso.test" in raw.as_string()
    assert visitor.look("sent")[0]["outside"] == []


def test_report_may_take_its_time(visitor: Visitor, graph: Graph) -> None:
    visitor.control("tenant", ndr_delay_seconds=600)
    mime = make_mime(sender="support@contoso.test", to="nobody@contoso.test")
    graph.post_mime("/sendMail", mime)
    assert graph.get("/mailFolders/inbox").json()["totalItemCount"] == 0
    visitor.control("clock", advance_seconds=601)
    assert graph.get("/mailFolders/inbox").json()["totalItemCount"] == 1
