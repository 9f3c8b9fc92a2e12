"""The signed token that makes a reply find its ticket."""

import pytest

from postdesk.base.ids import ReplyToken, make_reply_message_id, read_reply_message_id

KEY = b"k" * 32
TOKEN = ReplyToken(ticket_number=48213, message_number=7)


def test_token_survives_the_way_through_a_message_id():
    message_id = make_reply_message_id(TOKEN, domain="desk.example", key=KEY)
    assert message_id.startswith("<t.48213.7.")
    assert message_id.endswith("@desk.example>")
    assert read_reply_message_id(message_id, key=KEY) == TOKEN


@pytest.mark.parametrize(
    "change",
    [("48213", "48214"), (".7.", ".8."), ("<t.", "<x."), ("@desk.example>", "")],
)
def test_changed_token_is_none(change):
    message_id = make_reply_message_id(TOKEN, domain="desk.example", key=KEY)
    assert read_reply_message_id(message_id.replace(*change), key=KEY) is None


def test_token_of_another_desk_is_none():
    message_id = make_reply_message_id(TOKEN, domain="desk.example", key=b"other" * 8)
    assert read_reply_message_id(message_id, key=KEY) is None
