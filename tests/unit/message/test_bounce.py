from tests.unit.message.mail import read

from postdesk.message.parsed import BouncedRecipient

QMAIL = (
    "Hi. This is the qmail-send program at example.com.\r\n"
    "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
    "<gone@example.com>:\r\nno such user\r\n"
)


def make_report(status: str, returned: str = "Message-ID: <ours@contoso.test>") -> tuple[str, str]:
    """Return headers and body of a report (RFC 3464) with that status part."""
    headers = "Content-Type: multipart/report; report-type=delivery-status; boundary=r\n"
    body = (
        "--r\n\nnot delivered\n--r\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns;mx\n\n{status}\n\n"
        f"--r\nContent-Type: text/rfc822-headers\n\n{returned}\n--r--\n"
    )
    return headers, body.replace("\n", "\r\n")


def test_standard_report_names_recipient_action_and_status() -> None:
    parsed = read(
        *make_report("Final-Recipient: rfc822; A@Example.ORG\nAction: Failed\nStatus: 5.1.1")
    )

    assert parsed.bounce is not None
    assert parsed.bounce.recipients == (
        BouncedRecipient(address="A@example.org", action="failed", status="5.1.1"),
    )
    assert parsed.bounce.original_message_id == "<ours@contoso.test>"


def test_original_recipient_is_the_one_we_wrote_to() -> None:
    parsed = read(
        *make_report(
            "Original-Recipient: rfc822;we@example.org\n"
            "Final-Recipient: rfc822;inner@example.net\nAction: failed\nStatus: 5.0.0"
        )
    )

    assert parsed.bounce is not None
    assert [each.address for each in parsed.bounce.recipients] == ["we@example.org"]


def test_report_of_success_is_a_report() -> None:
    parsed = read(
        *make_report("Final-Recipient: rfc822;a@example.org\nAction: delivered\nStatus: 2.0.0")
    )

    assert parsed.bounce is not None
    assert parsed.bounce.recipients[0].action == "delivered"


def test_exchange_names_the_original_in_its_own_headers() -> None:
    headers, body = make_report(
        "Final-Recipient: rfc822;a@example.org\nAction: failed\nStatus: 5.1.10",
        returned="Subject: x",
    )

    parsed = read("In-Reply-To: <ours@contoso.test>\n" + headers, body)

    assert parsed.bounce is not None
    assert parsed.bounce.original_message_id == "<ours@contoso.test>"


def test_bounce_without_a_standard_part_is_read_from_its_words() -> None:
    parsed = read("Return-Path: <>\n", QMAIL)

    assert parsed.return_path == ""
    assert parsed.bounce is not None
    assert [each.address for each in parsed.bounce.recipients] == ["gone@example.com"]


def test_words_of_a_bounce_from_a_person_are_a_question() -> None:
    parsed = read("Return-Path: <anna@example.org>\n", QMAIL, subject="failure notice")

    assert parsed.return_path == "anna@example.org"
    assert parsed.bounce is None


def test_unreadable_return_path_is_not_the_null_one() -> None:
    assert read("Return-Path: garbage\n").return_path is None
    assert read("Return-Path: < >\n").return_path == ""
    assert read().return_path is None


def test_ordinary_mail_is_no_bounce() -> None:
    assert read().bounce is None
    assert read("Return-Path: <>\n").bounce is None
