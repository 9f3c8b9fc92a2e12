"""A line to Exchange Web Services: requests by hand, answers as XML."""

import base64
import http.client
from typing import Any
from urllib.parse import urlsplit

import httpx
from lxml import etree

from tests.sandbox.visitor import Visitor

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
PATH = "/EWS/Exchange.asmx"
EWS_SCOPE = "https://outlook.office365.com/EWS.AccessAsUser.All"
XML = {"Content-Type": "text/xml; charset=utf-8"}
GET_INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)


def envelope(
    operation: str = GET_INBOX, *, version: str = "Exchange2013_SP1", header: str = ""
) -> str:
    """Return an envelope around an operation, written with the usual prefixes."""
    asked = f'<t:RequestServerVersion Version="{version}"/>' if version else ""
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}">'
        f"<s:Header>{asked}{header}</s:Header><s:Body>{operation}</s:Body></s:Envelope>"
    )


def impersonation(address: str, kind: str = "SmtpAddress") -> str:
    return (
        f"<t:ExchangeImpersonation><t:ConnectingSID><t:{kind}>{address}</t:{kind}>"
        "</t:ConnectingSID></t:ExchangeImpersonation>"
    )


def basic(name: str = "support@contoso.test", password: str = "pw") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def app_token(visitor: Visitor) -> dict[str, str]:
    """Return the header of an application that acts for itself."""
    scope = "https://outlook.office365.com/.default"
    token = visitor.post_token(grant_type="client_credentials", scope=scope).json()
    return {"Authorization": f"Bearer {token['access_token']}"}


def person_token(visitor: Visitor, scopes: str = EWS_SCOPE) -> dict[str, str]:
    """Return the header of an application that acts for support@contoso.test."""
    return {"Authorization": f"Bearer {visitor.tokens(scopes=scopes)['access_token']}"}


def ask(
    visitor: Visitor, body: str | bytes | None = None, *, path: str = PATH, **headers: str
) -> httpx.Response:
    """Post an envelope; header names are written with underscores, Basic unless told otherwise."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = XML | basic() | named
    content = envelope() if body is None else body
    return visitor.http.post(path, content=content, headers=given)


def code_of(answer: httpx.Response) -> str:
    """Return the first ResponseCode: of a fault, or of the first part of an answer."""
    root = etree.fromstring(answer.content)
    found = root.iter(f"{{{ERRORS}}}ResponseCode", f"{{{MESSAGES}}}ResponseCode")
    return str(next(found).text)


class OneLine:
    """One TCP connection, as NTLM needs."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)

    def post(self, authorization: str = "", body: str | None = None) -> tuple[int, Any]:
        """Return status and headers of an answer, whose body is read and dropped."""
        headers = dict(XML)
        if authorization:
            headers["Authorization"] = authorization
        self.line.request("POST", PATH, body=body or envelope(), headers=headers)
        answer = self.line.getresponse()
        answer.read()
        return answer.status, answer.headers

    def close(self) -> None:
        self.line.close()
