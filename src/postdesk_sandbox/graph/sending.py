"""Drafts, sending a draft, and sending at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.delivery import Parcel, submit
from postdesk_sandbox.graph.composing import (
    compose_json,
    is_mime,
    keep_as_sent_from,
    mime_from_request,
    require_recipients,
)
from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.fields import read_marks

if TYPE_CHECKING:
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage
    from postdesk_sandbox.tenant import Person

MAX_SEND_BYTES = 35 * 1024 * 1024


def create_draft(operation: Operation) -> Response:
    """Answer `POST messages` with 201 and the draft, its Message-ID settled."""
    operation.place.require_writing()
    if is_mime(operation):
        return keep_draft(operation, mime_from_request(operation))
    body = operation.read_body()
    is_read, categories = read_marks(body, is_read=True, categories=())
    return keep_draft(
        operation, compose_json(operation, body), is_read=is_read, categories=categories
    )


def keep_draft(
    operation: Operation, mime: bytes, *, is_read: bool = True, categories: tuple[str, ...] = ()
) -> Response:
    """Store a draft and answer 201 with it."""
    mailbox = operation.place.mailbox
    _, kept = keep_as_sent_from(operation, mime, minted=False)
    draft = mailbox.add(
        kept,
        folder=mailbox.well_known("drafts"),
        now=operation.call.now,
        is_read=is_read,
        is_draft=True,
    )
    draft.categories = categories
    return operation.answer_message(draft, status=201)


def send_draft(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/send`: the draft becomes the copy in Sent Items."""
    operation.place.require_sending()
    draft = operation.find_message(message)
    if not draft.is_draft:
        raise bad_request("Cannot send: the item is not a draft.", code="ErrorInvalidOperation")
    require_recipients(draft.mime)
    _require_size(draft.mime)
    sender, _ = keep_as_sent_from(operation, draft.mime, minted=False)
    _submit(operation, sender, draft.mime)
    _keep_in_sent_items(operation, draft)
    return _accepted()


def send_mail(operation: Operation) -> Response:
    """Answer `POST sendMail`: 202 without a body and without any id."""
    operation.place.require_sending()
    if is_mime(operation):
        mime, save = mime_from_request(operation), True
    else:
        mime, save = _read_json(operation)
    return send_now(operation, mime, save=save)


def send_now(operation: Operation, mime: bytes, *, save: bool = True) -> Response:
    """Submit a mail, keep the sender's copy and answer 202."""
    require_recipients(mime)
    _require_size(mime)
    sender, kept = keep_as_sent_from(operation, mime, minted=False)
    _submit(operation, sender, kept)
    if save:
        mailbox = operation.place.mailbox
        mailbox.add(
            kept, folder=mailbox.well_known("sentitems"), now=operation.call.now, is_read=True
        )
    return _accepted()


def _read_json(operation: Operation) -> tuple[bytes, bool]:
    body = operation.read_body()
    named = {name.lower(): value for name, value in body.items()}
    if unknown := set(named) - {"message", "savetosentitems"}:
        raise not_implemented(operation.call, f"sendMail properties {sorted(unknown)}")
    message, save = named.get("message"), named.get("savetosentitems", True)
    if not isinstance(message, dict) or str(save).lower() not in {"true", "false"}:
        raise bad_request("The request needs a message.", code="ErrorInvalidRequest")
    return compose_json(operation, message), str(save).lower() == "true"


def _require_size(mime: bytes) -> None:
    """Raise 413 above the mailbox's MaxSendSize, which is 35 MB unless changed."""
    if len(mime) > MAX_SEND_BYTES:
        raise GraphError(
            413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size."
        )


def _submit(operation: Operation, sender: Person, mime: bytes) -> None:
    parcel = Parcel(
        sender=sender, mailbox=operation.place.mailbox, mime=mime, now=operation.call.now
    )
    submit(operation.call.world, parcel)


def _keep_in_sent_items(operation: Operation, draft: StoredMessage) -> None:
    draft.is_draft = False
    draft.received_at = operation.call.now
    mailbox = operation.place.mailbox
    mailbox.move(draft, mailbox.well_known("sentitems"), now=operation.call.now)


def _accepted() -> Response:
    answer = Response(status=202)
    answer.headers["Content-Length"] = "0"
    return answer
