"""Autodiscover, small: the XML form for programs with a mailbox, and the JSON form (version 2)."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from lxml import etree
from werkzeug.wrappers import Response

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.transport.envelope import parse_xml
from postdesk_sandbox.ews.transport.fault import CONTENT_TYPE
from postdesk_sandbox.ews.transport.refusing import HttpRefusal, SignInError, challenge
from postdesk_sandbox.ews.transport.signing_in import sign_in
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

_POX_PATH = "/autodiscover/autodiscover.xml"
_JSON_PATH = re.compile(r"/autodiscover/autodiscover\.json(?:/v1\.0/(?P<address>[^/]+))?", re.I)
_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
_ANSWER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
_OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
# Without prefixes, as the real service writes.
_DEFAULT_ANSWER: dict[Any, str] = {None: _ANSWER}
_DEFAULT_OUTLOOK: dict[Any, str] = {None: _OUTLOOK}


def is_autodiscover(path: str) -> bool:
    """Say whether a path is one of the two that are answered here."""
    return path.lower() == _POX_PATH or _JSON_PATH.fullmatch(path) is not None


def answer(call: Call) -> tuple[Response, str]:
    """Answer a request; returns also the operation's name for the journal."""
    if call.request.path.lower() != _POX_PATH:
        return _answer_json(call), "autodiscover json"
    try:
        with call.state.lock:
            return _answer_pox(call), "autodiscover xml"
    except SignInError as error:
        return challenge(call, error).as_response(), "autodiscover xml"
    except HttpRefusal as refusal:
        return refusal.as_response(), "autodiscover xml"


def _answer_pox(call: Call) -> Response:
    sign_in(call)
    if call.request.method != "POST":
        raise HttpRefusal(405, headers=[("Allow", "POST")])
    try:
        asked = parse_xml(call.request.get_data(cache=False))
    except EwsError:
        return _xml(_error(call, "600", "Invalid Request"))
    address = (asked.findtext(f".//{{{_REQUEST}}}EMailAddress") or "").strip()
    wanted = asked.findtext(f".//{{{_REQUEST}}}AcceptableResponseSchema")
    if not address or (wanted or "").strip() != _OUTLOOK:
        return _xml(_error(call, "600", "Invalid Request"))
    person = call.world.tenant.owner_of(address)
    if person is None or not person.mailbox:
        return _xml(_error(call, "500", "The email address can't be found."))
    return _xml(_settings(call, person))


def _settings(call: Call, person: Person) -> _Element:
    url = f"{call.base_url}/EWS/Exchange.asmx"
    root = etree.Element(f"{{{_ANSWER}}}Autodiscover", nsmap=_DEFAULT_ANSWER)
    response = etree.SubElement(root, f"{{{_OUTLOOK}}}Response", nsmap=_DEFAULT_OUTLOOK)
    user = {
        "DisplayName": person.display_name,
        "AutoDiscoverSMTPAddress": person.address,
        "DeploymentId": call.world.tenant.tenant_id,
    }
    _fill(response, _OUTLOOK, "User", user)
    account = _fill(response, _OUTLOOK, "Account", {"AccountType": "email", "Action": "settings"})
    for kind in ("EXCH", "EXPR"):
        protocol = {"Type": kind, "Server": call.request.host, "ASUrl": url, "EwsUrl": url}
        _fill(account, _OUTLOOK, "Protocol", protocol)
    return root


def _error(call: Call, code: str, message: str) -> _Element:
    root = etree.Element(f"{{{_ANSWER}}}Autodiscover", nsmap=_DEFAULT_ANSWER)
    response = etree.SubElement(root, f"{{{_ANSWER}}}Response")
    error = _fill(
        response, _ANSWER, "Error", {"ErrorCode": code, "Message": message, "DebugData": ""}
    )
    error.set("Time", call.now.strftime("%H:%M:%S.%f0"))
    error.set("Id", str(uuid.uuid4().int % 10**10))
    return root


def _fill(parent: _Element, namespace: str, name: str, values: dict[str, str]) -> _Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    for key, text in values.items():
        etree.SubElement(element, f"{{{namespace}}}{key}").text = text
    return element


def _xml(element: _Element) -> Response:
    octets = etree.tostring(element, xml_declaration=True, encoding="utf-8")
    return Response(octets, content_type=CONTENT_TYPE)


def _answer_json(call: Call) -> Response:
    """Answer version 2, which asks nobody to sign in."""
    if call.request.method != "GET":
        return Response(status=405, headers=[("Allow", "GET")])
    found = _JSON_PATH.fullmatch(call.request.path)
    named = found["address"] if found else None
    address = named or call.request.args.get("Email", "")
    protocol = call.request.args.get("Protocol", "")
    if "@" not in address:
        return _json_error("MandatoryParameterMissing", "A valid smtp address must be provided.")
    if protocol.lower() != "ews":
        message = f"The given protocol value '{protocol}' is invalid. Supported values are 'Ews'"
        return _json_error("ProtocolNotSupported", message)
    with call.state.lock:
        known = call.world.tenant.owner_of(address)
    if known is None:
        return _json_error("UserNotFound", "The given user is not found", status=404)
    return answer_json({"Protocol": "EWS", "Url": f"{call.base_url}/EWS/Exchange.asmx"})


def _json_error(code: str, message: str, *, status: int = 400) -> Response:
    return answer_json({"ErrorCode": code, "ErrorMessage": message}, status=status)
