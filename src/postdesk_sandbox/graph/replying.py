"""Reply, reply to all and forward: at once, or as a draft."""

from __future__ import annotations

import html
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from postdesk_sandbox.graph.composing import compose_json, is_mime, mime_from_request
from postdesk_sandbox.graph.errors import bad_request, not_implemented
from postdesk_sandbox.graph.reading import text_of
from postdesk_sandbox.graph.sending import keep_draft, send_now
from postdesk_sandbox.mime import change_headers, read_message
from postdesk_sandbox.mime_building import replace_attachments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.mime import Mailer

_REPLY, _REPLY_ALL, _FORWARD = "reply", "replyAll", "forward"


def reply(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/reply`."""
    return _send(operation, message, _REPLY)


def reply_all(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/replyAll`."""
    return _send(operation, message, _REPLY_ALL)


def forward(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/forward`."""
    return _send(operation, message, _FORWARD)


def create_reply(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/createReply` with 201 and the draft."""
    return _draft(operation, message, _REPLY)


def create_reply_all(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/createReplyAll` with 201 and the draft."""
    return _draft(operation, message, _REPLY_ALL)


def create_forward(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/createForward` with 201 and the draft."""
    return _draft(operation, message, _FORWARD)


def _send(operation: Operation, message: str, kind: str) -> Response:
    operation.place.require_sending()
    return send_now(operation, _compose(operation, operation.find_message(message), kind))


def _draft(operation: Operation, message: str, kind: str) -> Response:
    operation.place.require_writing()
    return keep_draft(operation, _compose(operation, operation.find_message(message), kind))


def _compose(operation: Operation, original: StoredMessage, kind: str) -> bytes:
    """Return the octets of the answer, threaded to the original message."""
    if is_mime(operation):
        mime = _address_mime(mime_from_request(operation), original, operation, kind)
    else:
        mime = compose_json(operation, _read_answer(operation, original, kind))
    if kind == _FORWARD and original.reading.parts:
        mime = replace_attachments(mime, [*read_message(mime).parts, *original.reading.parts])
    return _thread(mime, original)


def _read_answer(operation: Operation, original: StoredMessage, kind: str) -> dict[str, Any]:
    """Return the JSON of the answer: what follows from the original, then what was posted."""
    body = operation.read_body() if operation.call.request.get_data() else {}
    posted = {name.lower(): value for name, value in body.items()}
    known = {"comment", "message"} | ({"torecipients"} if kind == _FORWARD else set())
    if unknown := set(posted) - known:
        raise not_implemented(operation.call, f"{kind} properties {sorted(unknown)}")
    message = {} if posted.get("message") is None else posted["message"]
    if not isinstance(message, dict):
        raise bad_request("message must be an object.", code="ErrorInvalidRequest")
    comment = text_of({"comment": posted.get("comment") or ""}, "comment")
    if comment and message.get("body"):
        raise bad_request(
            "Give either a comment or the body of the message.", code="ErrorInvalidRequest"
        )
    if message.get("toRecipients") and posted.get("torecipients"):
        raise bad_request(
            "Give toRecipients once: of the call or of the message.", code="ErrorInvalidRequest"
        )
    answer: dict[str, Any] = {
        "subject": _subject(original, kind),
        "body": _quote(original, comment),
    }
    answer |= _addressed(operation, original, kind)
    if posted.get("torecipients"):
        answer["toRecipients"] = posted["torecipients"]
    return answer | message


def _addressed(operation: Operation, original: StoredMessage, kind: str) -> dict[str, Any]:
    to, cc = _recipients(operation, original, kind)
    return {"toRecipients": _shape(to), "ccRecipients": _shape(cc)}


def _recipients(
    operation: Operation, original: StoredMessage, kind: str
) -> tuple[list[Mailer], list[Mailer]]:
    """Reply-To goes before From (RFC 5322 section 3.6.2); nobody writes to themselves."""
    if kind == _FORWARD:
        return [], []
    reading, owner = original.reading, operation.place.owner
    to = list(reading.reply_to or reading.sender)
    if kind == _REPLY:
        return to, []
    own = {owner.address, *owner.aliases}
    to = _without(own, [*to, *reading.to])
    return to, _without(own | {one.address.lower() for one in to}, reading.cc)


def _without(addresses: set[str], people: Iterable[Mailer]) -> list[Mailer]:
    kept = {one.address.lower(): one for one in people if one.address.lower() not in addresses}
    return list(kept.values())


def _shape(people: list[Mailer]) -> list[dict[str, object]]:
    return [{"emailAddress": {"name": one.name, "address": one.address}} for one in people]


def _subject(original: StoredMessage, kind: str) -> str:
    mark = "FW: " if kind == _FORWARD else "RE: "
    subject = original.reading.subject
    return subject if subject.lower().startswith(mark.lower()) else mark + subject


def _quote(original: StoredMessage, comment: str) -> dict[str, str]:
    reading = original.reading
    head = {
        "From": ", ".join(one.address for one in reading.sender),
        "Sent": format_datetime(reading.sent_at or original.received_at),
        "To": ", ".join(one.address for one in reading.to),
        "Subject": reading.subject,
    }
    past = reading.html or f"<pre>{html.escape(reading.text)}</pre>"
    lines = "".join(f"<b>{name}:</b> {html.escape(value)}<br>" for name, value in head.items())
    content = f"<html><body>{html.escape(comment)}<hr><div>{lines}</div><br>{past}</body></html>"
    return {"contentType": "html", "content": content}


def _address_mime(mime: bytes, original: StoredMessage, operation: Operation, kind: str) -> bytes:
    """Give posted MIME the recipients of the original where it names none itself."""
    if read_message(mime).recipients or kind == _FORWARD:
        return mime
    to, cc = _recipients(operation, original, kind)
    named = {"To": ", ".join(one.address for one in to), "Cc": ", ".join(o.address for o in cc)}
    return change_headers(mime, drop=set().__contains__, add={k: v for k, v in named.items() if v})


def _thread(mime: bytes, original: StoredMessage) -> bytes:
    """Set In-Reply-To and References (RFC 5322 section 3.6.4), as Exchange does itself."""
    reading = original.reading
    past = (reading.references or reading.in_reply_to).split()
    named = [one for one in (*past, reading.message_id) if one]
    if not named:
        return mime
    add = {"In-Reply-To": reading.message_id or named[-1], "References": "\r\n ".join(named)}
    return change_headers(mime, drop={"in-reply-to", "references"}.__contains__, add=add)
