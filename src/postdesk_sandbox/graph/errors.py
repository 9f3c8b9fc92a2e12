"""Refusals of Graph, with the code and sentence of the real service."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call


class GraphError(Exception):
    """Graph refuses: HTTP status, code and message as the caller sees them."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def access_denied() -> GraphError:
    """A permission or a right on the mailbox is missing."""
    return GraphError(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
    )


def item_not_found() -> GraphError:
    """No such message or attachment (any more)."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def folder_not_found() -> GraphError:
    """No such folder."""
    return GraphError(
        404, "ErrorFolderNotFound", "The specified folder could not be found in the store."
    )


def id_malformed() -> GraphError:
    """What stands where an id belongs is none."""
    return GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def bad_request(message: str, *, code: str = "BadRequest") -> GraphError:
    """The request cannot be understood."""
    return GraphError(400, code, message)


def not_implemented(call: Call, feature: str, *, status: int = 400) -> GraphError:
    """Refuse what the sandbox does not do, and write it down.

    Never ignore such a thing: a client would believe that it was obeyed.
    """
    call.state.journal.miss(f"graph {feature}")
    return GraphError(status, "NotImplementedInSandbox", f"The sandbox does not do this: {feature}")


def answer_error(call: Call, error: GraphError) -> Response:
    """Return the JSON body of a refusal."""
    request_id = str(uuid.uuid4())
    inner = {
        "date": call.now.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": call.request.headers.get("client-request-id", request_id),
    }
    return answer_json(
        {"error": {"code": error.code, "message": error.message, "innerError": inner}},
        status=error.status,
        headers={"request-id": request_id, **error.headers},
    )
