"""One mail after another, as a help desk gets them; replies refer to earlier ones."""

from datetime import UTC, datetime, timedelta
from random import Random

from bench.letters import (
    DESK,
    Letter,
    Writer,
    as_html,
    head,
    invent_subject,
    invent_text,
    invent_writers,
    quote,
)
from bench.mime import QUOTED_UTF8, TRAVELS, entity, file_part, multipart, text_part

FIRST_MOMENT = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
REMEMBERED = 400  # a reply answers one of the newest so many mails
ATTACHMENT_BYTES = 200_000


class MailMaker:
    """Makes the mail of a desk with about ``count`` messages; the same for the same ``seed``."""

    def __init__(self, *, count: int, seed: int) -> None:
        self._random = Random(seed)
        self._writers = invent_writers(self._random, max(40, count // 5))
        self._letters: list[Letter] = []
        self._at = FIRST_MOMENT

    def make(self, kind: str) -> bytes:
        """Return the next mail; ``kind`` is a key of ``corpus.MIX``."""
        self._at += timedelta(seconds=self._random.randint(5, 600))
        return {
            "new": self._new,
            "reply": self._reply,
            "picture": self._with_picture,
            "attachment": self._with_attachment,
            "auto_reply": self._auto_reply,
            "bounce": self._bounce,
        }[kind]()

    def _new(self) -> bytes:
        letter = self._fresh_letter()
        return entity(*self._as_text(self._head(letter), letter.text))

    def _reply(self) -> bytes:
        answered = self._random.choice(self._letters[-REMEMBERED:])
        who = answered.writer
        if answered.copied and self._random.random() < 0.4:
            who = answered.copied[0]  # was in Cc, so a desk may admit this colleague
        letter = Letter(
            message_id=self._message_id(who),
            subject=f"Re: {answered.subject.removeprefix('Re: ')}",
            writer=who,
            copied=(),
            text=invent_text(self._random, who) + quote(answered),
            references=(*answered.references, answered.message_id),
        )
        self._letters.append(letter)
        headers = [
            *self._head(letter),
            f"In-Reply-To: {answered.message_id}",
            "References: " + "\r\n ".join(letter.references),
        ]
        return entity(*self._as_text(headers, letter.text))

    def _with_picture(self) -> bytes:
        letter = self._fresh_letter()
        name = f"image001.png@{self._random.getrandbits(64):016X}"
        plain = entity(*text_part(letter.text, subtype="plain", travel=QUOTED_UTF8))
        html = as_html(letter.text, picture=name)
        rich = entity(*text_part(html, subtype="html", travel=QUOTED_UTF8))
        both = entity(*multipart("alternative", [plain, rich], boundary=self._boundary()))
        content = b"\x89PNG\r\n\x1a\n" + self._random.randbytes(self._random.randint(4000, 40000))
        picture = file_part(
            content,
            media_type="image/png",
            name="image001.png",
            disposition="inline",
            content_id=name,
        )
        headers, body = multipart("related", [both, picture], boundary=self._boundary())
        return entity([*self._head(letter), *headers], body)

    def _with_attachment(self) -> bytes:
        letter = self._fresh_letter()
        plain = entity(*text_part(letter.text, subtype="plain", travel=QUOTED_UTF8))
        scan = file_part(
            b"%PDF-1.7\n" + self._random.randbytes(ATTACHMENT_BYTES),
            media_type="application/pdf",
            name=f"scan-{self._random.randint(1, 9999)}.pdf",
            disposition="attachment",
        )
        headers, body = multipart("mixed", [plain, scan], boundary=self._boundary())
        return entity([*self._head(letter), *headers], body)

    def _auto_reply(self) -> bytes:
        who = self._random.choice(self._writers)
        acknowledgement = self._acknowledgement()
        headers = [
            *self._head_of(who, f"Automatic reply: {invent_subject(self._random)}", return_path=""),
            "Auto-Submitted: auto-replied",
            f"In-Reply-To: {acknowledgement}",
            f"References: {acknowledgement}",
        ]
        return entity(*self._as_text(headers, f"I am away until Friday.\n-- \n{who.name}\n"))

    def _bounce(self) -> bytes:
        reached = self._random.choice(self._writers)
        daemon = Writer(name="Mail Delivery System", address=f"mailer-daemon@{reached.domain}")
        sentence = f"<{reached.address}>: host mx.{reached.domain} said: 550 5.1.1 User unknown\n"
        report = (
            f"Reporting-MTA: dns; mx.{reached.domain}\r\n\r\nFinal-Recipient: rfc822; "
            f"{reached.address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        )
        original = (
            f"From: {DESK}\r\nTo: {reached.address}\r\nMessage-ID: {self._acknowledgement()}\r\n"
        )
        parts = [
            entity(*text_part(sentence, subtype="plain", travel=QUOTED_UTF8)),
            entity(["Content-Type: message/delivery-status"], report.encode()),
            entity(["Content-Type: text/rfc822-headers"], original.encode()),
        ]
        headers, body = multipart(
            "report", parts, boundary=self._boundary(), parameters="; report-type=delivery-status"
        )
        first = self._head_of(daemon, "Undelivered Mail Returned to Sender", return_path="")
        return entity([*first, "Auto-Submitted: auto-replied", *headers], body)

    def _fresh_letter(self) -> Letter:
        who = self._random.choice(self._writers)
        has_copy = self._random.random() < 0.15
        letter = Letter(
            message_id=self._message_id(who),
            subject=invent_subject(self._random),
            writer=who,
            copied=(self._random.choice(self._writers),) if has_copy else (),
            text=invent_text(self._random, who),
        )
        self._letters.append(letter)
        return letter

    def _head(self, letter: Letter) -> list[str]:
        return head(
            self._random,
            writer=letter.writer,
            subject=letter.subject,
            message_id=letter.message_id,
            at=self._at,
            copied=letter.copied,
        )

    def _head_of(self, who: Writer, subject: str, *, return_path: str) -> list[str]:
        return head(
            self._random,
            writer=who,
            subject=subject,
            message_id=self._message_id(who),
            at=self._at,
            return_path=return_path,
        )

    def _as_text(self, headers: list[str], text: str) -> tuple[list[str], bytes]:
        weights = [often for *_travel, often in TRAVELS]
        charset, encoding, _often = self._random.choices(TRAVELS, weights)[0]
        more, body = text_part(text, subtype="plain", travel=(charset, encoding))
        return [*headers, *more], body

    def _message_id(self, who: Writer) -> str:
        return f"<{self._random.getrandbits(128):032X}@mail.{who.domain}>"

    def _acknowledgement(self) -> str:
        """Return an id that this desk never sent, as after a move from another one."""
        return f"<ack.{self._random.getrandbits(64):016x}@desk.example>"

    def _boundary(self) -> str:
        return f"_part_{self._random.getrandbits(96):024x}_"
