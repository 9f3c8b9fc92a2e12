"""GetStreamingEvents: one answer that goes on for minutes, an envelope for each piece of news."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.ews.checking import require_valid
from postdesk_sandbox.ews.events import EventSource, SubscriptionLostError
from postdesk_sandbox.ews.names import full_name
from postdesk_sandbox.ews.transport.fault import CONTENT_TYPE
from postdesk_sandbox.ews.transport.stream_envelope import write_part, write_refusal
from postdesk_sandbox.ews.transport.watching import watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from postdesk_sandbox.ews.calling import EwsCall
    from postdesk_sandbox.web import Call

# How long to wait at once; then it is looked whether the caller is still there.
_SLICE_SECONDS = 0.25
_ANSWER = "answer GetStreamingEvents"
_INVALID, _IS_INVALID = "ErrorInvalidSubscription", "Subscription is invalid."
_TOO_MANY = (
    "You have exceeded the available concurrent connections for your account. "
    "Try again once your other requests have completed."
)


@dataclass(slots=True, kw_only=True)
class _Stream:
    """An open connection: what it listens to, until when, and who counts it."""

    call: Call
    source: EventSource
    ids: list[str]
    ends_at: datetime
    key: str
    product: str

    def parts(self) -> Iterator[bytes]:
        """Yield envelopes until the time is up, the caller is gone or a subscription is lost."""
        yield write_part(self.product, status="OK")
        said_at = time.monotonic()
        try:
            while self.call.state.clock.now() < self.ends_at and not self._is_hung_up():
                news = self.source.wait(self.ids, _SLICE_SECONDS)
                if news:
                    yield write_part(self.product, notifications=news)
                elif time.monotonic() - said_at >= self._heartbeat_seconds:
                    yield write_part(self.product, status="OK")
                else:
                    continue
                said_at = time.monotonic()
        except SubscriptionLostError as lost:
            yield write_refusal(self.product, _INVALID, _IS_INVALID, lost=lost.ids)
            return
        yield write_part(self.product, status="Closed")

    def close(self) -> None:
        """Count the connection out."""
        self.call.state.ews_streams.leave(self.key)

    @property
    def _heartbeat_seconds(self) -> float:
        return self.call.world.tenant.switches.exchange.heartbeat_seconds

    def _is_hung_up(self) -> bool:
        """Say whether the caller closed the line: nothing else is sent during a stream."""
        line = self.call.request.environ.get("werkzeug.socket")
        if line is None:
            return False
        readable, _, _ = select.select([line], [], [], 0)
        return bool(readable)


def answer(call: Call, ews_call: EwsCall, *, key: str) -> Response:
    """Return the streamed answer; `key` is whose budget of connections it uses up."""
    with call.state.lock:
        require_valid(ews_call.operation)
        ids = [one.text or "" for one in ews_call.operation.iter(full_name("t:SubscriptionId"))]
        source = EventSource(ews_call)
        lost = source.missing(ids)
    if lost:
        return _refuse(call, _INVALID, _IS_INVALID, lost=lost)
    limits = call.world.limits
    limit = limits.ews_streams if limits.enabled else None
    if not call.state.ews_streams.enter(key, limit=limit):
        return _refuse(call, "ErrorExceededConnectionCount", _TOO_MANY)
    minutes = int(ews_call.operation.findtext(full_name("m:ConnectionTimeout"), "1"))
    stream = _Stream(
        call=call,
        source=source,
        ids=ids,
        key=key,
        product=call.world.tenant.switches.exchange.product,
        ends_at=call.now + timedelta(minutes=minutes),
    )
    parts = (watch(call, _ANSWER, part) for part in stream.parts())
    response = Response(parts, content_type=CONTENT_TYPE)
    response.call_on_close(stream.close)
    response.headers["Transfer-Encoding"] = "chunked"
    return response


def _refuse(call: Call, code: str, message: str, *, lost: Sequence[str] = ()) -> Response:
    product = call.world.tenant.switches.exchange.product
    octets = watch(call, _ANSWER, write_refusal(product, code, message, lost=lost))
    return Response(octets, content_type=CONTENT_TYPE)
