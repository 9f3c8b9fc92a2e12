"""Outgoing mail as octets: CRLF, seven bits, lines of at most 998 octets, nothing injected.

The head is written here, because the standard library's writer turns long Message-IDs into encoded
words, which breaks threading, and loses the quotes around names with a comma. The bodies are its
work.
"""

import re
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal

from email_validator import EmailNotValidError, validate_email

from postdesk.message.charsets import clean_text
from postdesk.message.parsed import Address, Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

MOST_EXTRA_HEADERS = 5  # Graph takes no more X- headers than that with one mail
_SUPPRESS = "X-Auto-Response-Suppress"
_EXTRA_NAME = re.compile(r"[Xx]-[A-Za-z0-9-]{1,60}")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Za-z.:]{2,80}\]")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_FOLD_AT = 76
_LONGEST_LINE = 998
_NEW_LINE = re.compile(r"\r\n|\r|\n")


class CannotCompose(ValueError):
    """A value cannot stand in a header; the message names the header and says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to be written. ``date`` is aware; Message-IDs have angle brackets.

    ``automatic`` is RFC 3834's keyword when no person wrote the mail. ``extra`` holds X- headers,
    five at most. ``html`` is the same words as ``text``, or "".
    """

    from_: Address
    to: tuple[Address, ...]
    subject: str
    date: "datetime"
    message_id: str
    text: str
    html: str = ""
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: Literal["auto-replied", "auto-generated"] | None = None
    extra: "Mapping[str, str] | None" = None
    attachments: tuple[Attachment, ...] = ()


def compose_mail(letter: Letter) -> bytes:
    """Return ``letter`` as octets for SMTP, Graph or EWS.

    A mail of a program asks for no automatic answer at all; one of a person asks for no automatic
    replies but wants to hear when it was not delivered. Raises CannotCompose.
    """
    if not letter.to:
        raise CannotCompose("A mail needs somebody to go to. Name at least one recipient.")
    head = "".join(f"{name}: {value}\r\n" for name, value in _head(letter))
    return head.encode("ascii") + _write_content(letter)


def encode_address(email: str) -> str:
    """Return local@domain as it goes over the wire, an international domain as its A-label.

    Raises CannotCompose for what is no address, and for a local part beyond ASCII.
    """
    local, _, domain = email.strip().rpartition("@")
    if not domain.isascii():
        domain = _encode_domain(domain, email)
    if not _DOMAIN.fullmatch(domain) or not (_LOCAL.fullmatch(local) or _is_quoted(local)):
        raise CannotCompose(
            f"{email[:200]!r} is no address that mail can be sent to. Correct it and send again."
        )
    return f"{local}@{domain}"


def _head(letter: Letter) -> "list[tuple[str, str]]":
    headers = [
        ("From", _write_addresses([letter.from_], "From")),
        ("To", _write_addresses(letter.to, "To")),
        ("Cc", _write_addresses(letter.cc, "Cc")),
        ("Reply-To", _write_addresses([letter.reply_to] if letter.reply_to else [], "Reply-To")),
        ("Subject", _write_text(letter.subject, "Subject")),
        ("Date", format_datetime(letter.date)),
        ("Message-ID", _write_ids([letter.message_id], "Message-ID")),
        ("In-Reply-To", _write_ids([letter.in_reply_to], "In-Reply-To")),
        ("References", _write_ids(letter.references, "References")),
        ("Auto-Submitted", letter.automatic or ""),
        (_SUPPRESS, "All" if letter.automatic else "OOF, AutoReply"),
        *_write_extra(letter.extra or {}),
    ]
    return [(name, value) for name, value in headers if value]


def _write_extra(extra: "Mapping[str, str]") -> "list[tuple[str, str]]":
    if len(extra) > MOST_EXTRA_HEADERS:
        raise CannotCompose(f"A mail carries at most {MOST_EXTRA_HEADERS} X- headers of ours.")
    for name in extra:
        if not _EXTRA_NAME.fullmatch(name) or name.lower() == _SUPPRESS.lower():
            raise CannotCompose(f"{name[:80]!r} is no name for an extra header; use X-Something.")
    return [(name, _write_text(value, name)) for name, value in extra.items()]


def _refuse_unsafe(value: str, name: str) -> None:
    if _UNSAFE.search(value):
        raise CannotCompose(
            f"The header {name} must be one line without control characters. "
            "Remove the line breaks and send again."
        )


def _write_text(value: str, name: str) -> str:
    """Return an unstructured value, folded, as encoded words where it is not plain ASCII."""
    _refuse_unsafe(value, name)
    text = clean_text(value).replace("\t", " ").strip()
    is_plain = text.isascii() and "=?" not in text
    if is_plain and max(map(len, text.split(" ")), default=0) <= _LONGEST_LINE // 2:
        return _fold(text.split(" "), name)
    return Header(text, "utf-8", maxlinelen=_FOLD_AT, header_name=name).encode(linesep="\r\n")


def _fold(words: "Iterable[str]", name: str) -> str:
    """Join words with spaces and a new line where the next one would pass the width."""
    out, width = "", len(name) + 2
    for word in words:
        if out and width + 1 + len(word) > _FOLD_AT and word:
            out += "\r\n " + word
            width = 1 + len(word)
        else:
            out += (" " if out else "") + word
            width += len(word) + 1
    return out


def _write_ids(ids: "Iterable[str]", name: str) -> str:
    """Return Message-IDs, one a line where they do not fit, never encoded."""
    kept = [each.strip() for each in ids if each]
    for each in kept:
        if name == "Message-ID" and not _MESSAGE_ID.fullmatch(each):
            raise CannotCompose(f"{each[:80]!r} is no Message-ID; it needs the form <left@right>.")
        _refuse_unsafe(each, name)
    # An id of the other side that is no id cannot be repeated; threading loses one clue of many.
    return _fold([each for each in kept if _MESSAGE_ID.fullmatch(each)], name)


def _write_addresses(addresses: "Iterable[Address]", name: str) -> str:
    written = []
    for address in addresses:
        _refuse_unsafe(address.name, name)
        _refuse_unsafe(address.email, name)
        email = encode_address(address.email)
        phrase = _write_phrase(address.name)
        written.append(f"{phrase} <{email}>" if phrase else email)
    return ",\r\n ".join(written)


def _write_phrase(name: str) -> str:
    """Return a display name: as it is, quoted, or as encoded words."""
    name = clean_text(name).replace("\t", " ").strip()
    if not name.isascii() or "=?" in name or len(name) > _LONGEST_LINE // 4:
        return Header(name, "utf-8", maxlinelen=_FOLD_AT, header_name="From").encode(linesep="\r\n")
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encode_domain(domain: str, email: str) -> str:
    try:
        checked = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise CannotCompose(
            f"The domain of {email[:200]!r} is none: {error} Correct it and send again."
        ) from error
    return checked.ascii_domain


def _is_quoted(local: str) -> bool:
    return re.fullmatch(r'"[ !#-\[\]-~]{1,62}"', local) is not None


def _write_content(letter: Letter) -> bytes:
    """Return the MIME part of the mail, from its own headers on."""
    content = EmailMessage(policy=SMTP)
    text = _one_line_end(letter.text)
    content.set_content(text, cte=_choose_encoding(text))
    if letter.html:
        content.add_alternative(_one_line_end(letter.html), subtype="html", cte="quoted-printable")
    for attachment in letter.attachments:
        _attach(content, attachment)
    if not content["MIME-Version"]:
        content["MIME-Version"] = "1.0"
    return content.as_bytes()


def _one_line_end(text: str) -> str:
    return _NEW_LINE.sub("\n", clean_text(text)).rstrip("\n") + "\n"


def _choose_encoding(text: str) -> str:
    """Return 7bit for what survives every server as it is, else quoted-printable."""
    lines = text.split("\n")
    is_plain = text.isascii() and all(
        len(line) <= 78 and line == line.rstrip() and not line.startswith(("From ", "."))
        for line in lines
    )
    return "7bit" if is_plain else "quoted-printable"


def _attach(content: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.media_type.partition("/")
    if main in {"message", "multipart"} or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", f"{main}/{sub}"):
        main, sub = "application", "octet-stream"
    content.add_attachment(
        attachment.content,
        maintype=main,
        subtype=sub,
        cte="base64",
        disposition="attachment",
        filename=attachment.name,
    )
