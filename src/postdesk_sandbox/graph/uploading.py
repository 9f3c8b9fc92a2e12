"""Upload sessions: attachments from 3 to 150 MB, put in ranges to an address of their own."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Response

from postdesk_sandbox.clock import to_iso
from postdesk_sandbox.clouds import cloud_at
from postdesk_sandbox.graph.attaching import attach, require_draft
from postdesk_sandbox.graph.errors import (
    GraphError,
    answer_error,
    bad_request,
    item_not_found,
    not_implemented,
)
from postdesk_sandbox.graph.reading import text_of
from postdesk_sandbox.ids import object_guid, store_id
from postdesk_sandbox.mime import Part
from postdesk_sandbox.upload_sessions import UploadSession
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import Mailbox, StoredMessage
    from postdesk_sandbox.web import Call

MIN_BYTES = 3 * 1024 * 1024
MAX_BYTES = 150 * 1024 * 1024
MAX_RANGE_BYTES = 4 * 1024 * 1024
# Microsoft names no length; what counts is the `expirationDateTime` of the answer.
LIFE = timedelta(hours=1)
# Where Exchange itself answers, not Graph.
_HOST = "https://outlook.office.com"
_PATH = re.compile(
    r"/api/v2\.0/users\('[^'/]*'\)/messages\('([^'/]*)'\)/attachmentsessions\('([^'/]*)'\)/?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})", re.ASCII)
_KNOWN = {"@odata.type", "attachmentType", "name", "size", "isInline", "contentType", "contentId"}


def create_session(operation: Operation, message: str) -> Response:
    """Answer `POST messages/{id}/attachments/createUploadSession` with 201 and the address."""
    operation.place.require_writing()
    draft = operation.find_message(message)
    require_draft(operation, draft, "createUploadSession")
    session = _read_session(operation, draft)
    operation.call.world.upload_sessions[session.id] = session
    return operation.answer(
        {
            "@odata.context": operation.context("microsoft.graph.uploadSession"),
            "uploadUrl": f"{_address(operation.call, session, draft)}?authtoken={session.token}",
            "expirationDateTime": to_iso(session.expires_at),
            "nextExpectedRanges": ["0-"],
        },
        status=201,
    )


def _read_session(operation: Operation, draft: StoredMessage) -> UploadSession:
    body = operation.read_body()
    item = body.get("AttachmentItem", body.get("attachmentItem"))
    if not isinstance(item, dict) or len(body) != 1:
        raise bad_request("The request needs an AttachmentItem.", code="ErrorInvalidRequest")
    if unknown := set(item) - _KNOWN:
        raise not_implemented(operation.call, f"attachmentItem properties {sorted(unknown)}")
    if text_of(item, "attachmentType").lower() != "file":
        raise not_implemented(operation.call, f"attachmentType {item['attachmentType']}")
    size, is_inline = item.get("size"), item.get("isInline", False)
    if type(size) is not int or type(is_inline) is not bool:
        raise bad_request("size is a number, isInline true or false.", code="ErrorInvalidRequest")
    _require_size(size)
    world = operation.call.world
    world.uploads_begun += 1
    return UploadSession(
        id=store_id("AAMkADI5", draft.owner, draft.number, world.uploads_begun),
        token=secrets.token_urlsafe(48),
        client_id=operation.caller.client_id,
        mailbox=draft.owner,
        message=draft.number,
        name=text_of(item, "name"),
        content_type=text_of(item, "contentType", default="application/octet-stream"),
        content_id=text_of(item, "contentId", default=""),
        is_inline=is_inline,
        size_bytes=size,
        expires_at=operation.call.now + LIFE,
    )


def _require_size(size_bytes: int) -> None:
    if size_bytes < MIN_BYTES:
        raise bad_request(
            "The attachment size is less than the minimum of 3 MB for an upload session.",
            code="ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
        )
    if size_bytes > MAX_BYTES:
        raise GraphError(
            413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size."
        )


def is_upload(path: str) -> bool:
    """Say whether a path is the address of an upload session."""
    return _PATH.fullmatch(path) is not None


def traffic_key(call: Call) -> str:
    """Name application and mailbox of the session, for counting requests."""
    with call.state.lock:
        session = _find_session(call)
    return f"{session.client_id}/{session.mailbox}" if session else "nobody"


def answer(call: Call) -> Response:
    """Answer `PUT` of a range and `DELETE` of the session."""
    try:
        session = _open_session(call)
        if call.request.method == "DELETE":
            del call.world.upload_sessions[session.id]
            return Response(status=204)
        if call.request.method != "PUT":
            raise not_implemented(call, f"{call.request.method} upload session", status=405)
        return _take_range(call, session)
    except GraphError as error:
        return answer_error(call, error)


def _find_session(call: Call) -> UploadSession | None:
    found = _PATH.fullmatch(call.request.path)
    return call.world.upload_sessions.get(found.group(2)) if found else None


def _open_session(call: Call) -> UploadSession:
    """Return the session of the address. Raises 401 or 404."""
    session = _find_session(call)
    if session is None or session.expires_at <= call.now:
        raise item_not_found()
    given = call.request.args.get("authtoken", "")
    if not hmac.compare_digest(given.encode(), session.token.encode()):
        raise GraphError(401, "InvalidAuthenticationToken", "The authtoken is not valid.")
    if "Authorization" in call.request.headers:
        raise GraphError(
            401,
            "InvalidAuthenticationToken",
            "The address is authenticated already; send no Authorization header to it.",
        )
    return session


def _take_range(call: Call, session: UploadSession) -> Response:
    content = call.request.get_data()
    _require_next(call, session, len(content))
    draft, mailbox = _find_draft(call, session)
    session.received += content
    if len(session.received) == session.size_bytes:
        return _finish(call, session, draft, mailbox)
    address = f"Users('{quote(_user(call, session))}')/Messages('{quote(draft.ordinary_id)}')"
    return answer_json(
        {
            "@odata.context": f"{_HOST}/api/v2.0/$metadata#{address}/AttachmentSessions/$entity",
            "ExpirationDateTime": to_iso(session.expires_at),
            "NextExpectedRanges": [str(len(session.received))],
        }
    )


def _require_next(call: Call, session: UploadSession, length: int) -> None:
    """Raise 400, 413, 415 or 416 unless the range follows what has arrived."""
    found = _RANGE.fullmatch(call.request.headers.get("Content-Range", "").strip())
    if found is None:
        raise bad_request("Content-Range must be 'bytes {start}-{end}/{total}'.")
    start, end, total = map(int, found.groups())
    if call.request.mimetype not in {"", "application/octet-stream"}:
        raise GraphError(415, "UnsupportedMediaType", "A range is application/octet-stream.")
    if length > MAX_RANGE_BYTES:
        raise GraphError(413, "RequestEntityTooLarge", "A range is larger than 4 MB.")
    if total != session.size_bytes or end - start + 1 != length or end >= total:
        raise bad_request("Content-Range does not fit the octets or the size of the attachment.")
    if start != len(session.received):
        raise GraphError(
            416, "InvalidRange", f"The next expected range starts at {len(session.received)}."
        )


def _find_draft(call: Call, session: UploadSession) -> tuple[StoredMessage, Mailbox]:
    mailbox = call.world.mailbox(session.mailbox)
    draft = mailbox.messages.get(session.message) if mailbox else None
    if mailbox is None or draft is None or not draft.is_draft:
        raise item_not_found()
    return draft, mailbox


def _finish(call: Call, session: UploadSession, draft: StoredMessage, mailbox: Mailbox) -> Response:
    part = Part(
        name=session.name,
        content_type=session.content_type,
        content=bytes(session.received),
        content_id=session.content_id,
        is_inline=session.is_inline,
    )
    del call.world.upload_sessions[session.id]
    identity = attach(mailbox, draft, part, now=call.now)
    done = Response(status=201)
    address = _address(call, session, draft).partition("/AttachmentSessions")[0]
    done.headers["Location"] = f"{address}/Attachments('{identity}')"
    done.headers["Content-Length"] = "0"
    done.autocorrect_location_header = False
    return done


def _address(call: Call, session: UploadSession, draft: StoredMessage) -> str:
    base = _exchange_of(call)
    user = f"Users('{_user(call, session)}')"
    return (
        f"{base}/api/v2.0/{user}/Messages('{draft.ordinary_id}')/AttachmentSessions('{session.id}')"
    )


def _exchange_of(call: Call) -> str:
    """Return where Exchange takes the octets: by its own name in the caller's cloud."""
    if cloud := cloud_at(call.host):
        return f"https://{cloud.exchange}"
    return _HOST if call.base_url in {"https://graph.microsoft.com", _HOST} else call.base_url


def _user(call: Call, session: UploadSession) -> str:
    return f"{object_guid('person', session.mailbox)}@{call.world.tenant.tenant_id}"
