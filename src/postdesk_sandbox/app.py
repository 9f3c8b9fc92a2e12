"""The WSGI application: every request finds its surface, its faults and its journal line."""

from __future__ import annotations

import hmac
import json
import time
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from postdesk_sandbox import failing, graph_gate
from postdesk_sandbox.control import calls
from postdesk_sandbox.delivery import bring_due_reports
from postdesk_sandbox.entra import routes as entra
from postdesk_sandbox.ews.transport import routes as ews
from postdesk_sandbox.google import routes as google
from postdesk_sandbox.graph.notifying import tell_subscribers
from postdesk_sandbox.journal import JournalEntry
from postdesk_sandbox.pages import routes as pages
from postdesk_sandbox.tokens import BadTokenError, verify
from postdesk_sandbox.web import Call, answer_json, is_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from postdesk_sandbox.faults import Fault
    from postdesk_sandbox.state import State

MAX_BODY_BYTES = 200 * 1024 * 1024


class SandboxApp:
    """Answers everything that the listeners receive."""

    def __init__(self, state: State, *, control_token: str = "", ca_pem: bytes = b"") -> None:
        self.state = state
        self.control_token = control_token
        self.ca_pem = ca_pem

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request."""
        request = Request(environ)
        request.max_content_length = MAX_BODY_BYTES
        call = Call(state=self.state, request=request, now=self.state.clock.now())
        bring_due_reports(self.state, now=call.now)
        try:
            answer = self._answer(call)
            answer.date = call.now  # a desk compares its clock with the provider's by it
            return answer(environ, start_response)
        finally:
            # Even where the answer was lost, the work may have been done.
            tell_subscribers(self.state, now=call.now)
            # Uploaded files are open until here.
            request.close()

    def _answer(self, call: Call) -> Response:
        path = call.request.path
        if path.startswith(calls.PREFIX):
            return self._answer_control(call)
        if pages.is_page(path):
            with self.state.lock:
                return pages.answer(call, control_token=self.control_token)
        if exchange := ews.find(path):
            answer, operation = exchange(call)
            self._record(call, operation, answer.status_code)
            return answer
        if graph_gate.is_graph(path):
            operation = graph_gate.operation_of(call)
            answer = graph_gate.answer(call, with_faults=_with_faults)
        else:
            surface, operation, work = self._find(call)
            answer = _with_faults(call, surface, work)
        self._record(call, operation, answer.status_code)
        return answer

    def _find(self, call: Call) -> tuple[str, str, Callable[[], Response]]:
        """Return the surface, the operation's name and what answers it."""
        found = google.find(call) or entra.find(call)
        return found or ("", "", lambda: self._answer_unknown(call))

    def _answer_unknown(self, call: Call) -> Response:
        with self.state.lock:
            self.state.journal.miss(f"{call.request.method} {call.request.path}")
        message = "The sandbox has nothing at this address, or not for this method."
        return answer_json({"error": message}, status=404)

    def _answer_control(self, call: Call) -> Response:
        if refused := self._refuse_control(call):
            return refused
        with self.state.lock:
            answer = calls.answer(call, ca_pem=self.ca_pem)
            if call.request.path != "/_sandbox/clock" or call.request.method != "GET":
                self._record(call, "control", answer.status_code)
        return answer

    def _refuse_control(self, call: Call) -> Response | None:
        """Refuse strangers, and pages of other origins that aim a browser at us."""
        if is_foreign(call, has_token=bool(self.control_token)):
            return answer_json({"error": "control calls are not for other web pages"}, status=403)
        if not self.control_token:
            return None
        scheme, _, given = call.request.headers.get("Authorization", "").partition(" ")
        given = given if scheme.lower() == "bearer" else call.request.args.get("token", "")
        if hmac.compare_digest(given.encode(), self.control_token.encode()):
            return None
        return answer_json({"error": "control calls need the token printed at start"}, status=401)

    def _record(self, call: Call, operation: str, status: int) -> None:
        with self.state.lock:
            self.state.journal.record(
                JournalEntry(
                    at=call.now,
                    method=call.request.method,
                    path=call.request.path,
                    operation=operation,
                    client=_client_of(call),
                    status=status,
                )
            )


def _with_faults(call: Call, surface: str, work: Callable[[], Response]) -> Response:
    """Answer, unless a fault was ordered for this request."""
    with call.state.lock:
        fault = call.world.faults.take(surface, path=call.request.path, method=call.request.method)
    if fault is None:
        return work()
    if fault.delay_seconds:
        time.sleep(fault.delay_seconds)
    return _carry_out(call, fault, work)


def _carry_out(call: Call, fault: Fault, work: Callable[[], Response]) -> Response:
    keeps_answer = fault.only_delays or fault.spoils
    answer = work() if fault.after_work or keeps_answer else None
    if fault.drop:
        failing.drop_line(call.request.environ)
    if answer is not None and keeps_answer:
        return failing.spoil(call, answer, fault)
    return failing.answer_fault(call, fault)


def _client_of(call: Call) -> str:
    """Say who asks: the application of the bearer token, else the program."""
    scheme, _, bearer = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        try:
            return str(verify(bearer).get("appid", ""))
        except (BadTokenError, json.JSONDecodeError):
            return "unknown token"
    return call.request.headers.get("User-Agent", "")[:80]
