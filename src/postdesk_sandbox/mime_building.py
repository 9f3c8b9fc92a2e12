"""Building the octets of a draft anew when its body or its attachments change."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from postdesk_sandbox.mime import field_name, read_message, split_header_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postdesk_sandbox.mime import Part

# A part cannot be given the type of a container of parts.
_MEDIA_TYPE = re.compile(r"((?!message|multipart)[\w.+-]+)/([\w.+-]+)", re.ASCII)
_OF_THE_BODY = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")


def replace_body(mime: bytes, content: str, *, is_html: bool) -> bytes:
    """Return the octets with another body; headers and attachments stay."""
    text, html = ("", content) if is_html else (content, "")
    return _rebuild(mime, text=text, html=html, parts=read_message(mime).parts)


def replace_attachments(mime: bytes, parts: Sequence[Part]) -> bytes:
    """Return the octets with these attachments; headers and the text stay."""
    reading = read_message(mime)
    return _rebuild(mime, text=reading.text, html=reading.html, parts=parts)


def _rebuild(mime: bytes, *, text: str, html: str, parts: Sequence[Part]) -> bytes:
    body = _body(text, html)
    inline = [part for part in parts if part.is_inline and part.content_id and html]
    for part in inline:
        # Beside the text that shows them (RFC 2387).
        _add(body, part, is_related=True)
    for part in parts:
        if part not in inline:
            _add(body, part, is_related=False)
    fields, _ = split_header_block(mime)
    kept = [one for one in fields if field_name(one) not in _OF_THE_BODY]
    if kept and not kept[-1].endswith(b"\n"):
        kept[-1] += b"\r\n"
    return b"".join(kept) + body.as_bytes(policy=SMTP)


def _body(text: str, html: str) -> EmailMessage:
    body = EmailMessage(policy=SMTP)
    if text or not html:
        body.set_content(text)
    if html and text:
        body.add_alternative(html, subtype="html")
    elif html:
        body.set_content(html, subtype="html")
    return body


def _add(body: EmailMessage, part: Part, *, is_related: bool) -> None:
    name, content_id = _printable(part.name), _printable(part.content_id)
    cid = f"<{content_id}>" if content_id else None
    if part.content_type == "message/rfc822":
        body.add_attachment(message_from_bytes(part.content, policy=SMTP), filename=name, cid=cid)
        return
    found = _MEDIA_TYPE.fullmatch(part.content_type)
    main, sub = found.groups() if found else ("application", "octet-stream")
    add = body.add_related if is_related else body.add_attachment
    add(
        part.content,
        maintype=main,
        subtype=sub,
        filename=name,
        disposition="inline" if part.is_inline else "attachment",
        cid=cid,
    )


def _printable(text: str) -> str:
    """Leave out what would end a header line or cannot be encoded."""
    return "".join(one for one in text if one.isprintable())
