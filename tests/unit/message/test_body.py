import hashlib

import pytest
from tests.unit.message.mail import HEAD, read

from postdesk.message.parse import parse_message
from postdesk.message.parsed import ParsedMessage
from postdesk.message.transfer import undo_transfer_encoding

HTML = "Content-Type: text/html; charset=utf-8"
PLAIN = "Content-Type: text/plain; charset=utf-8"


def read_parts(kind: str, *parts: tuple[str, str]) -> ParsedMessage:
    """Return the reading of a multipart; each part is its headers and its body."""
    lines = "".join(f"--b\r\n{head}\r\n\r\n{body}\r\n" for head, body in parts)
    mail = (
        f"{HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n{lines}--b--"
    )
    return parse_message(mail.replace("\r\n", "\n").replace("\n", "\r\n").encode())


def test_several_bodies_stand_in_their_order() -> None:
    parsed = read_parts("mixed", (PLAIN, "one"), (HTML, "<p>two</p>"), (PLAIN, "three <3"))

    assert parsed.text == "one\n\ntwo\n\nthree <3"
    assert parsed.html.index("one") < parsed.html.index("<p>two</p>") < parsed.html.index("three")
    assert "three &lt;3" in parsed.html


def test_alternatives_are_one_body() -> None:
    parsed = read_parts("alternative", (PLAIN, "plain words"), (HTML, "<p>rich words</p>"))

    assert parsed.text == "plain words"
    assert parsed.html == "<p>rich words</p>"
    assert parsed.attachments == ()


def test_calendar_among_alternatives_is_an_attachment() -> None:
    parsed = read_parts(
        "alternative", (PLAIN, "Meet?"), ("Content-Type: text/calendar; method=REQUEST", "BEGIN")
    )

    assert parsed.text == "Meet?"
    assert [each.name for each in parsed.attachments] == ["invitation.ics"]


def test_attached_text_and_html_files_are_not_read_as_bodies() -> None:
    parsed = read_parts(
        "mixed",
        (PLAIN, "words"),
        (HTML + "\r\nContent-Disposition: attachment; filename=page.html", "<p>page</p>"),
        (PLAIN + "\r\nContent-Disposition: attachment", "no name"),
    )

    assert parsed.text == "words"
    assert [each.name for each in parsed.attachments] == ["page.html", "attachment-2.txt"]


def test_first_text_with_a_name_is_still_the_body() -> None:
    parsed = read_parts("mixed", (PLAIN + '; name="body.txt"', "words"), (PLAIN, "more"))

    assert parsed.text == "words\n\nmore"


def test_mail_that_is_one_attachment_keeps_it() -> None:
    parsed = read(
        "Content-Type: application/pdf; name=scan.pdf\nContent-Transfer-Encoding: base64\n",
        "JVBERg==",
    )

    assert parsed.text == ""
    assert parsed.attachments[0].name == "scan.pdf"
    assert parsed.attachments[0].content == b"%PDF"
    assert parsed.attachments[0].sha256 == hashlib.sha256(b"%PDF").hexdigest()


def test_nested_message_keeps_its_octets_and_stays_closed() -> None:
    inner = "Subject: inner\r\nX-Long: " + "y" * 200 + "\r\n\r\ninner words\r\n"
    parsed = read_parts("mixed", (PLAIN, "outer words"), ("Content-Type: message/rfc822", inner))

    attached = parsed.attachments[0]
    assert parsed.text == "outer words"
    assert attached.name == "inner.eml"
    assert attached.content.strip() == inner.strip().encode()


def test_nested_message_in_base64_is_decoded() -> None:
    parsed = read_parts(
        "mixed",
        (PLAIN, "x"),
        (
            "Content-Type: message/rfc822; name=mail.eml\r\nContent-Transfer-Encoding: base64",
            "U3ViamVjdDogaW5uZXINCg0Kd29yZHM=",
        ),
    )

    assert parsed.attachments[0].name == "mail.eml"
    assert parsed.attachments[0].content == b"Subject: inner\r\n\r\nwords"


def test_picture_shown_by_the_html_is_inline_whatever_it_says() -> None:
    parsed = read_parts(
        "related",
        (HTML, '<img src="cid:p@x">'),
        (
            "Content-Type: image/png; name=p.png\r\nContent-ID: <p@x>\r\n"
            "Content-Disposition: attachment",
            "x",
        ),
        ("Content-Type: image/png; name=q.png\r\nContent-ID: <q@x>", "x"),
    )

    assert [(each.name, each.is_inline) for each in parsed.attachments] == [
        ("p.png", True),
        ("q.png", False),
    ]


def test_octets_above_127_without_an_encoding_are_whole() -> None:
    octets = (
        HEAD.encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
    )

    assert parse_message(octets).text == "Grüße"


def test_flowed_text_is_joined() -> None:
    parsed = read(
        "Content-Type: text/plain; format=flowed\n", "a long \r\nline\r\n> q \r\n> r\r\nx"
    )

    assert parsed.text == "a long line\n> q r\nx"


@pytest.mark.parametrize(
    ("octets", "encoding", "content"),
    [
        (b"SGVsbG8=", "base64", b"Hello"),
        (b"SGVsbG8", "BASE64;", b"Hello"),
        (b"SGVs\r\nbG8=\r\n", '"base64"', b"Hello"),
        (b"SGVsbG8=SGVsbG8=", "base64", b"HelloHello"),
        (b"SGVsbG8h!SGVsbG8hSGVsbG8hSGVsbG8h", "base64", b"Hello!Hello!Hello!Hello!"),
        (b"words, not digits", "base64", b"words, not digits"),
        (b"a=C3=BC=\r\nb=ZZ", "Quoted-Printable", b"a\xc3\xbcb=ZZ"),
        (b"begin 644 f\n%2&5L;&\\\n`\nend\n", "x-uuencode", b"Hello"),
        (b"as it is", "7-bit", b"as it is"),
        (b"as it is", "", b"as it is"),
    ],
)
def test_transfer_encoding_is_undone(octets: bytes, encoding: str, content: bytes) -> None:
    assert undo_transfer_encoding(octets, encoding)[0] == content
