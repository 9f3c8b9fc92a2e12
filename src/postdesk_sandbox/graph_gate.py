"""The door of Graph: counts requests per application and mailbox before any is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.graph import routes
from postdesk_sandbox.graph.errors import GraphError, answer_error
from postdesk_sandbox.tokens import BadTokenError, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call


def operation_of(call: Call) -> str:
    """Name the operation for the journal."""
    return routes.operation_of(call.request.path, call.request.method)


def work_on(call: Call) -> Response:
    """Answer a Graph request, alone with the state."""
    with call.state.lock:
        return routes.answer(call)


def answer(call: Call, work: Callable[[], Response]) -> Response:
    """Do the work, or answer 429 when the application asks too much of one mailbox.

    An ordered delay is part of the work, so that slow requests count as concurrent.
    """
    key = _traffic_key(call)
    limits, traffic = call.world.limits, call.state.traffic
    broken = traffic.enter(key, limits=limits, now=call.now)
    if broken:
        error = GraphError(
            429,
            "ApplicationThrottled",
            f"Application is over its {broken} limit.",
            headers={"Retry-After": str(limits.retry_after_seconds)},
        )
        return answer_error(call, error)
    try:
        return work()
    finally:
        traffic.leave(key)


def _traffic_key(call: Call) -> str:
    """Tell application and mailbox apart; `me` is the person of the token."""
    _, _, bearer = call.request.headers.get("Authorization", "").partition(" ")
    try:
        claims = verify(bearer)
    except BadTokenError:
        return "nobody"
    ref = routes.mailbox_of(call.request.path)
    with call.state.lock:
        person = call.world.tenant.person(str(claims.get("oid", "")) if ref == "me" else ref)
    return f"{claims.get('appid')}/{person.address if person else ref}"
