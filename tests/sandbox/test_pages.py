"""The pages for people: look into mailboxes, write as a client, move the clock."""

import re
from typing import Any

import pytest

from tests.sandbox.visitor import Graph, Visitor, make_mime

SUPPORT = "support@contoso.test"


def write(visitor: Visitor, **changes: Any) -> Any:
    fields = {
        "sender": "client@fabrikam.example",
        "name": "Clara",
        "to": SUPPORT,
        "subject": "Printer",
        "body": "It burns.\r\nHelp!",
    }
    return visitor.http.post("/write", data=fields | changes, files={"attachment": ("", b"")})


@pytest.mark.parametrize(
    "path", ["/", "/write", "/break", "/clock", "/journal", "/mailbox?address=" + SUPPORT]
)
def test_every_page_answers_under_a_strict_policy(visitor: Visitor, path: str) -> None:
    page = visitor.http.get(path)
    assert page.status_code == 200
    assert "Nothing here reaches Microsoft" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "style=" not in page.text
    for name in re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text):
        assert visitor.http.get(name).status_code == 200


def test_files_outside_the_folder_are_not_served(visitor: Visitor) -> None:
    for name in ("../app.py", "%2e%2e/app.py", "nothing.css"):
        assert visitor.http.get(f"/static/{name}").status_code == 404


def test_client_writes_and_the_mail_arrives(visitor: Visitor, graph: Graph) -> None:
    assert write(visitor).status_code == 303
    mail = graph.get("/messages").json()["value"][0]
    assert mail["subject"] == "Printer"
    assert mail["from"]["emailAddress"] == {"name": "Clara", "address": "client@fabrikam.example"}
    assert mail["body"]["content"].splitlines() == ["It burns.", "Help!"]
    assert mail["internetMessageId"].endswith("@fabrikam.example>")


def test_attachment_of_the_client_arrives(visitor: Visitor, graph: Graph) -> None:
    visitor.http.post(
        "/write",
        data={"sender": "c@fabrikam.example", "to": SUPPORT, "subject": "x", "body": "y"},
        files={"attachment": ("a.txt", b"octets", "text/plain")},
    )
    identity = graph.get("/messages").json()["value"][0]["id"]
    listed = graph.get(f"/messages/{identity}/attachments").json()["value"]
    assert [(one["name"], one["size"]) for one in listed] == [("a.txt", 6)]


def test_client_sees_the_answer_and_replies_in_the_thread(visitor: Visitor, graph: Graph) -> None:
    graph.post_mime(
        "/sendMail",
        make_mime(
            sender=SUPPORT,
            to="client@fabrikam.example",
            subject="Re: Printer",
            message_id="<t.7@contoso.test>",
            extra="References: <1@fabrikam.example>\r\n",
            body="Pour water on it.",
        ),
    )
    inbox = visitor.http.get("/mailbox?address=client@fabrikam.example")
    found = re.search(r'href="(/message\?[^"]+)"', inbox.text)
    assert found
    page = visitor.http.get(found.group(1).replace("&amp;", "&"))
    assert "Pour water on it." in page.text
    found = re.search(r'href="(/write\?[^"]+)"', page.text)
    assert found
    form = visitor.http.get(found.group(1).replace("&amp;", "&")).text
    assert "&gt; Pour water on it." in form
    hidden = {
        name: re.search(rf'name="{name}" value="([^"]*)"', form)
        for name in ("in_reply_to", "references")
    }
    fields = {name: hit.group(1).replace("&lt;", "<").replace("&gt;", ">")
              for name, hit in hidden.items() if hit}  # fmt: skip
    assert fields == {"in_reply_to": "<t.7@contoso.test>", "references": "<1@fabrikam.example>"}
    write(visitor, subject="Re: Printer", **fields)
    raw = graph.get(f"/messages/{graph.get('/messages').json()['value'][0]['id']}/$value").text
    assert "In-Reply-To: <t.7@contoso.test>" in raw
    assert "References: <1@fabrikam.example> <t.7@contoso.test>" in raw


@pytest.mark.parametrize(
    "changes", [{"to": "nobody"}, {"sender": "x"}, {"subject": "a\r\nBcc: x@y.example"}]
)
def test_letter_that_cannot_be_sent_comes_back_with_the_reason(
    visitor: Visitor, changes: dict[str, str]
) -> None:
    answer = write(visitor, **changes)
    assert answer.status_code == 422
    assert "This cannot be sent" in answer.text
    assert visitor.look("mailbox", address=SUPPORT) == []


def test_hostile_mail_cannot_write_into_the_pages(visitor: Visitor) -> None:
    bad = "<script>alert(1)</script>"
    identity = visitor.inject(make_mime(subject=bad, body=bad, extra="Content-Type: text/html\r\n"))
    query = f"?address={SUPPORT}&id={identity}"
    for path in ("/mailbox", "/message", "/write"):
        assert bad not in visitor.http.get(path + query + f"&answer={identity}").text
    body = visitor.http.get("/message/html" + query)
    assert bad in body.text
    assert "default-src 'none'" in body.headers["Content-Security-Policy"]
    assert "sandbox" in body.headers["Content-Security-Policy"]
    assert (
        visitor.http.get("/message/source" + query).headers["Content-Type"].startswith("text/plain")
    )


def test_clock_page_moves_the_clock_and_back(visitor: Visitor) -> None:
    real = visitor.look("clock")["now"]
    assert visitor.http.post("/clock", data={"seconds": "7776000"}).status_code == 303
    assert visitor.look("clock")["now"] > real[:5] + "99"
    assert visitor.http.post("/clock", data={"moment": "2031-05-06T07:08"}).status_code == 303
    assert visitor.look("clock")["now"].startswith("2031-05-06T07:08")
    assert visitor.http.post("/clock", data={"moment": "never"}).status_code == 422
    visitor.http.post("/clock", data={"real": "1"})
    assert visitor.look("clock")["now"][:13] == real[:13]


def test_missing_mailbox_and_message_are_explained(visitor: Visitor) -> None:
    for path in ("/mailbox?address=x@y.example", f"/message?address={SUPPORT}&id=none"):
        answer = visitor.http.get(path)
        assert answer.status_code == 404
        assert "There is no such mailbox or message" in answer.text


def test_unknown_address_is_404_and_written_down(visitor: Visitor) -> None:
    assert visitor.http.get("/EWS/Services.wsdl").status_code == 404
    assert "GET /EWS/Services.wsdl" in visitor.http.get("/journal").text


def test_form_of_a_hidden_origin_is_refused_and_our_own_is_not(visitor: Visitor) -> None:
    assert visitor.http.get("/write").headers["Referrer-Policy"] == "same-origin"
    step = {"seconds": "60"}
    foreign = visitor.http.post("/clock", data=step, headers={"Origin": "null"})
    assert foreign.status_code == 403
    own = visitor.http.post("/clock", data=step, headers={"Origin": visitor.sandbox.url})
    assert own.status_code == 303
