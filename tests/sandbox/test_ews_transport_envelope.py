"""Whatever is posted to EWS gets the documented fault, and nothing hostile is carried out."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.transport.envelope import read_envelope
from tests.sandbox.ews_line import (
    ERRORS,
    GET_INBOX,
    MESSAGES,
    SOAP,
    TYPES,
    ask,
    code_of,
    envelope,
)
from tests.sandbox.visitor import Visitor

GOOD = envelope()
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
HOSTILE = {
    "nothing": "",
    "no XML": "hello",
    "cut short": GOOD[:-20],
    "entity bomb": BOMB + GOOD.replace("inbox", "&b;"),
    "file entity": FILE + GOOD.replace("inbox", "&a;"),
    "bomb behind a comment": "<!-- harmless -->" + BOMB + GOOD,
    "another encoding": f'<?xml version="1.0" encoding="utf-16"?>{GOOD}',
    "SOAP 1.2": GOOD.replace(SOAP, "http://www.w3.org/2003/05/soap-envelope"),
    "no operation": envelope(""),
    "two operations": envelope(GET_INBOX * 2),
    "two bodies": GOOD.replace("</s:Envelope>", "<s:Body/></s:Envelope>"),
    "unknown namespace": envelope('<x xmlns="urn:x"/>'),
    "unknown header": envelope(header="<t:OpenSesame/>"),
    "header that must be understood": envelope(header='<x xmlns="urn:x" s:mustUnderstand="1"/>'),
    "depth": "<a>" * 5000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_request_is_a_schema_fault(visitor: Visitor, body: str) -> None:
    answer = ask(visitor, body)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert code_of(answer) == "ErrorSchemaValidation"
    assert ask(visitor).status_code == 200


def test_utf_16_cannot_hide_a_document_type(visitor: Visitor) -> None:
    assert code_of(ask(visitor, (BOMB + GOOD).encode("utf-16"))) == "ErrorSchemaValidation"


def test_fault_has_the_shape_that_clients_read(visitor: Visitor) -> None:
    root = etree.fromstring(ask(visitor, "hello").content)
    fault = root.find(f".//{{{SOAP}}}Fault")
    assert fault is not None
    code = fault.find("faultcode")
    assert code is not None
    prefix, _, name = str(code.text).partition(":")
    assert (code.nsmap[prefix], name) == (TYPES, "ErrorSchemaValidation")
    assert fault.findtext("faultstring") == fault.findtext(f"detail/{{{ERRORS}}}Message")


def test_foreign_header_that_need_not_be_understood_is_passed_over(visitor: Visitor) -> None:
    body = envelope(header='<x xmlns="urn:x"/><t:MailboxCulture>de-DE</t:MailboxCulture>')
    assert ask(visitor, body).status_code == 200


def test_mark_of_byte_order_and_comments_are_no_harm(visitor: Visitor) -> None:
    body = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- a > b -->' + GOOD
    assert ask(visitor, body).status_code == 200


def test_mail_of_twenty_megabytes_is_still_read() -> None:
    content = base64.b64encode(bytes(20_000_000)).decode()
    item = f"<t:Message><t:MimeContent>{content}</t:MimeContent></t:Message>"
    octets = envelope(f"<m:CreateItem><m:Items>{item}</m:Items></m:CreateItem>").encode()
    found = read_envelope(octets)
    assert found.operation.findtext(f".//{{{TYPES}}}MimeContent") == content


def test_body_has_to_be_called_xml_and_to_have_a_bearable_size(visitor: Visitor) -> None:
    assert ask(visitor, Content_Type="application/soap+xml").status_code == 415
    assert ask(visitor, Content_Type="").status_code == 415
    huge = ask(visitor, b"<" + bytes(64 * 1024 * 1024))
    assert huge.status_code == 413


@pytest.mark.parametrize(
    ("product", "version"),
    [
        ("Online", "Exchange2007_SP1"),
        ("Online", "V2018_01_08"),
        ("2013", "Exchange2013_SP1"),
        ("2016", "Exchange2016"),
        ("2019", "V2017_07_11"),
    ],
)
def test_version_that_the_server_knows_is_accepted(
    visitor: Visitor, product: str, version: str
) -> None:
    visitor.control("tenant", exchange=product)
    answer = ask(visitor, envelope(version=version))
    assert (answer.status_code, code_of(answer)) == (200, "NoError")


@pytest.mark.parametrize(
    ("product", "version"),
    [("Online", "Exchange2019"), ("2013", "Exchange2016"), ("SE", "V2018_01_08")],
)
def test_version_newer_than_the_server_is_refused(
    visitor: Visitor, product: str, version: str
) -> None:
    visitor.control("tenant", exchange=product)
    answer = ask(visitor, envelope(version=version))
    assert (answer.status_code, code_of(answer)) == (500, "ErrorInvalidServerVersion")


def test_missing_version_means_the_oldest(visitor: Visitor) -> None:
    assert ask(visitor, envelope(version="")).status_code == 200


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda at, junk: GOOD.encode()[:at] + junk + GOOD.encode()[at:],
            st.integers(0, len(GOOD)),
            st.binary(min_size=1, max_size=12),
        ),
        st.builds(lambda at, to: GOOD[:at] + GOOD[to:], *[st.integers(0, len(GOOD))] * 2).map(
            str.encode
        ),
    )
)
def test_reading_ends_in_an_envelope_or_in_a_refusal(octets: bytes) -> None:
    assert outcome(octets) in {"ErrorSchemaValidation", MESSAGES}


def outcome(octets: bytes) -> str:
    """Return the namespace of the operation that was read, or the code of the refusal."""
    try:
        found = read_envelope(octets)
    except EwsError as error:
        return error.response_code
    return str(etree.QName(found.operation).namespace)
