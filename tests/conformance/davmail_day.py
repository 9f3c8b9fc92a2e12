"""A desk's day through DavMail: 23 steps with imaplib and smtplib that look at results."""

import base64
import imaplib
import smtplib
import time
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import httpx

from postdesk_sandbox.server import Sandbox
from tests.conformance.davmail import Gateway
from tests.conformance.steps import Steps

PERSON = "support@contoso.test"
WAIT_SECONDS = 20
PLAIN = (
    b"From: Clara <clara@fabrikam.example>\r\nTo: support@contoso.test\r\nSubject: Printer\r\n"
    b"Message-ID: <plain@fabrikam.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nIt burns.\r\n"
)
WITH_FILE = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <juergen@fabrikam.example>\r\nTo: support@contoso.test\r\n"
    b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\nMessage-ID: <file@fabrikam.example>\r\n"
    b"Date: Mon, 23 Nov 2026 09:05:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; '
    b"charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n--b\r\n"
    b'Content-Type: application/pdf; name="plan.pdf"\r\nContent-Disposition: attachment; '
    b'filename="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n--b--\r\n'
)
OLD = PLAIN.replace(b"plain@", b"old@").replace(b"Printer", b"Spam")
APPENDED = PLAIN.replace(b"plain@", b"appended@").replace(b"Printer", b"Filed by hand")
LATE = PLAIN.replace(b"plain@", b"late@").replace(b"Printer", b"One more")
ANSWER = (
    b"From: support@contoso.test\r\nTo: clara@fabrikam.example\r\nSubject: Re: Printer\r\n"
    b"Message-ID: <answer@contoso.test>\r\nIn-Reply-To: <plain@fabrikam.example>\r\n"
    b"References: <plain@fabrikam.example>\r\nX-Desk: 1\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=us-ascii\r\n\r\nPour water.\r\n"
)


class Day:
    """One session of IMAP, one of SMTP, and a look behind the curtain."""

    def __init__(self, sandbox: Sandbox, gateway: Gateway, steps: Steps, password: str) -> None:
        self.sandbox, self.gateway, self.steps = sandbox, gateway, steps
        self.password = password
        self.control = httpx.Client(base_url=sandbox.url, trust_env=False, timeout=20)
        self.imap = imaplib.IMAP4("127.0.0.1", gateway.imap_port, timeout=60)

    def close(self) -> None:
        self.control.close()
        if self.imap.state != "LOGOUT":
            self.imap.shutdown()

    # Behind the curtain
    def inject(self, mime: bytes) -> None:
        body = {"mailbox": PERSON, "mime": base64.b64encode(mime).decode()}
        self.control.post("/_sandbox/inject", json=body).raise_for_status()

    def look(self, name: str, **query: str) -> Any:
        return self.control.get(f"/_sandbox/{name}", params=query).raise_for_status().json()

    def stored(self, folder: str) -> dict[str, Any]:
        """Return what lies in a folder, by Message-ID."""
        listed = self.look("mailbox", address=PERSON)
        return {one["message_id"]: one for one in listed if one["folder"] == folder}

    # In front
    def ask(self, *command: str) -> list[Any]:
        """Send a UID command and return its untagged data."""
        status, data = self.imap.uid(*command)
        assert status == "OK", data
        return data

    def search(self, *what: str) -> list[str]:
        found: str = self.ask("SEARCH", *what)[0].decode()
        return found.split()

    def uid_of(self, message_id: str) -> str:
        (uid,) = self.search("HEADER", "Message-ID", message_id)
        return uid

    def whole(self, uid: str) -> bytes:
        octets: bytes = self.ask("FETCH", uid, "(BODY.PEEK[])")[0][1]
        return octets

    def select(self, folder: str) -> int:
        status, data = self.imap.select(folder)
        assert status == "OK", data
        return int(data[0] or b"0")

    def walk(self) -> None:
        """Take all steps."""
        for mime in (PLAIN, WITH_FILE, OLD):
            self.inject(mime)
        self._arrive()
        self._read()
        self._mark_and_file()
        self._append_and_wait()
        self._send()
        with self.steps.step("LOGOUT"):
            assert self.imap.logout()[0] == "BYE"

    def _arrive(self) -> None:
        step = self.steps.step
        with step("LOGIN"):
            assert self.imap.login(PERSON, self.password)[0] == "OK"
        with step("CREATE"):
            assert self.imap.create("Processed")[0] == "OK"
        with step("LIST"):
            lines = b"\n".join(one for one in self.imap.list()[1] if isinstance(one, bytes))
            for name in (b"INBOX", b"Sent", b"Drafts", b"Trash", b"Processed"):
                assert b'"' + name + b'"' in lines
        with step("STATUS"):
            status, data = self.imap.status("INBOX", "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY)")
            assert status == "OK"
            assert b"MESSAGES 3" in (data[0] or b"")
            assert b"UNSEEN 3" in (data[0] or b"")
        with step("SELECT"):
            assert self.select("INBOX") == 3

    def _read(self) -> None:
        step = self.steps.step
        with step("SEARCH ALL"):
            uids = self.search("ALL")
            assert len(set(uids)) == 3
        with step("SEARCH UNSEEN"):
            assert self.search("UNSEEN") == uids
        with step("SEARCH HEADER"):
            plain = self.uid_of("<plain@fabrikam.example>")
            assert plain in uids
        with step("SEARCH SINCE"):
            today = datetime.now(UTC).strftime("%d-%b-%Y")
            assert self.search("SINCE", today) == uids
            assert self.search("SINCE", "01-Jan-2031") == []
        with step("FETCH FLAGS"):
            lines = self.ask("FETCH", "1:*", "(UID FLAGS RFC822.SIZE INTERNALDATE)")
            assert len(lines) == 3
            assert all(b"\\Seen" not in one for one in lines)
        with step("FETCH HEADER"):
            head = self.ask("FETCH", plain, "(BODY.PEEK[HEADER])")[0][1]
            assert message_from_bytes(head)["Message-ID"] == "<plain@fabrikam.example>"
        with step("FETCH BODY"):
            assert self.whole(plain) == PLAIN
        with step("FETCH PART"):
            with_file = self.uid_of("<file@fabrikam.example>")
            (part,) = [
                one
                for one in message_from_bytes(self.whole(with_file)).walk()
                if one.get_filename() == "plan.pdf"
            ]
            assert part.get_payload(decode=True) == b"%PDF-1.4"

    def _mark_and_file(self) -> None:
        step = self.steps.step
        plain = self.uid_of("<plain@fabrikam.example>")
        with_file = self.uid_of("<file@fabrikam.example>")
        old = self.uid_of("<old@fabrikam.example>")
        with step("STORE SEEN"):
            self.ask("STORE", plain, "+FLAGS", "(\\Seen)")
            assert self.stored("Inbox")["<plain@fabrikam.example>"]["is_read"] is True
            assert plain not in self.search("UNSEEN")
        with step("COPY"):
            self.ask("COPY", plain, "Processed")
            assert set(self.stored("Processed")) == {"<plain@fabrikam.example>"}
            assert "<plain@fabrikam.example>" in self.stored("Inbox")
        with step("MOVE"):
            self.ask("MOVE", with_file, "Processed")
            assert "<file@fabrikam.example>" in self.stored("Processed")
            assert "<file@fabrikam.example>" not in self.stored("Inbox")
        with step("EXPUNGE"):
            self.ask("STORE", old, "+FLAGS", "(\\Deleted)")
            assert self.imap.expunge()[0] == "OK"
            assert set(self.stored("Inbox")) == {"<plain@fabrikam.example>"}
            # DavMail expunges for good, not into the deleted items.
            assert "<old@fabrikam.example>" not in self.stored("Deleted Items")

    def _append_and_wait(self) -> None:
        step = self.steps.step
        with step("APPEND"):
            status, data = self.imap.append("Processed", "(\\Seen)", "", APPENDED)
            assert status == "OK", data
            assert self.stored("Processed")["<appended@fabrikam.example>"]["is_read"] is True
        with step("SELECT ANOTHER"):
            assert self.select("Processed") == 3
            assert b"It burns." in self.whole(self.uid_of("<appended@fabrikam.example>"))
        with step("NOOP"):
            assert self.select("INBOX") == 1
            self.inject(LATE)
            assert self._exists_within(2)
            assert self.whole(self.uid_of("<late@fabrikam.example>")) == LATE

    def _exists_within(self, number: int) -> bool:
        """Ask for news until so many messages are there."""
        ends = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends:
            assert self.imap.noop()[0] == "OK"
            if self.imap.untagged_responses.get("EXISTS", [b""])[-1] == str(number).encode():
                return True
            time.sleep(0.2)
        return False

    def _send(self) -> None:
        with (
            self.steps.step("SMTP"),
            smtplib.SMTP("127.0.0.1", self.gateway.smtp_port, timeout=60) as smtp,
        ):
            smtp.login(PERSON, self.password)
            assert smtp.sendmail(PERSON, ["clara@fabrikam.example"], ANSWER) == {}
        with self.steps.step("SENT"):
            (sent,) = self.look("sent")
            mail = message_from_bytes(base64.b64decode(sent["mime"]))
            assert (sent["from"], sent["to"]) == (PERSON, ["clara@fabrikam.example"])
            assert mail["In-Reply-To"] == "<plain@fabrikam.example>"
            assert mail["X-Desk"] == "1"
            assert mail.get_payload().strip() == "Pour water."
            assert set(self.stored("Sent Items")) == {"<answer@contoso.test>"}
