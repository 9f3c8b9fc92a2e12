"""The check by Microsoft's schema finds what is wrong; tried with a small schema of our own."""

from contextlib import closing
from pathlib import Path

import pytest

from postdesk_sandbox.ews.transport.microsoft_schema import (
    VARIABLE,
    MicrosoftSchema,
    SchemaUnusableError,
)
from postdesk_sandbox.ews.transport.stream_envelope import write_part, write_refusal
from postdesk_sandbox.ews.writing import make
from postdesk_sandbox.server import Sandbox
from tests.sandbox.ews_line import ask, envelope
from tests.sandbox.visitor import Visitor

FOLDER = Path(__file__).parent / "schema"
SHAPE = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
INBOX = '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>'


@pytest.fixture(scope="module")
def schema() -> MicrosoftSchema:
    return MicrosoftSchema(FOLDER)


def get_folder(content: str) -> bytes:
    return envelope(f"<m:GetFolder>{content}</m:GetFolder>").encode()


def test_good_envelope_has_no_violations(schema: MicrosoftSchema) -> None:
    assert schema.violations(get_folder(SHAPE + INBOX)) == []


def test_wrong_order_is_found_and_named(schema: MicrosoftSchema) -> None:
    (found,) = schema.violations(get_folder(INBOX + SHAPE))
    assert found.startswith("GetFolder: ")
    assert "FolderIds" in found


def test_header_is_checked_too(schema: MicrosoftSchema) -> None:
    octets = get_folder(SHAPE + INBOX).replace(b" Version=", b" Edition=")
    assert any(one.startswith("RequestServerVersion: ") for one in schema.violations(octets))


def test_folder_younger_than_the_schema_is_tolerated(schema: MicrosoftSchema) -> None:
    younger = INBOX.replace("inbox", "allcategorizeditems")
    assert schema.violations(get_folder(SHAPE + younger)) == []


def test_version_that_the_server_negotiates_is_tolerated(schema: MicrosoftSchema) -> None:
    older = envelope(f"<m:GetFolder>{SHAPE}{INBOX}</m:GetFolder>", version="Exchange2010_SP2")
    assert schema.violations(older.encode()) == []


def test_parts_of_streams_are_good_as_the_real_service_writes_them(
    schema: MicrosoftSchema,
) -> None:
    parts = (
        write_part("Online", status="OK"),
        write_part("Online", notifications=[make("m:Notification")]),
        write_refusal("Online", "ErrorInvalidSubscription", "Subscription is invalid.", lost=["a"]),
    )
    assert [schema.violations(one) for one in parts] == [[], [], []]
    twisted = parts[0].replace(b"ConnectionStatus", b"ConnectionState")
    assert schema.violations(twisted) != []


def test_unknown_operation_and_broken_xml_are_violations(schema: MicrosoftSchema) -> None:
    assert schema.violations(envelope("<m:FlyToTheMoon/>").encode()) != []
    assert schema.violations(b"<a>") != []


def test_folder_without_the_files_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SchemaUnusableError, match=r"messages\.xsd and types\.xsd"):
        MicrosoftSchema(tmp_path)
    (tmp_path / "messages.xsd").write_text("<xs:schema/>")
    (tmp_path / "types.xsd").write_text("no XML")
    with pytest.raises(SchemaUnusableError):
        MicrosoftSchema(tmp_path)


def test_sandbox_checks_both_directions_where_a_folder_is_given(
    monkeypatch: pytest.MonkeyPatch, schema_breaks: list[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(FOLDER))
    with Sandbox(port=0) as sandbox, closing(Visitor(sandbox)) as visitor:
        assert ask(visitor).status_code == 200
        assert schema_breaks == []
        ask(visitor, get_folder(INBOX + SHAPE))
    (found,) = schema_breaks
    assert found.startswith("request GetFolder: GetFolder: ")
    schema_breaks.clear()
