"""Messages by Exchange Web Services: read, moved, copied, deleted; the same that Graph sees."""

from tests.sandbox.ews_desk import Desk, Identity, distinguished, item_id, shape
from tests.sandbox.visitor import Graph, Visitor, make_mime

MIME = make_mime(subject="Grüße", extra="X-Odd: 1\r\n", body="line one\r\n.\r\nline two")
NOBODY = Identity("AAMkADEx" + "A" * 43 + "=")


def injected(desk: Desk, mime: bytes = MIME) -> Identity:
    desk.visitor.inject(mime)
    return desk.find().good().ids[0]


def test_octets_come_out_as_they_went_in(desk: Desk) -> None:
    assert desk.mime(injected(desk)) == MIME


def test_graph_and_ews_name_the_same_message_alike(desk: Desk, graph: Graph) -> None:
    found = injected(desk)
    ordinary = found.id.replace("+", "-").replace("/", "_").rstrip("=")
    answer = graph.get(f"/messages/{ordinary}", headers={"Prefer": ""})
    assert answer.json()["id"] == ordinary
    assert answer.json()["subject"] == desk.value(found, "item:Subject")


def test_immutable_id_of_graph_is_no_id_of_ews(desk: Desk, visitor: Visitor) -> None:
    immutable = visitor.inject(MIME).replace("-", "+").replace("_", "/") + "="
    assert desk.get(Identity(immutable)).codes == ["ErrorItemNotFound"]


def test_batch_answers_for_each_item_apart(desk: Desk) -> None:
    found = injected(desk)
    folder = desk.create_folder("Elsewhere").split('"')[1]
    reply = desk.get(found, NOBODY, Identity("AAMk1="), Identity(folder), found)
    assert reply.status == 200
    assert reply.codes == [
        "NoError",
        "ErrorItemNotFound",
        "ErrorInvalidIdMalformed",
        "ErrorCannotUseFolderIdForItemId",
        "NoError",
    ]


def test_read_flag_set_by_graph_is_seen_here(desk: Desk, graph: Graph) -> None:
    found = injected(desk)
    identity = graph.get("/messages").json()["value"][0]["id"]
    assert desk.value(found, "message:IsRead") == "false"
    assert graph.call("PATCH", f"/messages/{identity}", json={"isRead": True}).status_code == 200
    assert desk.value(found, "message:IsRead") == "true"


def test_move_gives_a_new_id_and_ends_the_old_one(desk: Desk) -> None:
    found = injected(desk)
    moved = desk.move(found, desk.create_folder("Processed")).good().id
    assert moved.id != found.id
    assert desk.get(found).codes == ["ErrorItemNotFound"]
    assert desk.mime(moved) == MIME
    assert desk.find().good().ids == []


def test_move_without_new_ids_tells_none(desk: Desk) -> None:
    found = injected(desk)
    target = distinguished("junkemail")
    reply = desk.ask(
        f"<m:MoveItem><m:ToFolderId>{target}</m:ToFolderId><m:ItemIds>{item_id(found)}"
        "</m:ItemIds><m:ReturnNewItemIds>false</m:ReturnNewItemIds></m:MoveItem>"
    ).good()
    assert reply.ids == []
    assert len(desk.find("junkemail").good().ids) == 1


def test_copy_leaves_the_original(desk: Desk) -> None:
    found = injected(desk)
    copied = desk.move(found, distinguished("junkemail"), operation="CopyItem").good().id
    assert copied.id != found.id
    assert desk.mime(found) == desk.mime(copied) == MIME


def test_move_into_another_mailbox_tells_no_id(desk: Desk, visitor: Visitor) -> None:
    anna = Desk(visitor, "anna@contoso.test")
    visitor.inject(MIME, mailbox="anna@contoso.test")
    found = anna.find().good().id
    reply = anna.move(found, distinguished("inbox", "help@contoso.test")).good()
    assert reply.ids == []
    shared = anna.find(distinguished("inbox", "help@contoso.test")).good()
    assert anna.mime(shared.id) == MIME
    assert anna.find().good().ids == []


def test_deleting_to_the_bin_moves_and_hard_deletion_removes(desk: Desk) -> None:
    desk.delete(injected(desk), "MoveToDeletedItems").good()
    binned = desk.find("deleteditems").good().id
    desk.delete(binned, "HardDelete").good()
    assert desk.get(binned).codes == ["ErrorItemNotFound"]
    assert desk.delete(binned).codes == ["ErrorItemNotFound"]


def test_change_key_that_is_none_is_refused(desk: Desk) -> None:
    found = injected(desk)
    assert desk.delete(Identity(found.id, "!!")).codes == ["ErrorInvalidChangeKey"]
    assert desk.get(found).codes == ["NoError"]


def test_strangers_messages_are_denied(desk: Desk, visitor: Visitor) -> None:
    visitor.inject(MIME, mailbox="anna@contoso.test")
    theirs = Desk(visitor, "anna@contoso.test").find().good().id
    assert desk.get(theirs).codes == ["ErrorAccessDenied"]
    assert desk.delete(theirs).codes == ["ErrorAccessDenied"]


def test_all_properties_show_what_the_message_says(desk: Desk) -> None:
    mime = make_mime(
        subject="Re: Printer",
        sender="Clara <clara@fabrikam.example>",
        extra=(
            "Cc: Dora <dora@fabrikam.example>\r\nImportance: high\r\nIn-Reply-To: <0@x>\r\n"
            "References: <00@x> <0@x>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
        ),
    )
    reply = desk.get(injected(desk, mime), shaped=shape(base="AllProperties")).good()
    assert reply.text("t:Subject") == "Re: Printer"
    assert reply.text("t:ConversationTopic") == "Printer"
    assert reply.text("t:Importance") == "High"
    assert reply.text("t:InReplyTo") == "<0@x>"
    assert reply.text("t:References") == "<00@x> <0@x>"
    assert reply.text("t:DateTimeSent") == "2026-11-23T09:00:00Z"
    assert reply.text("t:ItemClass") == "IPM.Note"
    assert reply.texts("t:From/t:Mailbox/t:EmailAddress") == ["clara@fabrikam.example"]
    assert reply.texts("t:CcRecipients/t:Mailbox/t:Name") == ["Dora"]
    assert reply.all("t:InternetMessageHeader[@HeaderName='Importance']")[0].text == "high"
    assert reply.text("t:Body").strip() == "It burns."


def test_body_comes_in_the_form_asked_for(desk: Desk) -> None:
    html = b"From: a@x.test\r\nSubject: s\r\nContent-Type: text/html\r\n\r\n<p>1 &lt; 2</p>\r\n"
    found = injected(desk, html)
    for form, expected in (
        ("HTML", "<p>1 &lt; 2</p>"),
        ("Text", "1 < 2"),
        ("Best", "<p>1 &lt; 2</p>"),
    ):
        wanted = shape("item:Body", before=f"<t:BodyType>{form}</t:BodyType>")
        reply = desk.get(found, shaped=wanted).good()
        assert reply.text("t:Body").strip() == expected
        assert reply.all("t:Body")[0].get("BodyType") == ("Text" if form == "Text" else "HTML")


def test_report_and_receipt_have_their_classes(desk: Desk) -> None:
    kinds = {
        "delivery-status": "REPORT.IPM.Note.NDR",
        "disposition-notification": "REPORT.IPM.Note.IPNRN",
    }
    for kind, expected in kinds.items():
        mime = make_mime(
            extra=f"Content-Type: multipart/report; report-type={kind}; boundary=b\r\n"
        )
        assert desk.value(injected(desk, mime), "item:ItemClass") == expected


def test_single_headers_can_be_asked_for(desk: Desk) -> None:
    more = '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="x-odd"/>'
    reply = desk.get(injected(desk), shaped=shape(more=more)).good()
    assert [one.text for one in reply.all("t:InternetMessageHeader")] == ["1"]


def test_hostile_octets_are_shown_without_breaking_the_xml(desk: Desk) -> None:
    head = b"From: \xff\x00 <a\x01@x>\r\nSubject: \x0b\xed\xa0\x80\r\nMessage-ID: <\x1f>\r\n"
    mime = head + b"\r\n\x00\xff"
    found = injected(desk, mime)
    desk.get(found, shaped=shape(base="AllProperties")).good()
    assert desk.mime(found) == mime
