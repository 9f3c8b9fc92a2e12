"""What gateways and transport rules do to a mail on its way."""

from __future__ import annotations

from email.generator import BytesGenerator
from email.parser import BytesParser
from email.policy import compat32
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.mime import (
    change_headers,
    field_name,
    leaves_of,
    read_message,
    split_header_block,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from email.message import Message

# What the control call `tenant` may name under `gateway`.
NEW_MESSAGE_ID = "new_message_id"
STRIP_REFERENCES = "strip_references"
DISCLAIMER = "disclaimer"
EXTERNAL_SUBJECT = "external_subject"
MANGLINGS = (NEW_MESSAGE_ID, STRIP_REFERENCES, DISCLAIMER, EXTERNAL_SUBJECT)

PREFIX = "[EXTERNAL] "
WORDS = "This e-mail is confidential. If you are not the intended recipient, please delete it."
_POLICY = compat32.clone(linesep="\r\n", max_line_length=0)
# Changing a single octet of these would make them worthless, so gateways leave them alone.
_SEALED = ("multipart/signed", "multipart/encrypted", "application/pkcs7-mime")
_THREAD = ("references", "in-reply-to")


def mangle(mime: bytes, *, how: Collection[str], from_outside: bool) -> bytes:
    """Return the mail as it leaves the gateway.

    The prefix goes only before the subject of a mail from outside. The body of a signed or
    encrypted mail stays as it is.
    """
    if NEW_MESSAGE_ID in how:
        mime = _give_new_message_id(mime)
    if STRIP_REFERENCES in how:
        mime = change_headers(mime, drop=_THREAD.__contains__, add={})
    if EXTERNAL_SUBJECT in how and from_outside:
        mime = _mark_subject(mime)
    if DISCLAIMER in how:
        mime = _add_disclaimer(mime)
    return mime


def _give_new_message_id(mime: bytes) -> bytes:
    """Put another Message-ID in place of the mail's; the same mail always gets the same."""
    guid = object_guid("gateway", read_message(mime).message_id)
    new = {"Message-ID": f"<{guid}@gateway.contoso.test>"}
    return change_headers(mime, drop={"message-id"}.__contains__, add=new)


def _mark_subject(mime: bytes) -> bytes:
    fields, rest = split_header_block(mime)
    names = [field_name(one) for one in fields]
    if "subject" not in names:
        return change_headers(
            mime, drop=frozenset[str]().__contains__, add={"Subject": PREFIX.strip()}
        )
    place = names.index("subject")
    text = fields[place].partition(b":")[2].lstrip(b" \t")
    if not text.startswith(PREFIX.encode()):
        fields[place] = b"Subject: " + PREFIX.encode() + text
    return b"".join(fields) + rest


def _add_disclaimer(mime: bytes) -> bytes:
    """Put the words at the end of the first text and the first HTML part."""
    try:
        message = BytesParser(policy=_POLICY).parsebytes(mime)
        if message.get_content_type() in _SEALED or not _put_words(message):
            return mime
        written = BytesIO()
        BytesGenerator(written, mangle_from_=False, policy=_POLICY).flatten(message)
    except Exception:  # noqa: BLE001 -- hostile octets lead the library into errors of any kind
        return mime
    return _with_old_header(mime, written.getvalue())


def _with_old_header(mime: bytes, written: bytes) -> bytes:
    """Keep the header as it was, but for what says how the body is encoded."""
    fields, rest = split_header_block(written)
    is_new = ("content-type", "content-transfer-encoding", "mime-version").__contains__
    new = [one for one in fields if is_new(field_name(one))]
    old, _ = split_header_block(mime)
    return b"".join((*(one for one in old if not is_new(field_name(one))), *new)) + rest


def _put_words(message: Message) -> bool:
    """Say whether there was a part to put them into."""
    done = set()
    for leaf in leaves_of(message):
        kind = leaf.get_content_type()
        if leaf.get_content_disposition() == "attachment" or leaf.get_filename() or kind in done:
            continue
        if kind == "text/plain":
            _replace(leaf, f"{text_of(leaf).rstrip()}\r\n\r\n{WORDS}\r\n")
        elif kind == "text/html":
            _replace(leaf, _end_html(text_of(leaf)))
        else:
            continue
        done.add(kind)
    return bool(done)


def _replace(leaf: Message, text: str) -> None:
    del leaf["Content-Transfer-Encoding"]
    leaf.set_payload(text, "utf-8")


def _end_html(html: str) -> str:
    place = html.lower().rfind("</body")
    place = len(html) if place < 0 else place
    return f"{html[:place]}<p>{escape(WORDS)}</p>{html[place:]}"
