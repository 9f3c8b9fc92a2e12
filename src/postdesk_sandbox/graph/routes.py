"""From a path to an operation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from postdesk_sandbox.graph import attachments, delta, folders, messages, sending
from postdesk_sandbox.graph.access import authenticate, open_place
from postdesk_sandbox.graph.batch import answer_batch
from postdesk_sandbox.graph.errors import GraphError, answer_error, not_implemented
from postdesk_sandbox.graph.operation import Operation
from postdesk_sandbox.graph.options import read_options, read_preferences
from postdesk_sandbox.graph.people import get_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

VERSIONS = ("v1.0", "beta")
MAX_REQUEST_BYTES = 4 * 1024 * 1024
_KEY_SYNTAX = re.compile(r"\('((?:[^']|'')*)'\)")
_WORDS = {
    word.lower(): word
    for word in (
        "me", "users", "mailFolders", "childFolders", "messages", "delta", "attachments",
        "move", "copy", "send", "sendMail", "$value", "$batch",
    )
}  # fmt: skip
_OPERATIONS: dict[str, Callable[..., Response]] = {
    "GET mailFolders": folders.list_folders,
    "POST mailFolders": folders.create_folder,
    "GET mailFolders/<folder>": folders.get_folder,
    "GET mailFolders/<folder>/childFolders": folders.list_child_folders,
    "POST mailFolders/<folder>/childFolders": folders.create_child_folder,
    "GET mailFolders/<folder>/messages": messages.list_folder_messages,
    "GET mailFolders/<folder>/messages/delta": delta.delta,
    "GET messages": messages.list_messages,
    "POST messages": sending.create_draft,
    "GET messages/<message>": messages.get_message,
    "PATCH messages/<message>": messages.change_message,
    "DELETE messages/<message>": messages.delete_message,
    "GET messages/<message>/$value": messages.get_mime,
    "POST messages/<message>/move": messages.move_message,
    "POST messages/<message>/copy": messages.copy_message,
    "POST messages/<message>/send": sending.send_draft,
    "POST sendMail": sending.send_mail,
    "GET messages/<message>/attachments": attachments.list_attachments,
    "GET messages/<message>/attachments/<attachment>": attachments.get_attachment,
    "GET messages/<message>/attachments/<attachment>/$value": attachments.get_attachment_octets,
}


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


def answer(call: Call) -> Response:
    """Answer one request to `/v1.0` or `/beta`."""
    try:
        return _answer(call)
    except GraphError as error:
        return answer_error(call, error)


def operation_of(path: str, method: str) -> str:
    """Name the operation that a path means, for the journal; empty when there is none."""
    _, _, rest = path.lstrip("/").partition("/")
    try:
        endpoint, _ = _match(_segments(rest), method)
    except GraphError:
        return ""
    return endpoint


def mailbox_of(path: str) -> str:
    """Return what a path says about the mailbox, for counting requests."""
    _, _, rest = path.lstrip("/").partition("/")
    segments = _segments(rest)
    return segments[1] if segments[:1] == ["users"] and len(segments) > 1 else "me"


def _answer(call: Call) -> Response:
    version, _, rest = call.request.path.lstrip("/").partition("/")
    segments = _segments(rest)
    if (call.request.content_length or 0) > MAX_REQUEST_BYTES:
        raise GraphError(413, "RequestEntityTooLarge", "The request is larger than 4 MB.")
    caller = authenticate(call)
    if segments == ["$batch"] and call.request.method == "POST":
        return answer_batch(call, version, answer_one=answer)
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


def _segments(rest: str) -> list[str]:
    """Split a path, `users('x')` like `users/x`, known words in their usual spelling."""
    slashed = _KEY_SYNTAX.sub(lambda m: "/" + m.group(1).replace("''", "'"), rest)
    parts = [part.removesuffix("()") for part in slashed.strip("/").split("/")]
    parts = [part.removeprefix("microsoft.graph.") for part in parts]
    return [_WORDS.get(part.lower(), part) for part in parts]


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
