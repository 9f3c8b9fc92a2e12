"""curl signs in to EWS in each of the three ways, with NTLM of its own making."""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest
from lxml import etree

from postdesk_sandbox.server import Sandbox
from tests.conformance.steps import Steps
from tests.sandbox.ews_line import PATH, TYPES, app_token, envelope, impersonation
from tests.sandbox.visitor import Visitor, make_mime

HEADER = "Content-Type: text/xml; charset=utf-8"


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    with Sandbox(port=0) as sandbox, closing(Visitor(sandbox)) as visitor:
        yield visitor


def curl(visitor: Visitor, *options: str, body: str = "") -> tuple[str, str]:
    """Post an envelope; returns the status and what came back."""
    command = ["curl", "--silent", "--noproxy", "*", "--write-out", "\n%{http_code}", *options]
    command += ["--header", HEADER, "--data-binary", "@-", visitor.sandbox.url + PATH]
    done = subprocess.run(
        command, input=body or envelope(), capture_output=True, text=True, timeout=30, check=True
    )
    answer, _, status = done.stdout.rpartition("\n")
    return status, answer


def version() -> str:
    line = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    return line.split()[1]


def test_curl_signs_in_each_way_and_a_wrong_password_never_does(visitor: Visitor) -> None:
    steps = Steps("curl", version(), "EWS, Basic, NTLM and OAuth")
    for scheme in ("basic", "ntlm"):
        with steps.step(f"{scheme} with the password"):
            status, answer = curl(visitor, f"--{scheme}", "--user", r"CONTOSO\support:pw")
            assert status == "200"
            assert "<m:ResponseCode>NoError</m:ResponseCode>" in answer
        with steps.step(f"{scheme} with a guess"):
            assert curl(visitor, f"--{scheme}", "--user", r"CONTOSO\support:guess")[0] == "401"
    with steps.step("anyauth picks one that works"):
        assert curl(visitor, "--anyauth", "--user", "support@contoso.test:pw")[0] == "200"
    with steps.step("bearer token of an application"):
        token = app_token(visitor)["Authorization"].partition(" ")[2]
        body = envelope(header=impersonation("support@contoso.test"))
        assert curl(visitor, "--oauth2-bearer", token, body=body)[0] == "200"
    with steps.step("bearer token for nobody"):
        assert curl(visitor, "--oauth2-bearer", "abc", body=body)[0] == "401"
    steps.write()
    assert visitor.look("unimplemented") == []


def test_curl_receives_a_mail_octet_by_octet(visitor: Visitor) -> None:
    mime = make_mime(body="Größe")
    visitor.inject(mime)
    find = (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
        '</m:ItemShape><m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/>'
        "</m:ParentFolderIds></m:FindItem>"
    )
    user = ("--ntlm", "--user", "support@contoso.test:pw")
    found = etree.fromstring(curl(visitor, *user, body=envelope(find))[1].encode())
    item = next(found.iter(f"{{{TYPES}}}ItemId"))
    get = (
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true"
        f'</t:IncludeMimeContent></m:ItemShape><m:ItemIds><t:ItemId Id="{item.get("Id")}"/>'
        "</m:ItemIds></m:GetItem>"
    )
    got = etree.fromstring(curl(visitor, *user, body=envelope(get))[1].encode())
    assert base64.b64decode(got.findtext(f".//{{{TYPES}}}MimeContent") or "") == mime
