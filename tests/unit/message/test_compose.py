from datetime import UTC, datetime
from typing import Any

import pytest

from postdesk.message.compose import CannotCompose, Letter, compose_mail, encode_address
from postdesk.message.parse import parse_message
from postdesk.message.parsed import Address, Attachment

MOMENT = datetime(2024, 3, 4, 10, 0, tzinfo=UTC)
CLIENT = Address(name="Anna", email="anna@example.org")
LONG_ID = "<" + "A" * 150 + "@prod.outlook.example>"


def make_letter(**changes: Any) -> Letter:
    fields: dict[str, Any] = {
        "from_": Address(name="Contoso Support", email="support@contoso.test"),
        "to": (CLIENT,),
        "subject": "Re: Printer [#12]",
        "date": MOMENT,
        "message_id": "<t.12.3.aaaaaaaaaaaaaaaaaaaa@contoso.test>",
        "text": "It works again.\n",
    }
    return Letter(**(fields | changes))


def test_letter_is_read_back_as_it_was_meant() -> None:
    letter = make_letter(
        from_=Address(name="Müller, Support", email="support@contoso.test"),
        to=(CLIENT, Address(name='Doe, "JJ" Jane', email="jane@example.org")),
        cc=(Address(name="", email="ben@example.org"),),
        reply_to=Address(name="Desk", email="desk@contoso.test"),
        subject="Re: Störung 漢字 [#12]",
        in_reply_to="<m1@example.org>",
        references=("<m0@example.org>", "<m1@example.org>"),
        text="Grüße\n\n.point\nFrom here\n" + "long " * 400,
        html="<p>Grüße</p>",
        extra={"X-Postdesk-Msg": "3.abc"},
    )

    parsed = parse_message(compose_mail(letter))

    assert parsed.from_ == letter.from_
    assert parsed.to == letter.to
    assert parsed.cc == letter.cc
    assert parsed.reply_to == (letter.reply_to,)
    assert parsed.subject == letter.subject
    assert parsed.date == MOMENT
    assert parsed.message_id == letter.message_id
    assert parsed.in_reply_to == letter.in_reply_to
    assert parsed.references == letter.references
    assert parsed.text.rstrip() == letter.text.rstrip()
    assert parsed.html.strip() == letter.html
    assert parsed.header("X-Postdesk-Msg") == "3.abc"
    assert parsed.problems == ()


def test_octets_are_seven_bit_crlf_and_short_lines() -> None:
    octets = compose_mail(
        make_letter(
            subject="Grüße " * 100,
            text="ü" * 5000 + "x" * 5000,
            to=(CLIENT,) * 100,
            references=(LONG_ID,) * 20,
            attachments=(
                Attachment(
                    name="Übersicht.pdf",
                    media_type="application/pdf",
                    content=bytes(range(256)),
                    sha256="",
                    content_id="",
                    is_inline=False,
                ),
            ),
        )
    )

    assert octets.isascii()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"\r" not in octets.replace(b"\r\n", b"")
    assert max(map(len, octets.split(b"\r\n"))) <= 998


def test_long_message_ids_are_never_encoded() -> None:
    octets = compose_mail(make_letter(in_reply_to=LONG_ID, references=("<a@x>", LONG_ID)))

    assert octets.count(LONG_ID.encode()) == 2
    assert parse_message(octets).references == ("<a@x>", LONG_ID)


def test_attachment_arrives_whole() -> None:
    attachment = Attachment(
        name="Übersicht 漢字.pdf",
        media_type="application/pdf",
        content=bytes(range(256)) * 10,
        sha256="",
        content_id="",
        is_inline=False,
    )

    parsed = parse_message(compose_mail(make_letter(attachments=(attachment,))))

    assert parsed.text.strip() == "It works again."
    assert parsed.attachments[0].name == "Übersicht 漢字.pdf"
    assert parsed.attachments[0].content == attachment.content


def test_letter_of_a_program_says_so_and_asks_for_silence() -> None:
    parsed = parse_message(compose_mail(make_letter(automatic="auto-replied")))

    assert parsed.header("Auto-Submitted") == "auto-replied"
    assert parsed.header("X-Auto-Response-Suppress") == "All"


def test_letter_of_a_person_is_none_of_a_program() -> None:
    parsed = parse_message(compose_mail(make_letter()))

    assert parsed.header("Auto-Submitted") == ""
    assert parsed.header("X-Auto-Response-Suppress") == "OOF, AutoReply"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x\r\nBcc: victim@example.org"},
        {"subject": "x\nBcc: victim@example.org"},
        {"to": (Address(name="x\r\nBcc: victim@example.org", email="a@example.org"),)},
        {"to": (Address(name="", email="a@example.org\r\nBcc: victim@example.org"),)},
        {"to": (Address(name="", email="a@example.org, victim@example.org"),)},
        {"to": (Address(name="", email="a@example.org> <victim@example.org"),)},
        {"from_": Address(name="x\0", email="a@example.org")},
        {"message_id": "<a@x>\r\nBcc: victim@example.org"},
        {"in_reply_to": "<a@x>\r\nBcc: victim@example.org"},
        {"references": ("<a@x>\r\n\r\nbody",)},
        {"extra": {"X-A": "1\r\nBcc: victim@example.org"}},
        {"extra": {"X-A: 1\r\nBcc": "victim@example.org"}},
        {"extra": {"Bcc": "victim@example.org"}},
        {"extra": {"X-Auto-Response-Suppress": "None"}},
        {"extra": {f"X-{n}": "1" for n in range(6)}},
        {"message_id": "no id"},
        {"to": ()},
        {"to": (Address(name="", email="nobody"),)},
        {"to": (Address(name="", email="ü@example.org"),)},
    ],
)
def test_nothing_can_be_injected(changes: dict[str, Any]) -> None:
    with pytest.raises(CannotCompose):
        compose_mail(make_letter(**changes))


def test_id_of_the_other_side_that_is_none_is_left_out() -> None:
    parsed = parse_message(compose_mail(make_letter(references=("<a b@x>", "<c@x>"))))

    assert parsed.references == ("<c@x>",)


def test_name_that_looks_encoded_stays_a_name() -> None:
    name = "=?utf-8?q?victim=40example.org?="

    parsed = parse_message(compose_mail(make_letter(to=(Address(name=name, email="a@x.org"),))))

    assert parsed.to == (Address(name=name, email="a@x.org"),)


@pytest.mark.parametrize(
    ("email", "wire"),
    [
        ("anna@example.org", "anna@example.org"),
        ("anna@müller.example", "anna@xn--mller-kva.example"),
        ('"a b"@example.org', '"a b"@example.org'),
        ("root@localhost", "root@localhost"),
        ("a+b@[192.0.2.1]", "a+b@[192.0.2.1]"),
    ],
)
def test_address_is_written_for_the_wire(email: str, wire: str) -> None:
    assert encode_address(email) == wire
