"""Writing a mail as a client, new or in answer to one that came back."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from postdesk_sandbox.delivery import post_letter
from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.web import answer_page, redirect

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.datastructures import FileStorage
    from werkzeug.wrappers import Response

    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.web import Call

MAX_ATTACHMENT_BYTES = 20 * 1024 * 1024
_FIRST_CLIENT = "client@fabrikam.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands in the form."""

    sender: str
    name: str
    to: str
    cc: str
    subject: str
    body: str
    in_reply_to: str
    references: str


def show_form(call: Call) -> Response:
    """Show the form, filled in when a message is being answered."""
    return _show(call, _begin(call))


def send(call: Call) -> Response:
    """Compose the mail, bring it to everybody it names, and show the sender's mailbox."""
    letter = _read(call)
    file = call.request.files.get("attachment")
    try:
        mime = compose(letter, number=_next_number(call, letter), now=call.now, file=file)
    except (ValueError, LookupError, MessageError) as error:
        return _show(call, letter, error=f"This cannot be sent: {error}")
    sender = parseaddr(letter.sender)[1]
    reached = post_letter(call.world, mime, sender=sender, now=call.now)
    query = {"address": reached[0] if reached else sender}
    return redirect(f"/mailbox?{urlencode(query)}")


def compose(letter: Letter, *, number: int, now: datetime, file: FileStorage | None) -> bytes:
    """Build the octets. Raises ValueError when a field cannot stand in a header."""
    mail = EmailMessage(policy=SMTP)
    address = parseaddr(letter.sender)[1].lower()
    if "@" not in address or "@" not in letter.to:
        raise ValueError("sender and recipient must be e-mail addresses")
    mail["From"] = f'"{letter.name}" <{address}>' if letter.name else address
    mail["To"] = letter.to
    if letter.cc:
        mail["Cc"] = letter.cc
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(now)
    domain = address.partition("@")[2]
    mail["Message-ID"] = f"<{object_guid('client', address, number)}@{domain}>"
    if letter.in_reply_to:
        mail["In-Reply-To"] = letter.in_reply_to
        mail["References"] = f"{letter.references} {letter.in_reply_to}".strip()
    mail.set_content(letter.body)
    if file is not None and file.filename:
        main, _, sub = (file.mimetype or "application/octet-stream").partition("/")
        content = file.stream.read(MAX_ATTACHMENT_BYTES)
        mail.add_attachment(content, maintype=main, subtype=sub, filename=file.filename)
    return mail.as_bytes()


def _begin(call: Call) -> Letter:
    args = call.request.args
    address = args.get("address", "")
    mailbox = call.world.any_mailbox(address)
    answered = mailbox.message(args.get("answer", "")) if mailbox else None
    if answered is not None:
        return _answer_to(answered, sender=address)
    first = next((one for one in call.world.tenant.people.values() if one.mailbox), None)
    return Letter(
        sender=args.get("from", "") or _FIRST_CLIENT,
        name="",
        to=args.get("to", "") or (first.address if first else ""),
        cc="",
        subject="",
        body="",
        in_reply_to="",
        references="",
    )


def _answer_to(message: StoredMessage, *, sender: str) -> Letter:
    """Begin an answer as mail programs do: subject, references and the quoted past."""
    reading = message.reading
    back_to = (reading.reply_to or reading.sender)[:1]
    subject = (
        reading.subject if reading.subject.lower().startswith("re:") else f"Re: {reading.subject}"
    )
    quoted = "\n".join(f"> {line}".rstrip() for line in reading.text.splitlines())
    when = f"{message.received_at:%a, %d %b %Y at %H:%M}"
    writer = reading.sender[0].address if reading.sender else "somebody"
    return Letter(
        sender=sender,
        name="",
        to=back_to[0].address if back_to else "",
        cc="",
        subject=subject,
        body=f"\n\nOn {when}, {writer} wrote:\n{quoted}\n",
        in_reply_to=reading.message_id,
        references=reading.references or reading.in_reply_to,
    )


def _read(call: Call) -> Letter:
    form = call.request.form
    return Letter(
        sender=form.get("sender", "").strip(),
        name=form.get("name", "").strip().replace('"', ""),
        to=form.get("to", "").strip(),
        cc=form.get("cc", "").strip(),
        subject=form.get("subject", "").strip(),
        body=form.get("body", "").replace("\r\n", "\n"),
        in_reply_to=form.get("in_reply_to", "").strip(),
        references=form.get("references", "").strip(),
    )


def _next_number(call: Call, letter: Letter) -> int:
    address = parseaddr(letter.sender)[1].lower()
    mailbox = call.world.any_mailbox(address)
    return (mailbox.sequence if mailbox else 0) + 1


def _show(call: Call, letter: Letter, *, error: str = "") -> Response:
    return answer_page(
        "write.html",
        status=422 if error else 200,
        now=call.now,
        letter=letter,
        error=error,
        addresses=[one.address for one in call.world.tenant.people.values() if one.mailbox],
        clients=list(call.world.outside),
    )
