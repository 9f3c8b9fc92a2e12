"""A desk's day through exchangelib: steps that look at results."""

import threading
from email.message import EmailMessage
from functools import cache
from typing import Any

from exchangelib import Account, EWSDateTime, EWSTimeZone, FileAttachment, Folder, HTMLBody, Message
from exchangelib.errors import ErrorInvalidSyncStateData, ErrorIrresolvableConflict
from exchangelib.properties import AlternateId

from tests.conformance.steps import Steps
from tests.sandbox.visitor import Visitor, make_mime

PERSON = "support@contoso.test"
PLAIN = [
    make_mime(subject=f"mail {number}", message_id=f"<{number}@fabrikam.example>")
    for number in range(3)
]
ANSWER = (
    b"From: support@contoso.test\r\nTo: clara@fabrikam.example\r\nSubject: Re: mail 0\r\n"
    b"Message-ID: <answer@contoso.test>\r\nIn-Reply-To: <0@fabrikam.example>\r\n\r\nhi\r\n"
)


@cache
def with_file() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Clara <c@x.test>", PERSON, "with file"
    mail["Message-ID"] = "<file@fabrikam.example>"
    mail.set_content("see")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    return bytes(mail).replace(b"\n", b"\r\n")


class Day:
    """One account over a day, and a look behind the curtain."""

    def __init__(self, account: Account, visitor: Visitor, steps: Steps) -> None:
        self.account, self.visitor, self.steps = account, visitor, steps
        self.state = ""

    def sync(self, folder: Any, state: str | None) -> list[tuple[str, Any]]:
        """Return the changes since a state and keep the new one."""
        changes = list(folder.sync_items(sync_state=state, only_fields=["is_read", "subject"]))
        self.state = folder.item_sync_state
        return changes

    def subjects(self, found: Any) -> list[str]:
        return [one.subject for one in found]

    def walk(self) -> None:
        """Take all steps."""
        for mime in (*PLAIN, with_file()):
            self.visitor.inject(mime)
        self._arrive()
        self._search()
        self._sync()
        self._file()
        self._send()
        self._look_up()
        self._listen()
        self._clear_up()

    def _arrive(self) -> None:
        step, account = self.steps.step, self.account
        with step("version"):
            assert account.version.build.major_version == 15
        with step("inbox"):
            assert account.inbox.name == "Inbox"
        with step("counts"):
            assert (account.inbox.total_count, account.inbox.unread_count) == (4, 4)
        with step("list"):
            found = account.inbox.all().only("subject", "is_read", "message_id")
            listed = [(one.subject, one.message_id) for one in found.order_by("datetime_received")]
            assert listed[0] == ("mail 0", "<0@fabrikam.example>")
            assert [one[0] for one in listed] == ["mail 0", "mail 1", "mail 2", "with file"]
        with step("MIME"):
            found = account.inbox.all().only("message_id", "mime_content")
            octets = {one.message_id: one.mime_content for one in found}
            assert octets["<1@fabrikam.example>"] == PLAIN[1]
            assert octets["<file@fabrikam.example>"] == with_file()
        with step("everything about every item"):
            whole = {one.subject: one for one in account.inbox.all()}
            assert whole["with file"].sender.email_address == "c@x.test"
            assert whole["with file"].body.strip() == "see"
            assert whole["mail 0"].to_recipients[0].email_address == PERSON

    def _search(self) -> None:
        step, inbox = self.steps.step, self.account.inbox
        with step("search by Message-ID"):
            found = inbox.filter(message_id="<1@fabrikam.example>").only("subject")
            assert self.subjects(found) == ["mail 1"]
        with step("search by several"):
            found = inbox.filter(subject__icontains="MAIL", is_read=False).exclude(subject="mail 2")
            assert self.subjects(found.only("subject").order_by("subject")) == ["mail 0", "mail 1"]
        with step("search by date"):
            late = EWSDateTime(2037, 1, 1, tzinfo=EWSTimeZone("UTC"))
            assert self.subjects(inbox.filter(datetime_received__gt=late).only("subject")) == []
            assert inbox.filter(datetime_received__lt=late).count() == 4
        with step("attachment"):
            (mail,) = inbox.filter(subject="with file")
            assert [(one.name, one.content) for one in mail.attachments] == [("plan.pdf", b"%PDF")]

    def _sync(self) -> None:
        step, inbox = self.steps.step, self.account.inbox
        with step("first sync"):
            changes = self.sync(inbox, None)
            assert [kind for kind, _ in changes] == ["create"] * 4
        with step("sync of nothing new"):
            assert self.sync(inbox, self.state) == []
        with step("mark read"):
            (mail,) = inbox.filter(subject="mail 0").only("subject", "is_read", "changekey")
            stale = inbox.get(id=mail.id, changekey=mail.changekey)
            mail.is_read = True
            mail.save(update_fields=["is_read"])
            ((kind, (identity, is_read)),) = self.sync(inbox, self.state)
            assert (kind, identity.id, is_read) == ("read_flag_change", mail.id, True)
        with step("old change key"):
            mail.categories = ["Red"]
            mail.save(update_fields=["categories"])
            stale.subject = "too late"
            try:
                stale.save(update_fields=["subject"])
            except ErrorIrresolvableConflict:
                stale = None
            assert stale is None
        with step("damaged sync state"):
            refused = False
            try:
                self.sync(inbox, self.state[:-8])
            except ErrorInvalidSyncStateData:
                refused = True
            assert refused

    def _file(self) -> None:
        step, account = self.steps.step, self.account
        with step("create folder"):
            Folder(parent=account.msg_folder_root, name="Processed").save()
        with step("folder by name"):
            processed = account.inbox.parent / "Processed"
            assert processed.name == "Processed"
        with step("move"):
            self.sync(account.inbox, None)
            (mail,) = account.inbox.filter(subject="mail 0").only("subject", "changekey")
            old = mail.id
            mail.move(processed)
            assert mail.id != old
            ((kind, gone),) = self.sync(account.inbox, self.state)
            assert (kind, gone.id) == ("delete", old)
            assert processed.get(subject="mail 0").mime_content == PLAIN[0]
        with step("copy"):
            (mail,) = account.inbox.filter(subject="mail 1").only("subject", "changekey")
            mail.copy(processed)
            found = processed.all().only("subject").order_by("subject")
            assert self.subjects(found) == ["mail 0", "mail 1"]
        with step("to the bin"):
            mail.move_to_trash()
            assert self.subjects(account.trash.all().only("subject")) == ["mail 1"]

    def _send(self) -> None:
        step, account = self.steps.step, self.account
        with step("send MIME"):
            Message(account=account, folder=account.sent, mime_content=ANSWER).send_and_save()
            (kept,) = account.sent.all().only("message_id", "subject")
            assert (kept.subject, kept.message_id) == ("Re: mail 0", "<answer@contoso.test>")
        with step("send built"):
            mail = Message(account=account, subject="bült", body="x", to_recipients=["a@x.test"])
            mail.send(save_copy=False)
            assert self.visitor.look("sent")[-1]["to"] == ["a@x.test"]
            assert account.sent.filter(subject="bült").count() == 0
        with step("draft with a file, sent"):
            draft = Message(
                account=account,
                folder=account.drafts,
                subject="draft",
                body=HTMLBody("<b>ü</b>"),
                to_recipients=["b@x.test"],
            )
            draft.save()
            draft.attach(FileAttachment(name="a.txt", content=b"hello"))
            draft.subject = "draft, changed"
            draft.save()
            draft.send()
            (kept,) = account.sent.filter(subject="draft, changed")
            assert [(one.name, one.content) for one in kept.attachments] == [("a.txt", b"hello")]
            assert kept.body.strip() == "<b>ü</b>"
            assert account.drafts.all().count() == 0

    def _look_up(self) -> None:
        step, account = self.steps.step, self.account
        with step("folder tree"):
            names = {one.name for one in account.root.walk()}
            assert {"Inbox", "Sent Items", "Processed", "Calendar"} <= names
        with step("sync of folders"):
            changes = list(account.root.sync_hierarchy())
            assert ("create", "Processed") in [(kind, one.name) for kind, one in changes]
        with step("resolve a name"):
            ((mailbox, contact),) = account.protocol.resolve_names(
                ["anna"], return_full_contact_data=True
            )
            assert mailbox.email_address == "anna@contoso.test"
            assert contact.display_name == "Anna Berg"
        with step("ids in another form"):
            identity = AlternateId(id=account.inbox.id, format="EwsId", mailbox=PERSON)
            (there,) = account.protocol.convert_ids([identity], destination_format="HexEntryId")
            (back,) = account.protocol.convert_ids([there], destination_format="EwsId")
            assert back.id == account.inbox.id

    def _listen(self) -> None:
        step, inbox = self.steps.step, self.account.inbox
        with step("pull notifications"):
            key, watermark = inbox.subscribe_to_pull()
            self.visitor.inject(make_mime(subject="pulled"))
            told = [
                type(event).__name__
                for notification in inbox.get_events(key, watermark)
                for event in notification.events
            ]
            inbox.unsubscribe(key)
            assert told == ["CreatedEvent", "NewMailEvent"]
        with step("streamed notifications"):
            key = inbox.subscribe_to_streaming()
            later = threading.Timer(0.5, self.visitor.inject, [make_mime(subject="streamed")])
            later.start()
            events = [
                event
                for notification in inbox.get_streaming_events(
                    key, connection_timeout=1, max_notifications_returned=1
                )
                for event in notification.events
            ]
            later.join()
            inbox.unsubscribe(key)
            assert [type(one).__name__ for one in events] == ["CreatedEvent", "NewMailEvent"]
            streamed = inbox.get(id=events[1].item_id.id)
            assert streamed.subject == "streamed"

    def _clear_up(self) -> None:
        step, account = self.steps.step, self.account
        with step("delete folder"):
            processed = account.inbox.parent / "Processed"
            processed.delete()
            assert "Processed" not in {one.name for one in account.msg_folder_root.children}
        with step("empty the bin"):
            account.trash.all().delete()
            assert account.trash.all().count() == 0
