"""Attachments: read from what came, put on and taken off what is written."""

import base64
from email.message import EmailMessage

from tests.sandbox.ews_desk import Desk, Identity, Reply, shape
from tests.sandbox.visitor import make_mime

TO = "<t:ToRecipients><t:Mailbox><t:EmailAddress>a@x.test</t:EmailAddress></t:Mailbox></t:ToRecipients>"  # noqa: E501


def with_files() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@x.test", "support@contoso.test", "files"
    mail.set_content("see")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "inner@x.test", "inside"
    inner.set_content("deep")
    mail.add_attachment(inner)
    return mail.as_bytes()


def get(desk: Desk, identity: str, inside: str = "") -> Reply:
    return desk.ask(
        f'<m:GetAttachment>{inside}<m:AttachmentIds><t:AttachmentId Id="{identity}"/>'
        "</m:AttachmentIds></m:GetAttachment>"
    )


def attachments(desk: Desk, item: Identity) -> dict[str, str]:
    """Return the ids of an item's attachments by name."""
    reply = desk.get(item, shaped=shape("item:Attachments")).good()
    names, ids = reply.texts("t:Attachments/*/t:Name"), reply.all("t:AttachmentId")
    return {name: one.get("Id") for name, one in zip(names, ids, strict=True)}


def add(desk: Desk, item: Identity, *names: str) -> Reply:
    files = "".join(
        f"<t:FileAttachment><t:Name>{one}</t:Name><t:ContentType>text/plain</t:ContentType>"
        f"<t:Content>{base64.b64encode(one.encode()).decode()}</t:Content></t:FileAttachment>"
        for one in names
    )
    return desk.ask(
        f'<m:CreateAttachment><m:ParentItemId Id="{item.id}" ChangeKey="{item.key}"/>'
        f"<m:Attachments>{files}</m:Attachments></m:CreateAttachment>"
    )


def draft(desk: Desk) -> Identity:
    return (
        desk.create(f'<t:Subject>x</t:Subject><t:Body BodyType="Text">text</t:Body>{TO}').good().id
    )


def test_file_comes_with_its_octets(desk: Desk) -> None:
    desk.visitor.inject(with_files())
    item = desk.find().good().id
    assert desk.value(item, "item:HasAttachments") == "true"
    reply = get(desk, attachments(desk, item)["plan.pdf"]).good()
    assert base64.b64decode(reply.text("t:Content")) == b"%PDF"
    assert reply.text("t:ContentType") == "application/pdf"


def test_enclosed_message_comes_as_an_item(desk: Desk) -> None:
    desk.visitor.inject(with_files())
    ids = attachments(desk, desk.find().good().id)
    (identity,) = (value for name, value in ids.items() if name != "plan.pdf")
    inside = (
        "<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>"
    )
    reply = get(desk, identity, inside).good()
    assert reply.text("t:ItemAttachment/t:Message/t:Subject") == "inside"
    mime = base64.b64decode(reply.text("t:ItemAttachment/t:Message/t:MimeContent"))
    assert b"Subject: inside" in mime


def test_attachment_ids_that_are_none(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    item = desk.find().good().id
    assert get(desk, item.id).codes == ["ErrorInvalidAttachmentId"]
    assert get(desk, "?").codes == ["ErrorInvalidIdMalformed"]


def test_file_put_on_a_draft_goes_out_with_it(desk: Desk) -> None:
    written = draft(desk)
    reply = add(desk, written, "a.txt", "b.txt").good()
    roots = [one.get("RootItemChangeKey") for one in reply.all("t:AttachmentId")]
    current = Identity(written.id, roots[-1])
    assert attachments(desk, current).keys() == {"a.txt", "b.txt"}
    assert desk.value(current, "item:Body").strip() == "text"
    desk.ask(
        f'<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId Id="{current.id}" '
        f'ChangeKey="{current.key}"/></m:ItemIds></m:SendItem>'
    ).good()
    (submission,) = desk.visitor.look("sent")
    assert b'filename="a.txt"' in base64.b64decode(submission["mime"])


def test_file_needs_the_present_key(desk: Desk) -> None:
    written = draft(desk)
    add(desk, written, "a.txt").good()
    assert add(desk, written, "b.txt").codes == ["ErrorIrresolvableConflict"]


def test_file_is_taken_off_again(desk: Desk) -> None:
    written = draft(desk)
    add(desk, written, "a.txt", "b.txt").good()
    identity = attachments(desk, written)["a.txt"]
    reply = desk.ask(
        f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{identity}"/>'
        "</m:AttachmentIds></m:DeleteAttachment>"
    ).good()
    root = reply.all("m:RootItemId")[0]
    assert root.get("RootItemId") == written.id
    assert root.get("RootItemChangeKey") == desk.get(written).id.key
    assert attachments(desk, written).keys() == {"b.txt"}


def test_nothing_can_be_put_on_what_has_arrived(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    reply = add(desk, desk.find().good().id, "a.txt")
    assert reply.codes == ["ErrorInvalidPropertyUpdateSentMessage"]
