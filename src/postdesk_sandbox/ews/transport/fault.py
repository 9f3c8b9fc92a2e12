"""Writing answers that the transport gives itself: SOAP faults and refused operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from werkzeug.wrappers import Response

from postdesk_sandbox.ews.answering import wrap
from postdesk_sandbox.ews.names import TYPES, local_name
from postdesk_sandbox.ews.writing import add, clean, make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.calling import EwsError

ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
CONTENT_TYPE = "text/xml; charset=utf-8"
BUSY = "The server cannot service this request right now. Try again later."
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Where a batch names what it is about: one answer is due for each.
_BATCHES = {
    "ItemIds", "FolderIds", "ParentFolderIds", "ItemChanges", "FolderChanges", "Items", "Folders",
    "AttachmentIds", "Attachments", "SourceIds",
}  # fmt: skip


def answer_fault(error: EwsError) -> Response:
    """Return the SOAP fault of a whole request, HTTP 500."""
    return Response(write_fault(error), status=500, content_type=CONTENT_TYPE)


def write_fault(error: EwsError) -> bytes:
    """Return the octets of a fault; `values` go where clients look for BackOffMilliseconds."""
    envelope = make("s:Envelope")
    fault = add(add(envelope, "s:Body"), "s:Fault")
    code = etree.SubElement(fault, "faultcode", nsmap={"a": TYPES})
    code.text = f"a:{error.response_code}"
    words = etree.SubElement(fault, "faultstring")
    words.set(_LANGUAGE, "en-US")
    words.text = clean(error.message)
    detail = etree.SubElement(fault, "detail")
    for name, text in (("ResponseCode", error.response_code), ("Message", error.message)):
        one = etree.SubElement(detail, f"{{{ERRORS}}}{name}", nsmap={"e": ERRORS})
        one.text = clean(text)
    if error.values:
        _add_values(add(detail, "t:MessageXml"), error.values)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def write_inner_error(
    operation: _Element, *, code: str, message: str, inner: str, product: str
) -> bytes:
    """Return an answer with HTTP 200 whose every part failed, perhaps around another error."""
    name = local_name(operation.tag)
    batch = next((one for one in operation if local_name(one.tag) in _BATCHES), None)
    response = make(f"m:{name}Response")
    parts = add(response, "m:ResponseMessages")
    for _ in range(max(1, len(batch) if batch is not None else 1)):
        part = add(parts, f"m:{name}ResponseMessage", ResponseClass="Error")
        add(part, "m:MessageText", message)
        add(part, "m:ResponseCode", code)
        add(part, "m:DescriptiveLinkKey", "0")
        if inner:
            found = {
                "InnerErrorMessageText": BUSY,
                "InnerErrorResponseCode": inner,
                "InnerErrorDescriptiveLinkKey": "0",
            }
            _add_values(add(part, "m:MessageXml"), found)
    return wrap(response, product=product)


def _add_values(parent: _Element, values: dict[str, str]) -> None:
    for name, text in values.items():
        add(parent, "t:Value", text, Name=name)
