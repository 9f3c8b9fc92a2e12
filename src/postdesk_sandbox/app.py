"""The WSGI application: every request finds its surface, its faults and its journal line."""

from __future__ import annotations

import hmac
import json
import re
import time
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from postdesk_sandbox import failing, graph_gate
from postdesk_sandbox.control import calls
from postdesk_sandbox.entra import authorize, discovery, token
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
_GRAPH = re.compile(r"^/(v1\.0|beta)(/|$)")
_ENTRA = Map(
    [
        Rule("/common/discovery/instance", endpoint="discovery instance", methods=["GET"]),
        Rule(
            "/<tenant>/v2.0/.well-known/openid-configuration", endpoint="discovery", methods=["GET"]
        ),
        Rule("/<tenant>/discovery/v2.0/keys", endpoint="keys", methods=["GET"]),
        Rule("/<tenant>/oauth2/v2.0/authorize", endpoint="authorize", methods=["GET", "POST"]),
        Rule("/<tenant>/oauth2/v2.0/token", endpoint="token", methods=["POST"]),
    ]
)
_ENTRA_HANDLERS: dict[str, Callable[..., Response]] = {
    "discovery instance": discovery.discovery_instance,
    "discovery": discovery.openid_configuration,
    "keys": discovery.keys,
    "authorize": authorize.authorize,
    "token": token.token,
}


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
        try:
            return self._answer(call)(environ, start_response)
        finally:
            # Uploaded files are open until here.
            request.close()

    def _answer(self, call: Call) -> Response:
        path = call.request.path
        if path.startswith(calls.PREFIX):
            return self._answer_control(call)
        if pages.is_page(path):
            with self.state.lock:
                return pages.answer(call, control_token=self.control_token)
        surface, operation, work = self._find(call)
        if surface == "graph":
            answer = graph_gate.answer(call, lambda: _with_faults(call, surface, work))
        else:
            answer = _with_faults(call, surface, work)
        self._record(call, operation, answer.status_code)
        return answer

    def _find(self, call: Call) -> tuple[str, str, Callable[[], Response]]:
        """Return the surface, the operation's name and what answers it."""
        path, method = call.request.path, call.request.method
        if _GRAPH.match(path):
            return "graph", graph_gate.operation_of(call), lambda: graph_gate.work_on(call)
        try:
            endpoint, values = _ENTRA.bind("").match(path, method=method)
        except HTTPException:
            return "", "", lambda: self._answer_unknown(call)
        handler = _ENTRA_HANDLERS[endpoint]

        def work() -> Response:
            with self.state.lock:
                return handler(call, **values)

        return endpoint, endpoint, work

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
    answer = work() if fault.after_work or _only_delays(fault) else None
    if fault.drop:
        failing.drop_line(call.request.environ)
    if answer is not None and (_only_delays(fault)):
        return answer
    return failing.answer_fault(call, fault)


def _only_delays(fault: Fault) -> bool:
    harm = (fault.status, fault.code, fault.error, fault.html, fault.drop, fault.retry_after)
    return bool(fault.delay_seconds) and not any(harm)


def _client_of(call: Call) -> str:
    """Say who asks: the application of the bearer token, else the program."""
    scheme, _, bearer = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        try:
            return str(verify(bearer).get("appid", ""))
        except (BadTokenError, json.JSONDecodeError):
            return "unknown token"
    return call.request.headers.get("User-Agent", "")[:80]
