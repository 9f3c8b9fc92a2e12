"""From a path to an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from postdesk_sandbox.graph import (
    attaching,
    attachments,
    batch,
    delta,
    drafting,
    folder_delta,
    folders,
    messages,
    replying,
    sending,
    subscribing,
    translating,
    uploading,
)
from postdesk_sandbox.graph.access import authenticate, open_place
from postdesk_sandbox.graph.errors import GraphError, answer_error, not_implemented
from postdesk_sandbox.graph.operation import Operation
from postdesk_sandbox.graph.options import read_options, read_preferences
from postdesk_sandbox.graph.paths import split_path
from postdesk_sandbox.graph.people import get_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

VERSIONS = ("v1.0", "beta")
MAX_REQUEST_BYTES = 4 * 1024 * 1024
_OPERATIONS: dict[str, Callable[..., Response]] = {
    "GET mailFolders": folders.list_folders,
    "POST mailFolders": folders.create_folder,
    "GET mailFolders/delta": folder_delta.folder_delta,
    "PATCH mailFolders/<folder>": folders.change_folder,
    "DELETE mailFolders/<folder>": folders.delete_folder,
    "GET mailFolders/<folder>": folders.get_folder,
    "GET mailFolders/<folder>/childFolders": folders.list_child_folders,
    "POST mailFolders/<folder>/childFolders": folders.create_child_folder,
    "GET mailFolders/<folder>/messages": messages.list_folder_messages,
    "GET mailFolders/<folder>/messages/delta": delta.delta,
    "GET mailFolders/<folder>/messages/$count": messages.count_messages,
    "GET messages/$count": messages.count_messages,
    "GET messages": messages.list_messages,
    "POST messages": sending.create_draft,
    "GET messages/<message>": messages.get_message,
    "PATCH messages/<message>": messages.change_message,
    "DELETE messages/<message>": messages.delete_message,
    "GET messages/<message>/$value": messages.get_mime,
    "PUT messages/<message>/$value": drafting.put_mime,
    "POST messages/<message>/reply": replying.reply,
    "POST messages/<message>/replyAll": replying.reply_all,
    "POST messages/<message>/forward": replying.forward,
    "POST messages/<message>/createReply": replying.create_reply,
    "POST messages/<message>/createReplyAll": replying.create_reply_all,
    "POST messages/<message>/createForward": replying.create_forward,
    "POST messages/<message>/permanentDelete": messages.delete_permanently,
    "POST translateExchangeIds": translating.translate_ids,
    "POST messages/<message>/move": messages.move_message,
    "POST messages/<message>/copy": messages.copy_message,
    "POST messages/<message>/send": sending.send_draft,
    "POST sendMail": sending.send_mail,
    "POST messages/<message>/attachments": attaching.post_attachment,
    "POST messages/<message>/attachments/createUploadSession": uploading.create_session,
    "DELETE messages/<message>/attachments/<attachment>": attaching.delete_attachment,
    "GET messages/<message>/attachments": attachments.list_attachments,
    "GET messages/<message>/attachments/<attachment>": attachments.get_attachment,
    "GET messages/<message>/attachments/<attachment>/$value": attachments.get_attachment_octets,
}

OPERATION_NAMES = tuple(_OPERATIONS)


def _build_map() -> Map:
    rules = [Rule("/<user>", methods=["GET"], endpoint="GET user")]
    for name in _OPERATIONS:
        method, _, path = name.partition(" ")
        rules.append(Rule(f"/<user>/{path}", methods=[method], endpoint=name))
        if path.startswith("messages/<message>"):
            # A message may also be addressed below its folder.
            below = f"/<user>/mailFolders/<folder>/{path}"
            rules.append(Rule(below, methods=[method], endpoint=name))
    return Map(rules, merge_slashes=False, redirect_defaults=False)


_MAP = _build_map()


def is_graph(path: str) -> bool:
    """Say whether a path lies below `/v1.0` or `/beta`."""
    return path.lstrip("/").partition("/")[0] in VERSIONS


def is_batch(call: Call) -> bool:
    """Say whether this is `POST $batch`."""
    _, _, rest = call.request.path.lstrip("/").partition("/")
    return call.request.method == "POST" and split_path(rest) == ["$batch"]


def answer(call: Call) -> Response:
    """Answer one request to `/v1.0` or `/beta`."""
    try:
        return _answer(call)
    except GraphError as error:
        return answer_error(call, error)


def answer_batch(call: Call, *, answer_one: Callable[[Call], Response]) -> Response:
    """Answer `POST $batch`; takes the lock only while it reads the token."""
    try:
        require_size(call)
        with call.state.lock:
            authenticate(call)
        version, _, _ = call.request.path.lstrip("/").partition("/")
        return batch.answer(call, version, answer_one=answer_one)
    except GraphError as error:
        return answer_error(call, error)


def require_size(call: Call) -> None:
    """Raise 413 for a request above 4 MB."""
    if (call.request.content_length or 0) > MAX_REQUEST_BYTES:
        raise GraphError(413, "RequestEntityTooLarge", "The request is larger than 4 MB.")


def operation_of(path: str, method: str) -> str:
    """Name the operation that a path means, for the journal; empty when there is none."""
    _, _, rest = path.lstrip("/").partition("/")
    segments = split_path(rest)
    if segments[0] in {"subscriptions", "$batch"}:
        return f"{method} {segments[0]}"
    try:
        endpoint, _ = _match(segments, method)
    except GraphError:
        return ""
    return endpoint


def mailbox_of(path: str) -> str:
    """Return what a path says about the mailbox, for counting requests."""
    _, _, rest = path.lstrip("/").partition("/")
    segments = split_path(rest)
    return segments[1] if segments[:1] == ["users"] and len(segments) > 1 else "me"


def _answer(call: Call) -> Response:
    version, _, rest = call.request.path.lstrip("/").partition("/")
    segments = split_path(rest)
    require_size(call)
    caller = authenticate(call)
    if segments[0] == "subscriptions":
        return subscribing.answer(call, caller, segments[1:])
    try:
        endpoint, values = _match(segments, call.request.method)
    except GraphError as error:
        raise not_implemented(
            call, f"{call.request.method} {'/'.join(segments)}", status=error.status
        ) from error
    if call.request.method != "GET":
        read_options(call)
    user = values.pop("user")
    if endpoint == "GET user":
        return get_person(call, caller, user)
    below = values.pop("folder", None) if "message" in values else None
    operation = Operation(
        call=call,
        caller=caller,
        place=open_place(call, caller, user),
        preferences=read_preferences(call),
        version=version,
        user_path="me" if user == "me" else f"users('{quote(user, safe='')}')",
    )
    if below is not None:
        _require_in_folder(operation, values["message"], below)
    return _OPERATIONS[endpoint](operation, **values)


def _require_in_folder(operation: Operation, message: str, folder: str) -> None:
    found = operation.find_message(message)
    if found.folder_id != operation.find_folder(folder).id:
        raise GraphError(
            404, "ErrorItemNotFound", "The specified object was not found in the store."
        )


def _match(segments: list[str], method: str) -> tuple[str, dict[str, Any]]:
    """Match `me/…` or `users/{ref}/…`. Raises GraphError 501 or 405."""
    if segments[:1] == ["users"]:
        segments = segments[1:]
    elif segments[:1] != ["me"]:
        raise GraphError(501, "NotImplementedInSandbox", "No such path.")
    adapter = _MAP.bind("graph.microsoft.com")
    try:
        endpoint, values = adapter.match("/" + "/".join(segments), method=method)
    except (NotFound, RequestRedirect) as error:
        raise GraphError(501, "NotImplementedInSandbox", "No such path.") from error
    except MethodNotAllowed as error:
        raise GraphError(405, "NotImplementedInSandbox", "No such method here.") from error
    return str(endpoint), dict(values)
