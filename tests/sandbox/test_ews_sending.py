"""CreateItem and SendItem: what is kept, what goes out, and who may send in whose name."""

import pytest

from tests.sandbox.ews_desk import (
    SUPPORT,
    Desk,
    Identity,
    distinguished,
    item_id,
    mime_content,
    set_field,
)
from tests.sandbox.visitor import Visitor, make_mime

OUT = make_mime(
    sender="Somebody <support@contoso.test>",
    to="clara@fabrikam.example",
    message_id="<out-1@contoso.test>",
    extra="X-Desk: 1\r\nAuto-Submitted: auto-replied\r\nBcc: dora@fabrikam.example\r\n",
)
TO = (
    "<t:ToRecipients><t:Mailbox><t:Name>Clärä</t:Name>"
    "<t:EmailAddress>clara@fabrikam.example</t:EmailAddress></t:Mailbox></t:ToRecipients>"
)
HELP = "help@contoso.test"


def sent(desk: Desk) -> list[dict[str, object]]:
    found: list[dict[str, object]] = desk.visitor.look("sent")
    return found


def send(desk: Desk, identity: Identity, *, save: str = "true", folder: str = "") -> list[str]:
    saved = f"<m:SavedItemFolderId>{folder}</m:SavedItemFolderId>" if folder else ""
    return desk.ask(
        f'<m:SendItem SaveItemToFolder="{save}"><m:ItemIds>{item_id(identity)}</m:ItemIds>{saved}'
        "</m:SendItem>"
    ).codes


def test_sent_copy_lies_in_sent_items_and_the_answer_has_no_id(desk: Desk) -> None:
    reply = desk.create(mime_content(OUT), disposition="SendAndSaveCopy").good()
    assert reply.ids == []
    (submission,) = sent(desk)
    assert submission["message_id"] == "<out-1@contoso.test>"
    assert submission["to"] == ["clara@fabrikam.example", "dora@fabrikam.example"]
    kept = desk.mime(desk.find("sentitems").good().id)
    assert b"X-Desk: 1\r\n" in kept
    assert b"Bcc: dora@fabrikam.example\r\n" in kept
    assert b"Auto-Submitted" not in kept
    assert b"From: Contoso Support <support@contoso.test>\r\n" in kept


def test_send_only_keeps_nothing(desk: Desk) -> None:
    desk.create(mime_content(OUT), disposition="SendOnly").good()
    assert len(sent(desk)) == 1
    assert desk.find("sentitems").good().ids == []


def test_saved_mime_keeps_its_octets_and_is_a_draft(desk: Desk) -> None:
    saved = desk.create(mime_content(OUT)).good().id
    assert desk.mime(saved) == OUT
    assert desk.value(saved, "item:IsDraft") == "true"
    assert desk.find("drafts").good().id == saved
    assert sent(desk) == []


def test_message_flags_at_creation_make_it_no_draft(desk: Desk) -> None:
    flags = '<t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/>'
    prop = f"<t:ExtendedProperty>{flags}<t:Value>0</t:Value></t:ExtendedProperty>"
    filed = desk.create(mime_content(OUT) + prop, target=distinguished("inbox")).good().id
    assert desk.value(filed, "item:IsDraft") == "false"
    assert desk.value(filed, "message:IsRead") == "false"
    again = desk.update(filed, set_field(flags, prop))
    assert again.codes == ["ErrorInvalidPropertySet"]


def test_message_made_of_properties_has_all_it_needs(desk: Desk) -> None:
    content = (
        '<t:Subject>Größe</t:Subject><t:Body BodyType="HTML">&lt;b&gt;ü&lt;/b&gt;</t:Body>'
        f"<t:Importance>High</t:Importance>{TO}"
    )
    desk.create(content, disposition="SendAndSaveCopy").good()
    kept = desk.find("sentitems").good().id
    assert desk.value(kept, "item:Subject") == "Größe"
    assert desk.value(kept, "item:Body").strip() == "<b>ü</b>"
    assert desk.value(kept, "item:Importance") == "High"
    assert desk.value(kept, "message:InternetMessageId").startswith("<")
    assert desk.value(kept, "item:DisplayTo") == "Clärä"


def test_header_line_cannot_be_smuggled_in(desk: Desk) -> None:
    content = f"<t:Subject>a&#13;&#10;Bcc: evil@x.test</t:Subject>{TO}"
    desk.create(content, disposition="SendOnly").good()
    assert sent(desk)[0]["to"] == ["clara@fabrikam.example"]


def test_each_item_of_a_batch_is_answered_apart(desk: Desk) -> None:
    nobody = make_mime(sender=SUPPORT, to="")
    foreign = make_mime(sender="boss@fabrikam.example", to="a@x.test")
    contents = [
        mime_content(OUT),
        mime_content(nobody),
        mime_content(foreign),
        "<t:MimeContent>*</t:MimeContent>",
        mime_content(b"no header"),
    ]
    reply = desk.create(*contents, disposition="SendOnly")
    assert reply.codes == [
        "NoError",
        "ErrorInvalidRecipients",
        "ErrorSendAsDenied",
        "ErrorMimeContentInvalidBase64String",
        "ErrorMimeContentInvalid",
    ]
    assert len(sent(desk)) == 1


def test_send_as_is_a_right_of_its_own(visitor: Visitor) -> None:
    visitor.control("users", address=HELP, full_access=["anna@contoso.test"], send_as=[])
    anna = Desk(visitor, "anna@contoso.test")
    mime = mime_content(make_mime(sender=HELP, to="a@x.test"))
    target = distinguished("sentitems", HELP)
    denied = anna.create(mime, disposition="SendAndSaveCopy", target=target)
    assert denied.codes == ["ErrorSendAsDenied"]
    visitor.control("users", address=HELP, send_as=["anna@contoso.test"])
    anna.create(mime, disposition="SendAndSaveCopy", target=target).good()
    assert len(anna.find(target).good().ids) == 1
    assert anna.find("sentitems").good().ids == []


def test_draft_is_sent_with_its_present_key_only(desk: Desk) -> None:
    draft = desk.create(f"<t:Subject>x</t:Subject>{TO}").good().id
    newer = desk.update(draft, set_field("item:Subject", "<t:Subject>y</t:Subject>")).good().id
    assert send(desk, draft) == ["ErrorStaleObject"]
    assert sent(desk) == []
    assert send(desk, newer) == ["NoError"]
    assert desk.find("drafts").good().ids == []
    assert desk.value(desk.find("sentitems").good().id, "item:Subject") == "y"


def test_draft_without_a_key_is_not_sent(desk: Desk) -> None:
    draft = desk.create(f"<t:Subject>x</t:Subject>{TO}").good().id
    reply = desk.ask(
        f'<m:SendItem SaveItemToFolder="true"><m:ItemIds>{item_id(draft, keyed=False)}</m:ItemIds>'
        "</m:SendItem>"
    )
    assert reply.codes == ["ErrorChangeKeyRequiredForWriteOperations"]


def test_folder_for_the_copy_needs_saving(desk: Desk) -> None:
    draft = desk.create(f"<t:Subject>x</t:Subject>{TO}").good().id
    reply = desk.ask(
        f'<m:SendItem SaveItemToFolder="false"><m:ItemIds>{item_id(draft)}</m:ItemIds>'
        f"<m:SavedItemFolderId>{distinguished('inbox')}</m:SavedItemFolderId></m:SendItem>"
    )
    assert reply.fault == "ErrorInvalidSendItemSaveSettings"
    assert send(desk, draft, save="false") == ["NoError"]
    assert desk.find("drafts").good().ids == []
    assert desk.find("sentitems").good().ids == []


def test_mail_inside_the_tenant_arrives(desk: Desk, visitor: Visitor) -> None:
    mime = make_mime(sender=SUPPORT, to="anna@contoso.test", message_id="<in@contoso.test>")
    desk.create(mime_content(mime), disposition="SendOnly").good()
    anna = Desk(visitor, "anna@contoso.test")
    arrived = anna.find().good().id
    assert anna.value(arrived, "message:InternetMessageId") == "<in@contoso.test>"
    assert anna.value(arrived, "message:IsRead") == "false"


def test_disposition_is_demanded(desk: Desk) -> None:
    reply = desk.ask(f"<m:CreateItem><m:Items><t:Message>{TO}</t:Message></m:Items></m:CreateItem>")
    assert reply.codes == ["ErrorMessageDispositionRequired"]


@pytest.mark.parametrize("kind", ["CalendarItem", "Contact", "Task", "AcceptItem"])
def test_other_kinds_of_items_are_refused_and_written_down(desk: Desk, kind: str) -> None:
    reply = desk.ask(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:{kind}/></m:Items></m:CreateItem>'
    )
    assert reply.codes == ["ErrorInvalidRequest"]
    assert desk.missed == [f"ews CreateItem: creating {kind}"]


def test_draft_is_changed_and_sent_in_one_step(desk: Desk) -> None:
    draft = desk.create(f"<t:Subject>x</t:Subject>{TO}").good().id
    subject = set_field("item:Subject", "<t:Subject>z</t:Subject>")
    reply = desk.update(draft, subject, disposition="SendAndSaveCopy").good()
    assert reply.ids == []
    assert desk.value(desk.find("sentitems").good().id, "item:Subject") == "z"
    assert desk.find("drafts").good().ids == []


def test_copy_of_a_draft_can_lie_in_another_mailbox(visitor: Visitor) -> None:
    anna = Desk(visitor, "anna@contoso.test")
    draft = anna.create(f"<t:Subject>x</t:Subject>{TO}").good().id
    target = distinguished("sentitems", HELP)
    assert send(anna, draft, folder=target) == ["NoError"]
    assert len(anna.find(target).good().ids) == 1
    assert anna.find("drafts").good().ids == []


def test_header_set_by_name_goes_out(desk: Desk) -> None:
    path = (
        '<t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders" PropertyName="{}"'
        ' PropertyType="String"/>'
    )
    prop = "<t:ExtendedProperty>{}<t:Value>T-1</t:Value></t:ExtendedProperty>"
    good = "<t:Subject>x</t:Subject>" + prop.format(path.format("X-Ticket")) + TO
    desk.create(good, disposition="SendAndSaveCopy").good()
    assert b"X-Ticket: T-1\r\n" in desk.mime(desk.find("sentitems").good().id)
    bad = "<t:Subject>x</t:Subject>" + prop.format(path.format("X&#13;&#10;Bcc")) + TO
    assert desk.create(bad).codes == ["ErrorInvalidExtendedProperty"]


def test_one_address_stays_one(desk: Desk) -> None:
    two = TO.replace("clara@fabrikam.example", "a@x.test,b@x.test")
    assert desk.create(f"<t:Subject>x</t:Subject>{two}").codes == ["ErrorInvalidSmtpAddress"]


def test_long_subject_is_folded_as_mail_demands(desk: Desk) -> None:
    saved = desk.create(f"<t:Subject>{'Größe ' * 30}</t:Subject>").good().id
    octets = desk.mime(saved)
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert desk.value(saved, "item:Subject") == ("Größe " * 30).strip()
