"""Faults that a control call has ordered for EWS, after sign-in and once the operation is known."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox import failing
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.transport.fault import (
    BUSY,
    CONTENT_TYPE,
    answer_fault,
    write_inner_error,
)
from postdesk_sandbox.ews.transport.refusing import SignInError, challenge

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.ews.transport.envelope import Envelope
    from postdesk_sandbox.faults import Fault
    from postdesk_sandbox.web import Call

DEFAULT_BACK_OFF_MILLISECONDS = 15_000
_ERROR_PAGE = "/ews/genericerrorpage.htm"
# Statuses with a page of the front end around them.
_PAGES = {440: "Login Timeout", 456: "Blocked", 503: "Service Unavailable"}
_INTERNAL = "An internal server error occurred. The operation failed."


def answer_with_faults(call: Call, envelope: Envelope, work: Callable[[], Response]) -> Response:
    """Do the work, unless a fault waits for this operation.

    The path that a fault may name is followed by the operation: `Exchange.asmx/GetItem`.
    """
    with call.state.lock:
        path = f"{call.request.path}/{envelope.name}"
        fault = call.world.faults.take("ews", path=path, method=call.request.method)
    if fault is None:
        return work()
    if fault.delay_seconds:
        time.sleep(fault.delay_seconds)
    keeps_answer = fault.spoils or fault.only_delays
    answer = work() if keeps_answer or fault.after_work else None
    if answer is not None and keeps_answer:
        return failing.spoil(call, answer, fault)
    if answer is not None:
        answer.close()
    if fault.drop:
        failing.drop_line(call.request.environ)
    return _refuse(call, envelope, fault)


def _refuse(call: Call, envelope: Envelope, fault: Fault) -> Response:
    code = str(fault.code or "")
    if fault.status == 200:
        answer = _answer_inner(call, envelope, fault, code or "ErrorInternalServerError")
    elif code and fault.status in {0, 500}:
        answer = answer_fault(_error(fault, code))
    else:
        answer = _answer_front_end(call, fault)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _error(fault: Fault, code: str) -> EwsError:
    if code != "ErrorServerBusy":
        return EwsError(code, fault.message or _INTERNAL)
    wait = fault.back_off_milliseconds
    wait = DEFAULT_BACK_OFF_MILLISECONDS if wait is None else wait
    return EwsError(code, fault.message or BUSY, values={"BackOffMilliseconds": str(wait)})


def _answer_inner(call: Call, envelope: Envelope, fault: Fault, code: str) -> Response:
    """Return HTTP 200 with the error inside; an internal error hides that the server is busy."""
    inner = "ErrorServerBusy" if code == "ErrorInternalServerError" else ""
    octets = write_inner_error(
        envelope.operation,
        code=code,
        message=fault.message or _INTERNAL,
        inner=inner,
        product=call.world.tenant.switches.exchange.product,
    )
    return Response(octets, content_type=CONTENT_TYPE)


def _answer_front_end(call: Call, fault: Fault) -> Response:
    status = fault.status or 503
    if status == 401:
        return challenge(call, SignInError()).as_response()
    if status == 302:
        answer = Response(status=302)
        answer.autocorrect_location_header = False
        answer.headers["Location"] = _ERROR_PAGE
        return answer
    words = _PAGES.get(status, "")
    page = f"<html><body><h2>{words}</h2></body></html>" if words or fault.html else ""
    answer = Response(page, status=status)
    if not page:
        del answer.headers["Content-Type"]
    else:
        answer.content_type = "text/html; charset=us-ascii"
    return answer
