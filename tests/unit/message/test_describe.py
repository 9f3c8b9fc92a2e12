import json

import pytest
from tests.unit.message.mail import make_mail

from postdesk.message.describe import describe_message
from postdesk.message.limits import Limits

FIELDS = (
    "file sha256 subject from sender reply_to to cc date message_id in_reply_to references text"
    " text_reply html attachments bounce verdict problems"
)


@pytest.mark.parametrize(
    "octets",
    [b"", b"\0" * 1000, b"\xff\xfe" * 500, b"no mail at all", b"\r\n\r\n", b":\n", b"--\n--\n"],
)
def test_any_octets_get_an_answer_that_json_takes(octets: bytes) -> None:
    found = describe_message(octets, name="x.eml")

    assert " ".join(found) == FIELDS
    json.dumps(found, ensure_ascii=False).encode("utf-8")
    assert found["problems"]


def test_message_beyond_the_limits_is_described_by_its_header() -> None:
    found = describe_message(make_mail(body="x" * 5000), name="x", limits=Limits(size_bytes=2000))

    assert found["subject"] == "Printer"
    assert found["from"] == {"name": "Anna", "address": "anna@example.org"}
    assert found["text"] == ""
    assert found["problems"] == ["The message has 0 MiB; up to 0 MiB are read."]


def test_sender_is_null_without_its_header() -> None:
    assert describe_message(make_mail(), name="x")["sender"] is None


def test_same_octets_have_the_same_reading() -> None:
    octets = make_mail(body="Grüße")

    assert describe_message(octets, name="x") == describe_message(octets, name="x")
