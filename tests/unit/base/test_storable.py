"""Text from outside, made fit for a column."""

from postdesk.base.storable import LONGEST_MESSAGE_ID_BYTES, storable, storable_message_id


def test_what_a_database_refuses_is_replaced_and_all_else_is_kept():
    assert storable("a\0b\ud800c\udfffd") == "a\ufffdb\ufffdc\ufffdd"
    assert storable("Grüße, 佐藤 😀\n\t") == "Grüße, 佐藤 😀\n\t"


def test_text_is_cut_to_the_length_of_its_column():
    assert storable("abcdef", most=3) == "abc"


def test_message_id_is_cut_between_characters_to_the_octets_of_a_line():
    assert storable_message_id("<short@x.example>") == "<short@x.example>"
    cut = storable_message_id("佐" * 500)
    assert cut == "佐" * (LONGEST_MESSAGE_ID_BYTES // 3)
