"""The door of Graph: counts requests per application and mailbox before any is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.graph import routes, subscribing, uploading
from postdesk_sandbox.graph.errors import GraphError, answer_error
from postdesk_sandbox.tokens import BadTokenError, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call

    # Answers a request to a surface, unless a fault was ordered for it.
    WithFaults = Callable[[Call, str, Callable[[], Response]], Response]

_SURFACE = "graph"


def operation_of(call: Call) -> str:
    """Name the operation for the journal."""
    if uploading.is_upload(call.request.path):
        return f"{call.request.method} upload session"
    return routes.operation_of(call.request.path, call.request.method)


def is_graph(path: str) -> bool:
    """Say whether a path belongs to Graph, or to the address where it takes big attachments."""
    return routes.is_graph(path) or uploading.is_upload(path)


def answer(call: Call, *, with_faults: WithFaults) -> Response:
    """Answer a Graph request, or each of a batch, with the faults ordered for it.

    The requests of a batch meet faults and limits one by one, so that one may answer 429
    within a batch that answers 200.
    """
    if routes.is_batch(call):
        return with_faults(
            call,
            _SURFACE,
            lambda: routes.answer_batch(
                call, answer_one=lambda inner: _answer_counted(inner, with_faults)
            ),
        )
    return _answer_counted(call, with_faults)


def _answer_counted(call: Call, with_faults: WithFaults) -> Response:
    """Do the work, or answer 429 when the application asks too much of one mailbox.

    An ordered delay is part of the work, so that slow requests count as concurrent.
    """
    key = _traffic_key(call)
    limits, traffic = call.world.limits, call.state.traffic
    size = call.request.content_length or 0
    broken = traffic.enter(key, limits=limits, now=call.now, size_bytes=size)
    if broken:
        error = GraphError(
            429,
            "ApplicationThrottled",
            f"Application is over its {broken} limit.",
            headers={"Retry-After": str(limits.retry_after_seconds)},
        )
        return answer_error(call, error)
    try:
        return with_faults(call, _SURFACE, lambda: _work_on(call))
    finally:
        traffic.leave(key)


def _work_on(call: Call) -> Response:
    """Answer alone with the state, except while the caller's own server is asked something."""
    if subscribing.is_creation(call):
        return subscribing.create_subscription(call)
    with call.state.lock:
        if uploading.is_upload(call.request.path):
            return uploading.answer(call)
        return routes.answer(call)


def _traffic_key(call: Call) -> str:
    """Tell application and mailbox apart; `me` is the person of the token."""
    if uploading.is_upload(call.request.path):
        return uploading.traffic_key(call)
    _, _, bearer = call.request.headers.get("Authorization", "").partition(" ")
    try:
        claims = verify(bearer)
    except BadTokenError:
        return "nobody"
    ref = routes.mailbox_of(call.request.path)
    with call.state.lock:
        person = call.world.tenant.person(str(claims.get("oid", "")) if ref == "me" else ref)
    return f"{claims.get('appid')}/{person.address if person else ref}"
