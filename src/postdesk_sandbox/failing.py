"""Carrying out an ordered fault: a refusal, a broken answer, or a dropped line."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, NoReturn

from werkzeug.wrappers import Response

from postdesk_sandbox.entra.refusing import answer_error_page, answer_token_error, refusal_of
from postdesk_sandbox.google import errors as google
from postdesk_sandbox.graph.access import CHALLENGE
from postdesk_sandbox.graph.errors import GraphError, answer_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postdesk_sandbox.faults import Fault
    from postdesk_sandbox.web import Call

_GRAPH_CODES = {
    400: ("BadRequest", "The request was refused."),
    401: ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
    403: ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    404: ("ErrorItemNotFound", "The specified object was not found in the store."),
    410: ("SyncStateNotFound", "The sync state generation is not found."),
    429: ("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    500: ("ErrorInternalServerError", "An internal server error occurred."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("UnknownError", "The gateway did not receive a response in time."),
}
_HTML = (
    "<html><head><title>{status}</title></head>"
    "<body><h2>Our services are not available right now</h2></body></html>"
)


class LineDroppedError(ConnectionError):
    """The line was cut on purpose."""


def drop_line(environ: dict[str, object]) -> NoReturn:
    """Cut the connection without an answer, with a reset rather than a goodbye."""
    line = environ.get("werkzeug.socket")
    if isinstance(line, socket.socket):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise LineDroppedError("dropped by an ordered fault")


def spoil(call: Call, answer: Response, fault: Fault) -> Response:
    """Return the true answer, but cut in its middle: quietly, or with a reset of the line."""
    if not fault.spoils:
        return answer
    if fault.cut_body:
        broken = Response(_cut(call, answer), status=answer.status, headers=answer.headers)
        broken.headers["Transfer-Encoding"] = "chunked"
        broken.headers.pop("Content-Length", None)
        return broken
    octets = answer.get_data()
    answer.set_data(octets[: len(octets) // 2])
    return answer


def _cut(call: Call, answer: Response) -> Iterator[bytes]:
    """Yield half of the answer, or of a stream its first part; then the line breaks."""
    try:
        if answer.is_streamed:
            yield next(iter(answer.iter_encoded()), b"")
        else:
            octets = answer.get_data()
            yield octets[: max(1, len(octets) // 2)]
    finally:
        answer.close()
    drop_line(call.request.environ)


def answer_fault(call: Call, fault: Fault) -> Response:
    """Answer as the fault says, in the form of its surface."""
    if fault.html:
        answer = Response(
            _HTML.format(status=fault.status or 503),
            status=fault.status or 503,
            content_type="text/html",
        )
    elif fault.surface == "graph":
        answer = _answer_graph(call, fault)
    elif fault.surface.startswith("google_"):
        answer = google.answer_fault(call, fault)
    elif fault.surface in {"authorize", "devicelogin"}:
        answer = answer_error_page(call, refusal_of(call, fault))
    elif fault.code or fault.error:
        answer = answer_token_error(call, refusal_of(call, fault))
    else:
        answer = Response(status=fault.status or 503)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _answer_graph(call: Call, fault: Fault) -> Response:
    status = fault.status or 503
    code, message = _GRAPH_CODES.get(status, ("UnknownError", "The request failed."))
    error = GraphError(status, str(fault.code or code), fault.message or message)
    if fault.claims:
        error.headers["WWW-Authenticate"] = (
            f'{CHALLENGE}, error="insufficient_claims", claims="{fault.claims}"'
        )
    return answer_error(call, error)
