import pytest

from postdesk.message.subjects import reply_subject, ticket_number_in_subject


@pytest.mark.parametrize(
    "subject",
    [
        "Printer",
        "Re: Printer",
        "RE: re: AW: Printer",
        "Re[2]: Printer [#12]",
        "SV: Printer [#12] [#99]",
        "回复\uff1a Printer",
        "[#12] Printer",
        "  Printer\r\n ",
    ],
)
def test_reply_has_one_prefix_and_one_number(subject: str) -> None:
    assert reply_subject(subject, 12) == "Re: Printer [#12]"


def test_reply_to_nothing_has_a_subject() -> None:
    assert reply_subject("", 7) == "Re: [#7]"
    assert reply_subject("Re: ", 7) == "Re: [#7]"


def test_reply_to_an_endless_subject_is_cut() -> None:
    subject = reply_subject("x" * 100_000, 7)

    assert len(subject) < 1000
    assert subject.endswith(" [#7]")


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: Printer [#1042]", 1042),
        ("[#3] fwd of [#4]", 4),
        ("Ticket:1234 Action:Reply Hidden:NO EmailClient:YES", 1234),
        ("Re: ticket: 55", 55),
        ("Printer #12", None),
        ("[#]", None),
        ("[#12345678901234]", None),
        ("[#\u0661\u0662]", None),
        ("", None),
    ],
)
def test_ticket_number_is_found(subject: str, number: int | None) -> None:
    assert ticket_number_in_subject(subject) == number
