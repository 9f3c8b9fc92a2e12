"""`/EWS/Exchange.asmx`: from an HTTP request to an operation and back."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from postdesk_sandbox.ews.calling import EwsCall, EwsError
from postdesk_sandbox.ews.dispatch import answer_envelope
from postdesk_sandbox.ews.transport import streaming
from postdesk_sandbox.ews.transport.blocking import is_blocked
from postdesk_sandbox.ews.transport.envelope import MAX_ENVELOPE_BYTES, Envelope, read_envelope
from postdesk_sandbox.ews.transport.fault import BUSY, CONTENT_TYPE, answer_fault
from postdesk_sandbox.ews.transport.impersonating import find_impersonated
from postdesk_sandbox.ews.transport.ordered_faults import answer_with_faults
from postdesk_sandbox.ews.transport.refusing import (
    HttpRefusal,
    SignInError,
    bare_403,
    challenge,
)
from postdesk_sandbox.ews.transport.signing_in import sign_in
from postdesk_sandbox.ews.transport.versions import check_version
from postdesk_sandbox.ews.transport.watching import watch

if TYPE_CHECKING:
    from postdesk_sandbox.ews.transport.signed_in import SignedIn
    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

PATH = "/ews/exchange.asmx"
ERROR_PATH = "/ews/genericerrorpage.htm"
_ANCHOR_KINDS = ("smtp:", "upn:")
# The page that .NET shows to a browser.
_SERVICE_PAGE = (
    "<html><head><title>Service</title></head><body><h1>Service</h1>"
    "<p>You have created a service. Its description is at /EWS/Services.wsdl.</p></body></html>"
)


def is_ews(path: str) -> bool:
    """Say whether a path is the endpoint's, in any case of letters."""
    return path.lower() == PATH


def answer_error_page(call: Call) -> tuple[Response, str]:
    """Answer where the front end redirects to when it is out of order."""
    page = Response("<html><body><h2>Something went wrong</h2></body></html>")
    page.content_type = "text/html"
    return _finish(call, page), "ews error page"


def answer(call: Call) -> tuple[Response, str]:
    """Answer a request; returns also the operation's name for the journal."""
    operation = "ews"
    try:
        signed_in = _sign_in(call)
        if call.request.method in {"GET", "HEAD"}:
            return _finish(call, Response(_SERVICE_PAGE, content_type="text/html")), operation
        octets = _read_body(call)
        envelope = read_envelope(octets)
        operation = f"ews {envelope.name}"
        watch(call, f"request {envelope.name}", octets)
        ews_call = _prepare(call, signed_in, envelope)
        response = _serve(call, ews_call, envelope)
    except HttpRefusal as refusal:
        response = refusal.as_response()
    except EwsError as error:
        response = answer_fault(error)
    return _finish(call, response), operation


def _sign_in(call: Call) -> SignedIn:
    with call.state.lock:
        try:
            signed_in = sign_in(call)
        except SignInError as error:
            raise challenge(call, error) from error
        _require_open(call, signed_in, signed_in.person)
    return signed_in


def _require_open(call: Call, signed_in: SignedIn, owner: Person | None) -> None:
    switches = call.world.tenant.switches.exchange
    if is_blocked(switches, signed_in=signed_in, owner=owner, now=call.now):
        raise bare_403()


def _read_body(call: Call) -> bytes:
    if call.request.method != "POST":
        raise HttpRefusal(405, headers=[("Allow", "GET, HEAD, POST")])
    if (call.request.content_length or 0) > MAX_ENVELOPE_BYTES:
        raise HttpRefusal(413)
    if call.request.mimetype != "text/xml":
        # In the words of Windows Communication Foundation.
        raise HttpRefusal(
            415,
            html="Cannot process the message because the content type was not the expected type "
            "'text/xml; charset=utf-8'.",
        )
    return call.request.get_data(cache=False)


def _prepare(call: Call, signed_in: SignedIn, envelope: Envelope) -> EwsCall:
    """Check everything that comes before the operation. Raises EwsError, HttpRefusal."""
    with call.state.lock:
        tenant = call.world.tenant
        check_version(envelope.version, product=tenant.switches.exchange.product)
        _check_anchor(call)
        person = find_impersonated(tenant, envelope.impersonation, signed_in=signed_in)
        if person is not None:
            _require_open(call, signed_in, person)
    return EwsCall(
        state=call.state,
        now=call.now,
        operation=envelope.operation,
        person=signed_in.person,
        client_id=signed_in.client_id,
        impersonated=person.address if person else "",
        version=envelope.version,
    )


def _check_anchor(call: Call) -> None:
    """Refuse to route to a mailbox that nobody has; other kinds of anchors are not looked up."""
    anchor = call.request.headers.get("X-AnchorMailbox", "").strip()
    for kind in _ANCHOR_KINDS:
        if anchor.lower().startswith(kind):
            anchor = anchor[len(kind) :]
    if "@" not in anchor or ":" in anchor:
        return
    if call.world.tenant.owner_of(anchor) is None:
        raise HttpRefusal(404, headers=[("X-CasErrorCode", "UserNotFound")])


def _serve(call: Call, ews_call: EwsCall, envelope: Envelope) -> Response:
    """Answer within the caller's budget; an ordered delay counts as time at work."""
    key = _budget(ews_call)
    if envelope.name == "GetStreamingEvents":
        # Streams have a budget of their own.
        return answer_with_faults(call, envelope, lambda: streaming.answer(call, ews_call, key=key))
    limits, requests = call.world.limits, call.state.ews_requests
    if not requests.enter(key, limit=limits.ews_concurrent if limits.enabled else None):
        wait = str(limits.retry_after_seconds * 1000)
        raise EwsError("ErrorServerBusy", BUSY, values={"BackOffMilliseconds": wait})
    try:
        return answer_with_faults(call, envelope, lambda: _work(call, ews_call, envelope))
    finally:
        requests.leave(key)


def _work(call: Call, ews_call: EwsCall, envelope: Envelope) -> Response:
    with call.state.lock:
        octets = answer_envelope(ews_call)
    watch(call, f"answer {envelope.name}", octets)
    return Response(octets, content_type=CONTENT_TYPE)


def _budget(ews_call: EwsCall) -> str:
    """Name whose budget a request uses up: the impersonated person's before the caller's."""
    person = ews_call.person.address if ews_call.person else ews_call.client_id
    return ews_call.impersonated or person


def _finish(call: Call, response: Response) -> Response:
    """Add what every answer of Exchange carries."""
    headers = call.request.headers
    response.headers["request-id"] = str(uuid.uuid4())
    response.headers["X-FEServer"] = "EX1"
    if headers.get("return-client-request-id", "").lower() == "true":
        response.headers["client-request-id"] = headers.get("client-request-id", "")
    if headers.get("X-PreferServerAffinity", "").lower() == "true":
        response.set_cookie("X-BackEndOverrideCookie", "ex1.contoso.test~1942", path="/")
    return response
