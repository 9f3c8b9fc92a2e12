"""Autodiscover leads to the endpoint: by XML for who signs in, by JSON for everybody."""

import httpx
from lxml import etree

from tests.sandbox.ews_line import XML, basic
from tests.sandbox.visitor import Visitor

POX = "/Autodiscover/Autodiscover.xml"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
ANSWER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"


def request(address: str, wanted: str = OUTLOOK) -> str:
    return (
        '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/'
        f'requestschema/2006"><Request><EMailAddress>{address}</EMailAddress>'
        f"<AcceptableResponseSchema>{wanted}</AcceptableResponseSchema></Request></Autodiscover>"
    )


def ask(visitor: Visitor, body: str) -> httpx.Response:
    return visitor.http.post(POX, content=body, headers=XML | basic())


def test_xml_names_the_endpoint_of_a_mailbox(visitor: Visitor) -> None:
    answer = ask(visitor, request("help@contoso.test"))
    root = etree.fromstring(answer.content)
    url = f"{visitor.sandbox.url}/EWS/Exchange.asmx"
    assert {one.text for one in root.iter(f"{{{OUTLOOK}}}EwsUrl")} == {url}
    assert root.findtext(f".//{{{OUTLOOK}}}AutoDiscoverSMTPAddress") == "help@contoso.test"


def test_xml_wants_somebody_signed_in(visitor: Visitor) -> None:
    answer = visitor.http.post(POX, content=request("help@contoso.test"), headers=XML)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert visitor.http.get(POX, headers=basic()).status_code == 405


def test_xml_refuses_unknown_addresses_and_unreadable_requests(visitor: Visitor) -> None:
    for body, code in (
        (request("nobody@contoso.test"), "500"),
        (request("help@contoso.test", "urn:other"), "600"),
        ("<a", "600"),
    ):
        root = etree.fromstring(ask(visitor, body).content)
        assert root.findtext(f".//{{{ANSWER}}}ErrorCode") == code


def test_json_names_the_endpoint_to_everybody(visitor: Visitor) -> None:
    expected = {"Protocol": "EWS", "Url": f"{visitor.sandbox.url}/EWS/Exchange.asmx"}
    path = "/autodiscover/autodiscover.json"
    for url in (
        f"{path}/v1.0/help@contoso.test?Protocol=EWS",
        f"{path}?Email=help@contoso.test&Protocol=Ews",
    ):
        assert visitor.http.get(url).json() == expected


def test_json_refuses_with_codes(visitor: Visitor) -> None:
    path = "/autodiscover/autodiscover.json/v1.0"
    for url, status, code in (
        (f"{path}/help@contoso.test?Protocol=Imap", 400, "ProtocolNotSupported"),
        (f"{path}/nobody@contoso.test?Protocol=EWS", 404, "UserNotFound"),
        (f"{path}/help?Protocol=EWS", 400, "MandatoryParameterMissing"),
    ):
        answer = visitor.http.get(url)
        assert (answer.status_code, answer.json()["ErrorCode"]) == (status, code)
