"""A gateway in between changes what it should better leave alone."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postdesk_sandbox.mime import read_message
from postdesk_sandbox.transport.mangling import MANGLINGS, WORDS, mangle
from tests.sandbox.test_delivery import read_source, write
from tests.sandbox.visitor import Graph, Visitor, make_mime

SUPPORT, CLIENT = "support@contoso.test", "client@fabrikam.example"
THREAD = "In-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <b@x>\r\n"


def make_rich() -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"], mail["From"], mail["To"] = "Grüße", CLIENT, SUPPORT
    mail.set_content("Schöne Grüße")
    mail.add_alternative("<html><body><b>Schöne Grüße</b></body></html>", subtype="html")
    mail.add_attachment(b"\x00\xff octets", maintype="image", subtype="png", filename="a.png")
    mail.add_attachment("not me", filename="notes.txt")
    return mail.as_bytes()


def change(mime: bytes, *how: str) -> bytes:
    return mangle(mime, how=how, from_outside=True)


def test_disclaimer_stands_in_text_and_html_and_nowhere_else() -> None:
    before, after = read_message(make_rich()), read_message(change(make_rich(), "disclaimer"))
    assert after.text == f"Schöne Grüße\r\n\r\n{WORDS}\r\n"
    assert f"<b>Schöne Grüße</b><p>{WORDS}</p></body>" in after.html
    assert [(one.name, one.content) for one in after.parts] == [
        (one.name, one.content) for one in before.parts
    ]
    assert after.subject == "Grüße"


def test_disclaimer_in_a_mail_of_one_part_leaves_the_header_alone() -> None:
    mime = make_mime(extra="X-Odd:   two  spaces\r\n folded\r\n")
    changed = change(mime, "disclaimer")
    assert b"X-Odd:   two  spaces\r\n folded\r\n" in changed
    assert read_message(changed).text.startswith("It burns.\r\n\r\nThis e-mail is confidential.")


def test_signed_mail_keeps_its_body() -> None:
    head = 'Content-Type: multipart/signed; boundary="b"; protocol="application/pgp-signature"\r\n'
    mime = make_mime(extra=head, body="--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n--b--")
    assert change(mime, "disclaimer") == mime


def test_references_go_and_message_id_is_replaced_the_same_way_each_time() -> None:
    mime = make_mime(extra=THREAD)
    changed = read_message(change(mime, "strip_references", "new_message_id"))
    assert (changed.references, changed.in_reply_to) == ("", "")
    assert changed.message_id.endswith("@gateway.contoso.test>")
    assert changed.message_id == read_message(change(mime, "new_message_id")).message_id


@pytest.mark.parametrize(
    ("given_subject", "wanted"),
    [
        ("Printer", "[EXTERNAL] Printer"),
        ("[EXTERNAL] Printer", "[EXTERNAL] Printer"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "[EXTERNAL] Grüße"),
    ],
)
def test_subject_from_outside_is_marked_once(given_subject: str, wanted: str) -> None:
    mime = make_mime(subject=given_subject)
    assert read_message(change(mime, "external_subject")).subject == wanted
    inside = mangle(mime, how=["external_subject"], from_outside=False)
    assert inside == mime


def test_mail_without_a_subject_gets_the_mark_alone() -> None:
    assert (
        read_message(change(b"From: a@b\r\n\r\nx\r\n", "external_subject")).subject == "[EXTERNAL]"
    )


@given(st.binary(max_size=600))
def test_any_octets_pass_the_gateway(octets: bytes) -> None:
    for head in (b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"):
        assert change(head + octets, *MANGLINGS)


def test_gateway_is_switched_by_the_tenant_for_both_directions(
    visitor: Visitor, graph: Graph
) -> None:
    shown = visitor.control("tenant", gateway=list(MANGLINGS))
    assert shown["gateway"] == list(MANGLINGS)
    write(visitor)
    arrived = read_source(visitor, SUPPORT)
    assert arrived["Subject"] == "[EXTERNAL] Printer"
    assert WORDS in cast("bytes", arrived.get_payload(decode=True)).decode()
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=CLIENT, extra=THREAD))
    left = read_source(visitor, CLIENT)
    assert left["Subject"] == "Printer on fire"
    assert left["References"] is None
    assert left["Message-ID"].endswith("@gateway.contoso.test>")
    assert visitor.look("sent")[0]["message_id"] == "<1@fabrikam.example>"
    visitor.control("tenant", gateway=[])
    write(visitor, subject="Again")
    assert read_source(visitor, SUPPORT, subject="Again")["Subject"] == "Again"


def test_unknown_mangling_is_refused_with_the_known_ones(visitor: Visitor) -> None:
    answer = visitor.http.post("/_sandbox/tenant", json={"gateway": ["eat"]})
    assert answer.status_code == 400
    assert "new_message_id, strip_references" in answer.json()["error"]


def test_mangled_rich_mail_is_still_one_mail() -> None:
    changed = message_from_bytes(change(make_rich(), *MANGLINGS))
    assert not changed.defects
    assert changed.get_content_type() == "multipart/mixed"
    assert len(changed.get_all("Content-Type", [])) == 1
